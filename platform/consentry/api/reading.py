"""Queries, bodies and header fields of a call, read into the operation's models."""

import re
from typing import Final, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from consentry.api.problems import Fault, Problem
from consentry.jose import strict_json
from consentry.operations.errors import NotFound, place, reason_of
from consentry.web.routing import header_values

Model = TypeVar("Model", bound=BaseModel)
JSON_TYPES: Final = ("application/json", "application/merge-patch+json")
MAX_PARAMETERS: Final = 20
# draft-ietf-httpapi-idempotency-key-header §2.1: a string item; also taken without its quotes.
_KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{1,255})"?')


def read_query(model: type[Model] | None, request: Request) -> Model | None:
    """The query's parameters. Raises Problem 400 for one unknown, repeated or out of range."""
    try:
        given = parse_qsl(
            request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(request.scope["query_string"]),
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise Problem(400, "invalid_query", "the query is not well-formed") from None
    named = dict(given)
    if len(named) != len(given):
        raise Problem(400, "invalid_query", "a parameter is there twice")
    if model is None:
        if named:
            raise _unknown(named)
        return None
    try:
        return model.model_validate(named)
    except ValidationError as error:
        raise Problem(400, "invalid_query", "a parameter is wrong", faults(error)) from None


def _unknown(named: dict[str, str]) -> Problem:
    errors = tuple(Fault(name[:100], "unknown parameter") for name in named)
    return Problem(400, "invalid_query", "no parameters are taken here", errors)


def read_body(model: type[Model] | None, request: Request) -> Model | None:
    """The JSON body. Raises Problem 400 for what is no JSON, 415, or 422 for wrong members."""
    raw: bytes = request.scope.get("consentry.body", b"")
    if model is None:
        if raw:
            raise Problem(400, "invalid_body", "no body is taken here")
        return None
    named = header_values(request, b"content-type")
    if len(named) != 1 or named[0].partition(";")[0].strip().lower() not in JSON_TYPES:
        raise Problem(415, "unsupported_media_type", "send application/json")
    try:
        strict_json.parse_object(raw)
    except ValueError as reason:
        raise Problem(400, "invalid_body", f"the body: {reason}") from None
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise Problem(422, "invalid", "a member is wrong", faults(error)) from None


def faults(error: ValidationError) -> tuple["Fault", ...]:
    """Each mistake with its place; no value that was given is in the text."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(Fault(place(one["loc"]), reason_of(one["type"], one["msg"])) for one in found[:50])


def read_id(kind: str, text: str) -> UUID:
    """An id in the one form we write it in. Raises NotFound for any other text."""
    try:
        id = UUID(text)
    except ValueError:
        raise NotFound(kind, text[:100]) from None
    if str(id) != text.lower():
        raise NotFound(kind, text[:100])
    return id


def read_idempotency_key(request: Request) -> str | None:
    """The `Idempotency-Key`, if one was sent. Raises Problem 400 for a malformed one."""
    values = header_values(request, b"idempotency-key")
    if not values:
        return None
    found = _KEY.fullmatch(values[0].strip())
    if len(values) > 1 or found is None:
        raise Problem(400, "invalid_header", "Idempotency-Key must be 1 to 255 characters")
    return found[1]
