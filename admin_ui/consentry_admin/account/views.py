"""Apps as the pages show them."""

from typing import Any
from urllib.parse import urlsplit

from consentry.interaction.consent import scope_text
from consentry.operations.consents import ConnectedApp, Decision
from consentry.spec.oauth1.callback import OOB
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext

DEVICE = "localhost"
ON_DEVICE = (DEVICE, "127.0.0.1", "::1")


def app_view(ctx: TenantContext, app: ConnectedApp) -> dict[str, Any]:
    """An app with its permissions in words.

    host: where it answers, proven by its registration; its name is only what it calls itself.
    """
    hosts = _hosts(app)
    return {
        "client_id": app.client.client_id,
        "name": app.client.name,
        "host": hosts[0] if hosts else None,
        "is_on_device": bool(hosts) and hosts[0] in ON_DEVICE,
        "is_own": app.client.metadata.skip_consent,
        "is_connected": app.is_connected,
        "protocols": app.protocols,
        "since": app.since,
        "last_used": app.last_used,
        "authorizations": len(app.authorizations),
        "scopes": [_permission(ctx, app, name) for name in app.scope],
        "resources": [_api_name(ctx, name) for name in app.resources],
    }


def history_view(ctx: TenantContext, app: ConnectedApp) -> list[dict[str, Any]]:
    """What was decided about an app, the newest first."""
    return [
        {"at": one.at, "decision": one.decision, "scopes": _texts(ctx, one)}
        for one in reversed(app.history)
    ]


def _permission(ctx: TenantContext, app: ConnectedApp, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": scope_text(ctx, name),
        "authorizations": app.resting_on(name),
        "is_last": app.scope == Scope.of(name),
    }


def _texts(ctx: TenantContext, decision: Decision) -> list[str]:
    return [scope_text(ctx, name) or name for name in decision.scope]


def _api_name(ctx: TenantContext, identifier: str) -> str:
    api = ctx.apis.get(identifier)
    return (api.name if api else "") or identifier


def _hosts(app: ConnectedApp) -> list[str]:
    """Where it answers; an app with a scheme of its own stands for the device it is on."""
    parts = [urlsplit(uri) for uri in app.client.metadata.redirect_uris if uri != OOB]
    return [one.hostname or DEVICE for one in parts]
