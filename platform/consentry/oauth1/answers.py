"""How this door answers: forms that no cache keeps, `oauth_problem` for what is refused."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from consentry.spec.errors import OAuthError
from consentry.spec.oauth1.encoding import FORM
from consentry.spec.oauth1.errors import OAuth1Error, ParameterRejected, ServiceUnavailable
from consentry.spec.oauth1.header import oauth_challenge
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.context import TenantContext
from consentry.web.refusals import record_refusal
from consentry.web.routing import Rendered

Handler = Callable[[Request], Awaitable[Response]]
_HEADERS = (
    (b"content-type", FORM.encode()),
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
)


def form_answer(members: Mapping[str, str]) -> Response:
    """A form-encoded answer (RFC 5849 §2.1, §2.3)."""
    return Rendered(urlencode(members).encode(), _HEADERS)


def guarded(handler: Handler) -> Handler:
    """The handler with its refusals answered as `oauth_problem` and put on record.

    A store that is away answers 503: what counts once never counts unseen.
    """

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except OAuth1Error as error:
            record_refusal(request, error)
            return problem(request, error)
        except OAuthError as error:
            # What both protocols share, such as scope, is named in OAuth 2's words.
            record_refusal(request, error)
            return problem(request, ParameterRejected(error.description))
        except Unavailable as error:
            get_logger().error("store_unavailable", reason=str(error))
            return problem(request, ServiceUnavailable("try again in a moment"))

    return answer


def problem(request: Request, error: OAuth1Error) -> Response:
    """A refusal, with the challenge that goes with 401 (RFC 5849 §3.2, §3.5.1)."""
    realm = TenantContext.of(request).issuer
    headers = [*_HEADERS, (b"www-authenticate", oauth_challenge(realm).encode("latin-1"))]
    if error.status == 503:
        headers.append((b"retry-after", b"1"))
    return Rendered(error.form_body(), headers, error.status)
