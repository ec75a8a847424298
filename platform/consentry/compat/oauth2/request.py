"""A request as grants and endpoints see it: its parameters, and what was found out about it."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from consentry.spec.authorization_request import AuthorizationRequest, Preview
from consentry.spec.errors import InvalidRequest, OAuthError
from consentry.spec.forms import Form, parse_form
from consentry.spec.received import receive
from consentry.spec.response_types import normalize

from .answers import Return
from .errors import RequestTooLarge
from .models import AuthorizationCodeMixin, ClientMixin, TokenMixin

MAX_BODY: Final = 64 * 1024
FORM: Final = "application/x-www-form-urlencoded"
_KEPT: Final = "consentry.compat.oauth2"


class OAuth2Payload:
    """The parameters an endpoint goes by, from the one place it reads them."""

    def __init__(self, form: Form, asked: Preview | None = None) -> None:
        self.data = form
        # A state sent twice is given back to nobody.
        self.state = asked.state if asked is not None else form.get("state")

    @property
    def datalist(self) -> dict[str, list[str]]:
        """Every value of every parameter."""
        return {name: list(self.data.all(name)) for name in self.data}

    @property
    def client_id(self) -> str | None:
        return self.data.get("client_id")

    @property
    def response_type(self) -> str | None:
        """The words of the response type, sorted: their order means nothing (RFC 6749 §3.1.1)."""
        text = self.data.get("response_type")
        return None if text is None else " ".join(sorted(normalize(text)))

    @property
    def grant_type(self) -> str | None:
        return self.data.get("grant_type")

    @property
    def redirect_uri(self) -> str | None:
        return self.data.get("redirect_uri")

    @property
    def scope(self) -> str | None:
        """The scope as it was asked for; what may be granted is the request's `scope`."""
        return self.data.get("scope")


class OAuth2Request:
    """One request, read once and kept with the Starlette request it came in.

    client, auth_method: who asks and how it proved so. user: whose approval it is.
    scope: what may be granted, once known. return_to: where the answer goes, once client and
    redirect_uri are proven. family_id: names what one approval bought (64 hex digits).
    asked: the authorization request, once it was found well-formed. fault: what is wrong with
    the parameters whatever they say.
    """

    def __init__(
        self,
        http: Request,
        form: Form,
        asked: Preview | None = None,
        fault: OAuthError | None = None,
    ) -> None:
        self.http, self.fault = http, fault
        self.payload = OAuth2Payload(form, asked)
        self.asked: AuthorizationRequest | None = None
        self.client: ClientMixin | None = None
        self.auth_method: str | None = None
        self.user: Any = None
        self.scope: str | None = None
        self.return_to: Return | None = None
        self.family_id: str | None = None
        self.authorization_code: AuthorizationCodeMixin | None = None
        self.refresh_token: TokenMixin | None = None
        self.credential: Any = None

    @property
    def method(self) -> str:
        return self.http.method

    @property
    def headers(self) -> Mapping[str, str]:
        return self.http.headers

    @property
    def form(self) -> Form:
        """The parameters, by the name they have at the token endpoint."""
        return self.payload.data

    def proven_client(self) -> ClientMixin:
        """The client, for steps that come after its proof."""
        if self.client is None:
            raise InvalidRequest("no client was proven for this request")
        return self.client

    @classmethod
    async def of_browser(cls, http: Request) -> "OAuth2Request":
        """From the query, or from a form body when there is no query; never from both.

        So a page may post its decision to the address it was asked at. Raises InvalidRequest
        when client_id or redirect_uri comes twice; other repeats become `fault`.
        """
        kept = cls.kept(http)
        if kept is None:
            query = bytes(http.scope["query_string"])
            received = receive(query or await form_body(http))
            kept = cls(http, received.form, received.asked, received.fault)
            http.scope[_KEPT] = kept
        return kept

    @classmethod
    async def of_client(cls, http: Request) -> "OAuth2Request":
        """From the form body alone; the query counts for nothing (RFC 6749 §3.2).

        Raises InvalidRequest for another content type or a malformed form.
        """
        sent = http.headers.get("content-type", "")
        if sent.partition(";")[0].strip().lower() != FORM:
            raise InvalidRequest(f"the body must be {FORM}", rule="content type")
        return cls(http, parse_form(await form_body(http)))

    @staticmethod
    def kept(http: Request) -> "OAuth2Request | None":
        """What was read from a browser's request before."""
        found = http.scope.get(_KEPT)
        return found if isinstance(found, OAuth2Request) else None


async def form_body(http: Request) -> bytes:
    """The body of a POST, empty for other methods. Raises RequestTooLarge past 64 KiB.

    One of a stated length is kept by Starlette, so that the application can read it as well.
    """
    if http.method != "POST":
        return b""
    stated = http.headers.get("content-length", "")
    if stated.isascii() and stated.isdigit() and len(stated) < 6 and int(stated) <= MAX_BODY:
        return await http.body()
    body = bytearray()
    async for chunk in http.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise RequestTooLarge("the body is too long", rule="length of the request")
    return bytes(body)
