"""The addresses of this door."""

from consentry.oauth1.answers import guarded
from consentry.oauth1.endpoints.authorization import authorize
from consentry.oauth1.endpoints.initiate import initiate
from consentry.oauth1.endpoints.token import token
from consentry.oauth1.endpoints.verify import verify
from consentry.web.routing import Endpoint

ENDPOINTS = {
    "/oauth1/initiate": Endpoint("oauth1_initiate", {"POST": guarded(initiate)}),
    "/oauth1/authorize": Endpoint("oauth1_authorization", {"GET": authorize}),
    "/oauth1/verify": Endpoint("oauth1_verify", {"POST": verify}),
    "/oauth1/token": Endpoint("oauth1_token", {"POST": guarded(token)}),
}
