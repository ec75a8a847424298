"""Ready-made compliance fixes, for `register(..., compliance_fix=...)`."""

from collections.abc import Mapping
from typing import Any

import httpx2
import orjson

from .http import json_object
from .session import OAuth2Session


def with_members(answer: httpx2.Response, members: Mapping[str, Any]) -> httpx2.Response:
    """A response like this one whose JSON object has these members too, its own kept.

    For response hooks. Raises UnexpectedAnswer when it has no JSON object.
    """
    body = {**members, **json_object(answer, "the token endpoint")}
    return httpx2.Response(
        answer.status_code,
        headers={"Content-Type": "application/json"},
        content=orjson.dumps(body),
    )


def slack_compliance_fix(session: OAuth2Session) -> None:
    """Slack's token answers lack `token_type`, which RFC 6749 §5.1 requires; they are Bearer."""

    def _bearer(answer: httpx2.Response) -> httpx2.Response:
        return with_members(answer, {"token_type": "Bearer"})

    session.register_compliance_hook("access_token_response", _bearer)
    session.register_compliance_hook("refresh_token_response", _bearer)
