"""Requests that may be sent again: the same key brings the same answer, and nothing twice.

draft-ietf-httpapi-idempotency-key-header. The answer is kept by the transaction that does the
work, and changes of one tenant take turns: whoever comes second finds it, and a request that
failed leaves the key free.
"""

from base64 import b64decode, b64encode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consentry.api.problems import Problem
from consentry.operations.errors import Refused
from consentry.operations.kept_answers import keep_answer, kept_answer
from consentry.tenancy.context import TenantContext
from consentry.web.routing import Rendered


async def before(ctx: TenantContext, request: Request, key: str) -> Response | None:
    """The answer given to this very request before, if it is kept.

    Raises Problem 422 for a key that was sent with another request.
    """
    try:
        found = await kept_answer(ctx, key, _asked(request))
    except Refused as error:
        raise Problem(422, "key_reused", f"Idempotency-Key: {error.reason}") from None
    if found is None:
        return None
    kept = orjson.loads(found)
    headers = [(name.encode(), value.encode()) for name, value in kept["headers"]]
    headers.append((b"idempotent-replayed", b"true"))
    return Rendered(b64decode(kept["body"]), headers, kept["status"])


async def keep(ctx: TenantContext, request: Request, key: str, response: Response) -> None:
    """Keep an answer under a key."""
    kept = {
        "status": response.status_code,
        "headers": [
            (name.decode(), value.decode())
            for name, value in response.raw_headers
            if name != b"content-length"
        ],
        "body": b64encode(bytes(response.body)).decode(),
    }
    await keep_answer(ctx, key, _asked(request), orjson.dumps(kept))


def _asked(request: Request) -> bytes:
    body: bytes = request.scope.get("consentry.body", b"")
    return b"\0".join((request.method.encode(), request.scope["path"].encode(), body))
