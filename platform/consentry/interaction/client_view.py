"""A client as a person is shown it: its name, and the host the person returns to."""

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from consentry.interaction.answers import onward
from consentry.interaction.browser import Browser
from consentry.interaction.flow import Flow
from consentry.tenancy.context import TenantContext
from consentry.web.pages import action_source


async def client_view(ctx: TenantContext, flow: Flow | None) -> dict[str, Any] | None:
    """Name, initial, host and links of the client a flow is for.

    The host is the redirect's, which is proven; the name is only what it calls itself. It is
    None where the person carries a code to the app by hand (RFC 5849 §2.1).
    """
    client = await ctx.client(str(flow.asked["client_id"])) if flow else None
    if client is None or flow is None:
        return None
    uri = return_address(flow)
    parts = urlsplit(uri) if uri else None
    return {
        "name": client.name,
        "initial": client.name[:1].upper(),
        "host": (parts.hostname or f"{parts.scheme}:") if parts else None,
        "client_uri": client.metadata.client_uri,
        "policy_uri": client.metadata.policy_uri,
        "tos_uri": client.metadata.tos_uri,
    }


def return_address(flow: Flow | None) -> str | None:
    """Where this flow ends: the client's redirect_uri, proven when it began."""
    uri = flow.asked.get("redirect_uri") if flow else None
    return str(uri) if uri else None


def return_sources(flow: Flow | None) -> list[str]:
    """Where a form of this flow may end besides us, for `form-action`."""
    uri = return_address(flow)
    return [action_source(uri)] if uri else []


def resume(request: Request, browser: Browser, flow: Flow) -> Response:
    """On from a submitted form, back to the endpoint the flow came from."""
    text = flow.seal(TenantContext.of(request), browser)
    return onward(request, f"{flow.endpoint}?flow={text}", return_to=return_address(flow))
