"""What those hear who are not let in."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from consentry.spec.errors import OAuthError

RETRY_AFTER_S: Final = 5
POLICY_VIOLATION: Final = 1008
"""The close code of a websocket that is not let in (RFC 6455 §7.4.1)."""
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# Where Starlette keeps an application's handlers while it serves a request.
_HANDLERS: Final = "starlette.exception_handlers"


class Refused(HTTPException):
    """A request that is not let in; an HTTPException, so any Starlette app answers it.

    error: why; None if the request carried no credentials that we know (RFC 6750 §3.1).
    challenges: values of `WWW-Authenticate`, one a scheme.
    """

    def __init__(self, error: OAuthError | None, challenges: Sequence[str] = ()) -> None:
        self.error = error
        self.challenges = tuple(challenges)
        status = 401 if error is None else error.status
        headers = dict(_NO_STORE)
        if status in (400, 401, 403) and challenges:
            headers["WWW-Authenticate"] = ", ".join(challenges)
        if status == 503:
            headers["Retry-After"] = str(RETRY_AFTER_S)
        super().__init__(status, error.description if error else "", headers)

    def response(self) -> Response:
        """The answer: `error` and `error_description` as JSON, empty if nothing was sent."""
        headers = dict(self.headers or {})
        several = headers.pop("WWW-Authenticate", None) is not None
        answer: Response
        if self.error is None:
            answer = Response(b"", self.status_code, headers)
        else:
            answer = JSONResponse(self.error.body(), self.status_code, headers)
        # A line each: not every client can tell schemes apart in one (RFC 9110 §11.6.1).
        for challenge in self.challenges if several else ():
            answer.headers.append("WWW-Authenticate", challenge)
        return answer


async def answer(request: Request, refused: "Refused") -> Response:
    """The exception handler of `Refused`."""
    return refused.response()


def prepare(connection: HTTPConnection[Any]) -> None:
    """Let the app being served answer `Refused` by `answer`, unless it has its own way.

    Only what is raised from a dependency or a handler needs this. Without it the status and
    the challenge would be the same, the body the one that any HTTPException has.
    """
    handlers = connection.scope.get(_HANDLERS)
    if handlers is not None:
        handlers[0].setdefault(Refused, answer)
