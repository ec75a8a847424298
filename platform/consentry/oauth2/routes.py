"""The addresses of this door."""

from consentry.oauth2.answers import guarded
from consentry.oauth2.endpoints.authorization import authorize
from consentry.oauth2.endpoints.configuration import configuration
from consentry.oauth2.endpoints.end_session import end_session
from consentry.oauth2.endpoints.introspection import introspect
from consentry.oauth2.endpoints.jwks import jwks
from consentry.oauth2.endpoints.revocation import revoke
from consentry.oauth2.endpoints.token import token
from consentry.oauth2.endpoints.userinfo import userinfo
from consentry.web.routing import Endpoint

_CONFIGURATION = Endpoint("configuration", {"GET": guarded(configuration)}, cross_origin=True)
_USERINFO = guarded(userinfo)

ENDPOINTS = {
    "/oauth2/token": Endpoint("token", {"POST": guarded(token)}, cross_origin=True),
    "/oauth2/introspect": Endpoint("introspection", {"POST": guarded(introspect)}),
    "/oauth2/revoke": Endpoint("revocation", {"POST": guarded(revoke)}, cross_origin=True),
    "/oauth2/userinfo": Endpoint(
        "userinfo", {"GET": _USERINFO, "POST": _USERINFO}, cross_origin=True
    ),
    "/oauth2/jwks": Endpoint("jwks", {"GET": guarded(jwks)}, cross_origin=True),
    "/oauth2/authorize": Endpoint("authorization", {"GET": authorize, "POST": authorize}),
    "/oauth2/logout": Endpoint("end_session", {"GET": end_session, "POST": end_session}),
    "/.well-known/openid-configuration": _CONFIGURATION,
    "/.well-known/oauth-authorization-server": _CONFIGURATION,
}
