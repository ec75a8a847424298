"""Requests to our own front door, in this process: the whole way, without a network.

For pages that show what a client would see. The request arrives as from the browser in front
of us: same host, same address, and with its cookies only when the caller says so.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import httpx2
from starlette.requests import Request

_ORIGIN = ("host", "forwarded", "user-agent")


async def ask_ourselves(
    request: Request,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    as_person: bool = False,
) -> httpx2.Response:
    """What this deployment answers. Redirects are not followed.

    path: of the host that `request` came to, with its query if none is given. as_person: with
    the cookies of the browser that sent `request`.
    """
    scope = request.scope
    transport = httpx2.ASGITransport(
        scope["consentry.front"], raise_app_exceptions=False, client=scope["client"] or ("", 0)
    )
    target = f"{path}?{urlencode(query)}" if query else path
    async with httpx2.AsyncClient(transport=transport, base_url=own_origin(request)) as client:
        return await client.request(
            method, target, data=form, headers={**_origin(request, as_person), **(headers or {})}
        )


def own_origin(request: Request) -> str:
    """Scheme and host that were asked, as clients write them."""
    scheme = "https" if request.scope["consentry.https"] else "http"
    return f"{scheme}://{request.scope['consentry.host']}"


def _origin(request: Request, as_person: bool) -> dict[str, str]:
    """The headers by which host, scheme and address are found; all else is the caller's."""
    return {
        name: value
        for name, value in request.headers.items()
        if name in _ORIGIN or name.startswith("x-forwarded-") or (as_person and name == "cookie")
    }
