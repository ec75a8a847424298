"""Who asks and where the answer may go: proven before anything else is looked at."""

from dataclasses import replace
from typing import TYPE_CHECKING

from consentry.spec.authorization_request import Preview, preview
from consentry.spec.errors import InvalidRequest
from consentry.spec.redirect_uri import check_registrable, split

from .answers import Return
from .calls import holds, settle
from .models import ClientMixin
from .request import OAuth2Request

if TYPE_CHECKING:
    from .registry import Registry


async def prove(server: "Registry", request: OAuth2Request) -> str:
    """The proven redirect_uri; sets the request's `client` and `return_to`.

    Raises InvalidRequest: until this is through no error is ever redirected, whatever else is
    wrong with the request (RFC 6749 §4.1.2.1).
    """
    if request.return_to is not None:
        return request.return_to.redirect_uri
    client_id = request.payload.client_id
    client = await server.query_client(client_id) if client_id else None
    if client is None:
        raise InvalidRequest(
            "The app that sent you is not known here.", rule="client_id must be registered"
        )
    redirect_uri = await proven_redirect_uri(request, client)
    request.client = client
    request.return_to = Return.of(redirect_uri, _asked(request))
    return redirect_uri


async def proven_redirect_uri(request: OAuth2Request, client: ClientMixin) -> str:
    """The client's own redirect_uri. Raises InvalidRequest.

    An omitted one stands for the client's default (RFC 6749 §3.1.2.3). What no client could
    register, user information say, is refused whatever the client answers.
    """
    asked = request.payload.redirect_uri
    if asked is None:
        default = await settle(client.get_default_redirect_uri())
        if default:
            return default
        raise InvalidRequest("redirect_uri is required", rule="parameter required")
    if not (_is_sane(asked) and await holds(client.check_redirect_uri(asked))):
        raise InvalidRequest(
            "The app asked to return to an address that is not registered for it.",
            rule="redirect_uri must equal a registered one",
            received=asked,
        )
    return asked


def _is_sane(uri: str) -> bool:
    try:
        parts = split(uri)
        if parts.scheme not in ("http", "https"):
            check_registrable(uri)
    except ValueError:
        return False
    return parts.scheme not in ("http", "https") or bool(parts.host)


def _asked(request: OAuth2Request) -> Preview:
    return replace(preview(request.form), state=request.payload.state)
