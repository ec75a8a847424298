"""Client authentication: exactly one method a request, and only the registered one.

Each method is one file; this decides which one a request uses (RFC 6749 §2.3).
"""

from starlette.requests import Request

from consentry.identity.client_auth import assertion, secret
from consentry.records.client import Client
from consentry.spec.authorization_header import parse_basic, scheme_of
from consentry.spec.errors import InvalidClient, InvalidRequest
from consentry.spec.forms import Form
from consentry.tenancy.context import TenantContext
from consentry.web.routing import header_values

METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
)


OAUTH2 = ("oauth2",)
EITHER = ("oauth1", "oauth2")


async def authenticate_client(
    ctx: TenantContext, request: Request, form: Form, protocols: tuple[str, ...] = OAUTH2
) -> Client:
    """The client that proved itself, or a public one that named itself.

    protocols: a client of any of them will do. One of OAuth 1 alone proves itself here by its
    shared secret (client_secret_basic, unless registered otherwise).

    Raises InvalidClient when it did not, and InvalidRequest for two methods at once
    (RFC 6749 §2.3, §5.2).
    """
    headers = header_values(request, b"authorization")
    methods = [bool(headers), "client_secret" in form, "client_assertion" in form]
    if sum(methods) > 1 or len(headers) > 1:
        raise InvalidRequest("more than one method of client authentication", rule="client auth")
    if headers:
        return await _basic(ctx, request, form, headers[0], protocols)
    if "client_assertion" in form or "client_assertion_type" in form:
        return await assertion.authenticate(ctx, request, form)
    client_id = form.get("client_id")
    if client_id is None:
        raise InvalidClient("no client authentication was sent", rule="client auth")
    request.scope["consentry.client_id"] = client_id
    given = form.get("client_secret")
    if given is not None:
        return await secret.authenticate(
            ctx, request, client_id, given, "client_secret_post", protocols
        )
    client = await known_client(ctx, client_id)
    check_method(client, ("none",))
    return client


async def _basic(
    ctx: TenantContext, request: Request, form: Form, header: str, protocols: tuple[str, ...]
) -> Client:
    if scheme_of(header) != "basic":
        raise InvalidClient("this authentication scheme is not supported", rule="client auth")
    client_id, given = parse_basic(header)
    request.scope["consentry.client_id"] = client_id
    if form.get("client_id") not in (None, client_id):
        raise InvalidRequest("client_id differs from the one that authenticated", rule="client_id")
    return await secret.authenticate(
        ctx, request, client_id, given, "client_secret_basic", protocols
    )


known_client = secret.known_client
check_method = secret.check_method
