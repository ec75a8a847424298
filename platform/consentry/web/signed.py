"""A signed request as it reached us: which URL its client meant (RFC 5849 §3.4.1.2)."""

from starlette.requests import Request

from consentry.spec.oauth1.errors import InsecureTransport, ParameterRejected
from consentry.spec.oauth1.request import SignedRequest
from consentry.tenancy.context import TenantContext
from consentry.web.routing import header_values


def received_signed(request: Request) -> SignedRequest:
    """The signed request. Raises OAuth1Error.

    Scheme and host are those `web.hosts` found: by configuration or a trusted proxy, and a
    host of this tenant. Path and query count as sent.
    """
    scope = request.scope
    scheme = "https" if scope["consentry.https"] else "http"
    path = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"]
    target = path + b"?" + query if query else path
    headers = header_values(request, b"authorization")
    if len(headers) > 1:
        raise ParameterRejected("more than one Authorization header", rule="Authorization header")
    types = header_values(request, b"content-type")
    return SignedRequest.parse(
        scope["method"],
        f"{scheme}://{scope['consentry.host']}{target.decode('latin-1')}",
        authorization=headers[0] if headers else None,
        content_type=types[0] if types else None,
        body=scope.get("consentry.body", b""),
    )


def check_transport(request: Request) -> None:
    """Refuse to give credentials out in the clear (RFC 5849 §2.1, §2.3).

    A deployment whose own address is http, as in development, said it wants no better.
    Raises InsecureTransport.
    """
    settings = TenantContext.of(request).deployment.settings
    if settings.https and not request.scope["consentry.https"]:
        raise InsecureTransport("credentials are given out by https only", rule="TLS")
