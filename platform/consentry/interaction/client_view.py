"""A client as a person is shown it: its name, and the host the person returns to."""

from typing import Any
from urllib.parse import urlsplit

from consentry.interaction.flow import Flow
from consentry.tenancy.context import TenantContext
from consentry.web.pages import action_source


async def client_view(ctx: TenantContext, flow: Flow | None) -> dict[str, Any] | None:
    """Name, initial, host and links of the client a flow is for.

    The host is the redirect's, which is proven; the name is only what it calls itself.
    """
    client = await ctx.client(str(flow.asked["client_id"])) if flow else None
    if client is None or flow is None:
        return None
    parts = urlsplit(str(flow.asked.get("redirect_uri") or ""))
    return {
        "name": client.name,
        "initial": client.name[:1].upper(),
        "host": parts.hostname or f"{parts.scheme}:",
        "client_uri": client.metadata.client_uri,
        "policy_uri": client.metadata.policy_uri,
        "tos_uri": client.metadata.tos_uri,
    }


def return_sources(flow: Flow | None) -> list[str]:
    """Where a form of this flow may end besides us, for `form-action`."""
    uri = flow.asked.get("redirect_uri") if flow else None
    return [action_source(str(uri))] if uri else []
