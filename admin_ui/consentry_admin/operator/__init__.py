"""`/admin` on the base host: for the people who run the deployment.

Owns the pages. What they do is in `operations.console`, `.operators`, `.tenants`, `.jobs` and
`.health`.
"""

from consentry.web.routing import Endpoint
from consentry_admin import account
from consentry_admin.operator import audit, changes, creation, health, jobs, operators, tenants

OWN = (
    "/account/password",
    "/account/sessions",
    "/account/sessions/{key}/end",
    "/account/sessions/end-others",
)
"""What operators may do about themselves; apps and people's data are a tenant's."""

PAGES = {
    "/admin": {"GET": tenants.start},
    "/admin/tenants": {"GET": tenants.show},
    "/admin/tenants/{slug}": {"GET": tenants.show_one},
    "/admin/tenants/{slug}/manifest": {"GET": tenants.download},
    "/admin/tenants/{slug}/administrator": {"GET": creation.ask_person, "POST": creation.add},
    **{f"/admin/tenants/{{slug}}/{name}": both for name, both in changes.ENDINGS.items()},
    "/admin/new-tenant": {"GET": creation.ask, "POST": creation.create},
    "/admin/operators": {"GET": operators.show},
    "/admin/operators/{user_id}/disable": {"GET": operators.ask_disable, "POST": operators.disable},
    "/admin/operators/{user_id}/enable": {"GET": operators.ask_enable, "POST": operators.enable},
    "/admin/operators/{user_id}/reset": {"GET": operators.ask_reset, "POST": operators.reset},
    "/admin/new-operator": {"GET": operators.ask, "POST": operators.add},
    "/admin/jobs": {"GET": jobs.show, "POST": jobs.act},
    "/admin/audit": {"GET": audit.show},
    "/admin/health": {"GET": health.show},
}
ENDPOINTS = {
    **{path: account.ENDPOINTS[path] for path in OWN},
    **{path: Endpoint("operator", methods) for path, methods in PAGES.items()},
}
