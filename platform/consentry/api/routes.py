"""The addresses of this door on a tenant's host."""

from consentry.api.problems import guarded
from consentry.api.whoami import whoami
from consentry.web.routing import Endpoint

_WHOAMI = guarded(whoami)

ENDPOINTS = {
    "/api/v1/whoami": Endpoint("whoami", {"GET": _WHOAMI, "POST": _WHOAMI}, cross_origin=True),
}
