"""`/account`: who one is here, which apps may act, where one is signed in.

Owns the pages. What they do is in `operations.account`, `.consents` and `.sessions`.
"""

from consentry.web.routing import Endpoint
from consentry_admin.account import (
    activity,
    apps,
    data,
    email,
    overview,
    password,
    profile,
    removal,
    sessions,
)

PAGES = {
    "/account": {"GET": overview.show},
    "/account/profile": {"GET": profile.show, "POST": profile.submit},
    "/account/email": email.PROOF,
    "/account/password": {"GET": password.show, "POST": password.submit},
    "/account/apps": {"GET": apps.show},
    "/account/apps/{client_id}": {"GET": apps.show_app},
    "/account/apps/{client_id}/withdraw": {"GET": apps.ask, "POST": apps.withdraw},
    "/account/sessions": {"GET": sessions.show},
    "/account/sessions/{key}/end": {"GET": sessions.ask, "POST": sessions.end},
    "/account/sessions/end-others": {"GET": sessions.ask_others, "POST": sessions.end_others},
    "/account/activity": {"GET": activity.show},
    "/account/data": {"GET": data.show},
    "/account/data/download": {"GET": data.download},
    "/account/delete": {"GET": removal.ask, "POST": removal.delete},
}
ENDPOINTS = {path: Endpoint("account", methods) for path, methods in PAGES.items()}
