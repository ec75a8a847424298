"""The addresses of the pages people are sent to."""

from consentry.interaction import consent, login, logout, recovery
from consentry.web.routing import Endpoint

ENDPOINTS = {
    login.PATH: Endpoint("login", {"GET": login.show, "POST": login.submit}),
    login.SELECT_PATH: Endpoint("login", {"GET": login.show_select, "POST": login.submit_select}),
    consent.PATH: Endpoint("consent", {"GET": consent.show, "POST": consent.submit}),
    logout.PATH: Endpoint("logout", {"GET": logout.show, "POST": logout.submit}),
    **recovery.ENDPOINTS,
}

BASE_ENDPOINTS = {
    path: ENDPOINTS[path] for path in (login.PATH, logout.PATH, *recovery.OF_PASSWORDS)
}
"""Those of them that the base host has: no app asks anything of its people."""
