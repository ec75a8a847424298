"""Host-only cookies (RFC 6265bis §4.1.3.2): `__Host-` and Secure wherever HTTPS is spoken."""

from starlette.requests import Request
from starlette.responses import Response


def cookie_name(request: Request, name: str) -> str:
    """The cookie's name on this connection. On HTTPS the prefix binds it to the host."""
    return f"__Host-{name}" if request.scope["consentry.https"] else name


def read_cookie(request: Request, name: str) -> str | None:
    """Its value, if it was sent exactly once."""
    wanted = cookie_name(request, name)
    found = [
        value.strip()
        for header in request.headers.getlist("cookie")
        for pair in header.split(";")
        for key, _, value in [pair.partition("=")]
        if key.strip() == wanted
    ]
    return found[0] if len(found) == 1 and len(found[0]) <= 1024 else None


def set_cookie(
    request: Request, response: Response, name: str, value: str, *, max_age: int | None
) -> None:
    """Set it for this host alone; `max_age` in seconds, None for the browser's session.

    SameSite=Lax: an authorization request comes from another site and must find it.
    """
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=max_age,
        path="/",
        secure=bool(request.scope["consentry.https"]),
        httponly=True,
        samesite="lax",
    )


def clear_cookie(request: Request, response: Response, name: str) -> None:
    """Take it back."""
    set_cookie(request, response, name, "", max_age=0)
