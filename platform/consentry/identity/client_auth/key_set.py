"""A client's public keys: inline, or behind its `jwks_uri`."""

from datetime import datetime, timedelta
from typing import Any

from consentry.jose.compact import kid_of
from consentry.jose.jwks import public_only
from consentry.records.client import Client
from consentry.tenancy.context import TenantContext

FRESH_FOR = timedelta(minutes=5)
ASK_AGAIN_AFTER = timedelta(seconds=10)


class KeySetUnavailable(ValueError):
    """The jwks_uri gave no usable key set; the text says why."""


async def client_keys(ctx: TenantContext, client: Client, token: str) -> list[dict[str, Any]]:
    """The client's keys. Raises KeySetUnavailable.

    A fetched set is kept five minutes; a `kid` it lacks fetches it again. Whatever came of
    it, nobody makes us ask twice within ten seconds.
    """
    if client.metadata.jwks is not None:
        return public_only(client.metadata.jwks)
    uri = client.metadata.jwks_uri
    if uri is None:
        raise KeySetUnavailable("the client has neither jwks nor jwks_uri")
    key = f"{ctx.tenant.tenant_id}\0{uri}"
    kept: tuple[datetime, list[dict[str, Any]]] | None = ctx.deployment.key_sets.get(key)
    if kept is not None:
        age = ctx.now() - kept[0]
        if age < ASK_AGAIN_AFTER or (kept[1] and age < FRESH_FOR and _has_kid(kept[1], token)):
            return kept[1]
    try:
        keys = public_only(await ctx.deployment.fetcher.get_json(uri))
    except ValueError as error:
        ctx.deployment.key_sets.put(key, (ctx.now(), []))
        raise KeySetUnavailable(f"jwks_uri: {error}") from error
    ctx.deployment.key_sets.put(key, (ctx.now(), keys))
    return keys


def _has_kid(keys: list[dict[str, Any]], token: str) -> bool:
    kid = kid_of(token)
    return kid is None or any(key.get("kid") == kid for key in keys)
