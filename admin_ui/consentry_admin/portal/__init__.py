"""`/developer`: people register and look after the apps they build.

Owns the pages. What they do is in `operations`: clients, secret_rotation, members, lists,
app_figures. What an app shows here is its own people's and the administrators' alone.
"""

from consentry.web.routing import Endpoint, Handler
from consentry_admin.portal import (
    apps,
    credentials,
    danger,
    logouts,
    people,
    quickstart,
    redirects,
    requests,
    settings,
    signature,
    usage,
)
from consentry_admin.portal.trial import page as trial

_APP = "/developer/apps/{client_id}"
PAGES: dict[str, dict[str, Handler]] = {
    "/developer": {"GET": apps.show},
    "/developer/new": {"GET": apps.choose},
    "/developer/new/{kind}": {"GET": apps.show_new, "POST": apps.create},
    redirects.PATH: {"GET": redirects.check},
    f"{_APP}/quickstart": {"GET": quickstart.show},
    f"{_APP}/settings": {"GET": settings.show, "POST": settings.submit},
    f"{_APP}/credentials": {"GET": credentials.show, "POST": credentials.submit},
    f"{_APP}/credentials/finish": {"GET": credentials.ask_finish, "POST": credentials.finish},
    f"{_APP}/credentials/{{secret_id}}/revoke": {
        "GET": credentials.ask_revoke,
        "POST": credentials.revoke,
    },
    f"{_APP}/requests": {"GET": requests.show},
    f"{_APP}/requests/{{refusal_id}}": {"GET": requests.show_one},
    f"{_APP}/logouts": {"GET": logouts.show},
    f"{_APP}/logouts/{{logout_id}}/again": logouts.AGAIN,
    f"{_APP}/signature": {"GET": signature.show, "POST": signature.submit},
    f"{_APP}/try": {"GET": trial.show, "POST": trial.submit},
    f"{_APP}/usage": {"GET": usage.show},
    f"{_APP}/usage.csv": {"GET": usage.download},
    f"{_APP}/people": {"GET": people.show, "POST": people.submit},
    f"{_APP}/people/{{user_id}}/remove": {"GET": people.ask, "POST": people.remove},
    f"{_APP}/danger": {"GET": danger.show},
    **{f"{_APP}/{name}": both for name, both in danger.ENDINGS.items()},
}
ENDPOINTS = {path: Endpoint("developer", methods) for path, methods in PAGES.items()}
