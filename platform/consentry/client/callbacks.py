"""What a browser brings back from a provider."""

from typing import Final

from starlette.requests import Request

from consentry.spec.errors import InvalidRequest
from consentry.spec.forms import Form, parse_form, parse_query
from consentry.spec.redirect_uri import append_params

from .errors import OAuthError

MAX_BYTES: Final = 64 * 1024


async def received(request: Request) -> Form:
    """The parameters of a callback: the query, or the form where one was posted.

    Strict: a parameter that comes twice is refused. Raises OAuthError.
    """
    try:
        if request.method == "POST":
            return parse_form(await _body(request))
        return parse_query(request.scope.get("query_string", b""))
    except InvalidRequest as error:
        raise OAuthError(error.code, error.description) from None


def with_query(url: str, parameters: dict[str, object]) -> str:
    """The URL with parameters added; None is left out, a list comes once for each value."""
    for name, value in parameters.items():
        for one in value if isinstance(value, list | tuple) else (value,):
            if one is not None:
                url = append_params(url, {name: str(one)})
    return url


async def _body(request: Request) -> bytes:
    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_BYTES:
            raise OAuthError("invalid_request", "the callback's form is too long")
    return content
