"""Tags of answers, so that nobody overwrites what they have not seen (RFC 9110 §8.8.3, §13)."""

from hashlib import sha256
from typing import Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from consentry.api.operation import Made
from consentry.api.problems import Problem
from consentry.crypto import base64url
from consentry.web.routing import Rendered, header_values

TAG_BYTES: Final = 16


def text_of(model: BaseModel | Made | None) -> bytes:
    """The JSON of an answer; members that are not set are left out."""
    if not isinstance(model, BaseModel):
        raise TypeError("an answer is a model")
    return model.model_dump_json(exclude_none=True, by_alias=True).encode()


def tag_of(body: bytes) -> bytes:
    """A strong tag: other bytes, another tag."""
    return b'"%s"' % base64url.encode(sha256(body).digest()[:TAG_BYTES]).encode()


def wanted(request: Request) -> list[str]:
    """The tags of `If-Match`. Raises Problem 428 when there are none (RFC 6585 §3)."""
    found = _listed(request, b"if-match")
    if not found:
        raise Problem(
            428, "precondition_required", "send If-Match with the ETag that GET answered here"
        )
    return found


def check(tags: list[str], current: BaseModel | Made | None) -> None:
    """Raises Problem 412 unless the thing is still what the tags name (RFC 9110 §13.1.1)."""
    # A weak tag never matches here: the comparison is the strong one.
    if "*" not in tags and tag_of(text_of(current)).decode() not in tags:
        raise Problem(
            412, "precondition_failed", "it was changed since; read it again, then change it"
        )


def unless_known(request: Request, response: Response) -> Response:
    """304 instead of what the caller has already (RFC 9110 §13.1.2)."""
    tag = dict(response.raw_headers).get(b"etag")
    tags = [one.removeprefix("W/") for one in _listed(request, b"if-none-match")]
    if tag is None or ("*" not in tags and tag.decode() not in tags):
        return response
    return Rendered(b"", ((b"etag", tag), (b"cache-control", b"no-store")), 304)


def _listed(request: Request, name: bytes) -> list[str]:
    values = ",".join(header_values(request, name)).split(",")
    return [one.strip() for one in values if one.strip()]
