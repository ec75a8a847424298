"""Requests that may be sent again: the same key brings the same answer, and nothing twice.

draft-ietf-httpapi-idempotency-key-header. The answer is kept by the transaction that
does the work, and changes of one tenant take turns: whoever comes second finds it, and a
request that failed leaves the key free.
"""

from base64 import b64decode, b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consentry.api.problems import Problem
from consentry.records.idempotency import KeptAnswer
from consentry.tenancy.context import TenantContext
from consentry.web.routing import Rendered

PURPOSE: Final = "kept-answer"
LIFETIME: Final = timedelta(days=1)


async def before(ctx: TenantContext, request: Request, key: str) -> Response | None:
    """The answer given to this very request before, if it is kept.

    Raises Problem 422 for a key that was sent with another request.
    """
    found = await ctx.store.answers.get(_key(ctx, key))
    if found is None or found.expires_at <= ctx.now():
        return None
    if found.request != _asked(request):
        raise Problem(422, "key_reused", "this Idempotency-Key was sent with another request")
    kept = orjson.loads(ctx.keys.unseal(PURPOSE, found.sealed))
    headers = [(name.encode(), value.encode()) for name, value in kept["headers"]]
    headers.append((b"idempotent-replayed", b"true"))
    return Rendered(b64decode(kept["body"]), headers, kept["status"])


async def keep(ctx: TenantContext, request: Request, key: str, response: Response) -> None:
    """Keep an answer under a key, sealed: it may hold a secret."""
    kept = {
        "status": response.status_code,
        "headers": [
            (name.decode(), value.decode())
            for name, value in response.raw_headers
            if name != b"content-length"
        ],
        "body": b64encode(bytes(response.body)).decode(),
    }
    await ctx.store.answers.save(
        KeptAnswer(
            tenant_id=ctx.tenant.tenant_id,
            key=_key(ctx, key),
            request=_asked(request),
            sealed=ctx.keys.seal(PURPOSE, orjson.dumps(kept)),
            expires_at=ctx.now() + LIFETIME,
        )
    )


def _key(ctx: TenantContext, key: str) -> str:
    return _digest(ctx.actor.kind, ctx.actor.id, key)


def _asked(request: Request) -> str:
    body: bytes = request.scope.get("consentry.body", b"")
    return _digest(request.method, request.scope["path"], body.hex())


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()
