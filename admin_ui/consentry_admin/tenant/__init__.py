"""`/admin` on a tenant's host: people who administer the tenant.

Owns the pages. What they do is in `operations`. The pages of one app are the portal's; the
operators' are on the base host.
"""

from consentry.web.routing import Endpoint, Handler
from consentry_admin.tenant import (
    apis,
    audit,
    authorizations,
    brand,
    clients,
    domains,
    keys,
    logouts,
    overview,
    policy,
    scopes,
    usage,
    user_edits,
    user_endings,
    users,
    webhook_calls,
    webhooks,
)

_USER = "/admin/users/{user_id}"
_SCOPE = "/admin/scopes/{name}"
_API = "/admin/apis/{identifier}"
_WEBHOOK = "/admin/webhooks/{webhook_id}"
PAGES: dict[str, dict[str, Handler]] = {
    "/admin": {"GET": overview.show},
    "/admin/users": {"GET": users.show},
    "/admin/new-user": {"GET": users.ask, "POST": users.add},
    _USER: {"GET": users.show_one},
    f"{_USER}/edit": {"GET": user_edits.show, "POST": user_edits.submit},
    **{f"{_USER}/{name}": both for name, both in user_endings.ENDINGS.items()},
    "/admin/clients": {"GET": clients.show},
    "/admin/scopes": {"GET": scopes.show},
    "/admin/new-scope": {"GET": scopes.ask, "POST": scopes.add},
    _SCOPE: {"GET": scopes.show_one, "POST": scopes.submit},
    f"{_SCOPE}/delete": {"GET": scopes.ask_delete, "POST": scopes.delete},
    "/admin/apis": {"GET": apis.show},
    "/admin/new-api": {"GET": apis.ask, "POST": apis.add},
    _API: {"GET": apis.show_one, "POST": apis.submit},
    f"{_API}/delete": {"GET": apis.ask_delete, "POST": apis.delete},
    "/admin/authorizations": {"GET": authorizations.show},
    "/admin/authorizations/revoke": {
        "GET": authorizations.ask_all,
        "POST": authorizations.revoke_all,
    },
    "/admin/authorizations/{id}/revoke": {
        "GET": authorizations.ask,
        "POST": authorizations.revoke,
    },
    "/admin/usage": {"GET": usage.show},
    "/admin/usage.csv": {"GET": usage.download},
    "/admin/logouts": {"GET": logouts.show},
    "/admin/keys": {"GET": keys.show},
    "/admin/keys/rotate": {"GET": keys.ask, "POST": keys.rotate},
    "/admin/keys/revoke": {"GET": keys.ask_revoke, "POST": keys.revoke},
    "/admin/policy": {"GET": policy.show, "POST": policy.submit},
    "/admin/brand": {"GET": brand.show, "POST": brand.submit},
    "/admin/domains": {"GET": domains.show, "POST": domains.submit},
    "/admin/domains/{host}/remove": {"GET": domains.ask_remove, "POST": domains.remove},
    "/admin/webhooks": {"GET": webhooks.show},
    "/admin/new-webhook": {"GET": webhooks.ask, "POST": webhooks.add},
    _WEBHOOK: {"GET": webhook_calls.show, "POST": webhook_calls.submit},
    f"{_WEBHOOK}/edit": {"GET": webhooks.edit, "POST": webhooks.submit},
    **{f"{_WEBHOOK}/{name}": both for name, both in webhook_calls.QUESTIONS.items()},
    f"{_WEBHOOK}/deliveries/{{delivery_id}}": {
        "GET": webhook_calls.show_call,
        "POST": webhook_calls.replay,
    },
    "/admin/audit": {"GET": audit.show},
    audit.EXPORT: {"GET": audit.download},
}
ENDPOINTS = {path: Endpoint("admin", methods) for path, methods in PAGES.items()}
