"""What a client points to, fetched before the transaction that registers it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from consentry.api.operation import Call
from consentry.operations.merge import merged
from consentry.operations.prepare import SECTOR_KEYS, Ready


async def with_documents(
    call: Call[Any, Any], before: Mapping[str, Any], given: Mapping[str, Any]
) -> Call[Any, Any]:
    """The call with the sector's document at hand (OIDC Core §8.1), if it will be asked for.

    A document that cannot be read is left for the operation to say so.
    """
    after = merged(before, given, prune=False)
    url = after.get("sector_identifier_uri")
    if not isinstance(url, str) or all(before.get(key) == after.get(key) for key in SECTOR_KEYS):
        return call
    ready = Ready(call.ctx.deployment.fetcher)
    try:
        await ready.get_json(url)
    except ValueError:
        return call
    return replace(
        call, ctx=replace(call.ctx, deployment=replace(call.ctx.deployment, fetcher=ready))
    )
