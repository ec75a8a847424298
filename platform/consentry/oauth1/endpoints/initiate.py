"""Temporary credentials (RFC 5849 §2.1)."""

from starlette.requests import Request
from starlette.responses import Response

from consentry import metrics
from consentry.oauth1.answers import form_answer
from consentry.records.client import Client
from consentry.spec.oauth1.callback import callback_fits
from consentry.spec.oauth1.errors import ConsumerKeyRefused, ParameterRejected
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext
from consentry.tokens.asked_scope import asked_scope
from consentry.tokens.signature import prove_client
from consentry.tokens.signed_request import spend_nonce
from consentry.tokens.temporary_credential import TemporaryCredential
from consentry.web.signed import check_transport, received_signed
from consentry.web.successes import record_success


async def initiate(request: Request) -> Response:
    """Temporary credentials for a client and one of its callbacks.

    One statement (the nonce); the credentials themselves are sealed. What they may be used
    for is fixed here: the callback counts nowhere else (advisory 2009.1).
    """
    check_transport(request)
    ctx, signed = TenantContext.of(request), received_signed(request)
    request.scope["consentry.client_id"] = signed.client_key
    signed.require("oauth_callback")
    if signed.token is not None:
        raise ParameterRejected("oauth_token has no place here", rule="oauth_token")
    client = await prove_client(ctx, signed, "")
    callback = _callback(client, signed)
    scope = _scope(ctx, client, signed)
    if not (await spend_nonce(ctx, client, signed, None)).is_live:
        raise ConsumerKeyRefused("the client is disabled", rule="client is disabled")
    try:
        made = TemporaryCredential.make(ctx, client.client_id, callback, scope)
    except ValueError:
        raise ParameterRejected("callback and scope are too long", rule="length") from None
    metrics.tokens_issued("oauth1_temporary")
    record_success(request, "temporary credentials issued")
    return form_answer(
        {
            "oauth_token": made.text,
            "oauth_token_secret": made.secret(ctx),
            "oauth_callback_confirmed": "true",
        }
    )


def _callback(client: Client, signed: SignedRequest) -> str:
    callback, registered = str(signed.callback), client.metadata.redirect_uris
    if not callback_fits(registered, callback):
        raise ParameterRejected(
            "oauth_callback is not registered for this client",
            rule="oauth_callback must equal a registered one",
            received=callback,
            registered=" ".join(registered),
        )
    return callback


def _scope(ctx: TenantContext, client: Client, signed: SignedRequest) -> Scope:
    """The `scope` parameter, our extension, else all that is registered for the client."""
    asked = [value for name, value in signed.parameters if name == "scope"]
    if len(asked) > 1:
        raise ParameterRejected("scope is repeated", rule="parameter repeated")
    if not asked or not asked[0]:
        return client.scope
    return asked_scope(ctx, client, Scope.parse(asked[0]))
