"""Forms that only our own pages can send (OWASP ASVS 3.5)."""

from starlette.requests import Request

from consentry.crypto import base64url
from consentry.tenancy.context import TenantContext

PURPOSE = "csrf"
FIELD = "csrf_token"


class Forged(Exception):
    """The form did not come from a page of ours, or not from this browser."""


def csrf_token(ctx: TenantContext, binding: str, action: str) -> str:
    """The token of one form: bound to tenant, session (`binding`) and the form's address."""
    return base64url.encode(ctx.keys.mac(PURPOSE, f"{binding}\0{action}".encode()))


def check_csrf(
    ctx: TenantContext, request: Request, binding: str, action: str, token: str | None
) -> None:
    """Raises Forged unless the token fits and the request comes from our own page."""
    check_origin(request)
    try:
        given = base64url.decode(token or "")
    except ValueError:
        raise Forged("malformed token") from None
    if not ctx.keys.verify_mac(PURPOSE, f"{binding}\0{action}".encode(), given):
        raise Forged("the token does not fit")


def check_origin(request: Request) -> None:
    """Raises Forged for a foreign `Origin` or a cross-site fetch.

    Our `Referrer-Policy: no-referrer` makes browsers send `Origin: null` with our own
    forms too (Fetch §3.1); then `Sec-Fetch-Site` and the token decide.
    """
    site = request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none"):
        raise Forged("the form was sent by another site")
    origin = request.headers.get("origin")
    if origin not in (None, "null") and not _is_own(request, origin):
        raise Forged("the form was sent by another origin")


def _is_own(request: Request, origin: str) -> bool:
    # Behind a proxy we are not told about, what came by https looks like http to us.
    schemes = ("https",) if request.scope["consentry.https"] else ("https", "http")
    return any(origin == f"{scheme}://{request.scope['consentry.host']}" for scheme in schemes)
