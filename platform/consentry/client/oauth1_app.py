"""A client of an OAuth 1.0a provider (RFC 5849)."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import httpx2
from starlette.requests import Request

from consentry.crypto.secrets import new_secret
from consentry.spec.oauth1.encoding import form_encode, form_pairs
from consentry.spec.oauth1.errors import OAuth1Error
from consentry.spec.oauth1.request import Placement
from consentry.spec.oauth1.signatures import STANDARD_METHODS
from consentry.spec.oauth1.signing import Credentials, Sign, Signed, sign_request

from .app import App, Around, Held
from .callbacks import received, with_query
from .config import Registration
from .errors import Misconfigured, MissingRequestToken, OAuthError, UnexpectedAnswer
from .http import FORM, Outgoing, hide_queries
from .placement import takes_form
from .tokens import Token
from .urls import checked_endpoint

OUT_OF_BAND: Final = "oob"
_PLACEMENTS: Final[dict[str, Placement]] = {"HEADER": "header", "QUERY": "query", "BODY": "body"}


class OAuth1App(App):
    """One registered OAuth 1 client.

    client_kwargs: signature_method (HMAC-SHA1 unless named), signature_type (`HEADER`, `QUERY`,
    `BODY`), rsa_key (PEM), realm, force_include_body (bodies that are no form count by their
    hash).
    """

    KWARGS: ClassVar[frozenset[str]] = frozenset(
        {"signature_method", "signature_type", "rsa_key", "realm", "force_include_body"}
    )

    def __init__(self, name: str, registration: Registration, around: Around) -> None:
        super().__init__(name, registration, around)
        kind = str(self.kwargs.get("signature_type", "HEADER")).upper()
        if kind not in _PLACEMENTS:
            raise Misconfigured(f"signature_type is one of {', '.join(_PLACEMENTS)}")
        self._placement = _PLACEMENTS[kind]
        if self._placement == "query":
            hide_queries()
        self._signature_method = str(self.kwargs.get("signature_method", "HMAC-SHA1"))
        self._own_methods: dict[str, Sign] = {}

    def register_signature_method(self, name: str, sign: Sign) -> None:
        """Add a signature method: `sign(credentials, base_string)` gives the signature."""
        self._own_methods[name] = sign

    async def create_authorization_url(
        self, redirect_uri: str | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """Where to send the browser (§2.2), with new temporary credentials.

        Gives `url`, `request_token`, `redirect_uri` and, as `state`, the temporary token.
        Without a redirect_uri the user reads a verifier from a page (`oob`, §2.1).
        """
        request_token = await self.fetch_request_token(redirect_uri)
        endpoint = self._endpoint("authorize_url")
        asked = {**self.registration.authorize_params, **parameters}
        url = with_query(endpoint, {**asked, "oauth_token": request_token["oauth_token"]})
        return {
            "url": url,
            "state": request_token["oauth_token"],
            "request_token": request_token,
            "redirect_uri": redirect_uri,
        }

    async def fetch_request_token(self, redirect_uri: str | None = None) -> Token:
        """Temporary credentials (§2.1): `oauth_token` and `oauth_token_secret`.

        Raises OAuthError with the provider's refusal, and UnexpectedAnswer from one that does
        not confirm the callback: without that anyone can have their own approval used by
        another (advisory 2009.1).
        """
        answer = await self._exchange(
            self._endpoint("request_token_url"), self._credentials({}),
            self.registration.request_token_params,
            {"oauth_callback": redirect_uri or OUT_OF_BAND},
        )  # fmt: skip
        if answer.get("oauth_callback_confirmed", "").lower() != "true":
            raise UnexpectedAnswer("the provider did not confirm the callback (RFC 5849 §2.1)")
        return answer

    async def authorize_access_token(self, request: Request, **fields: Any) -> Token:
        """The token credentials of a login that came back, and what else the provider tells.

        fields: more of the token request. Raises MismatchingState, and OAuthError with the
        provider's or the user's refusal.
        """
        answer = await received(request)
        state = answer.get("oauth_token") or answer.get("denied")
        refusal = _refusal(answer) or ("user_refused" if answer.get("denied") else "")
        if state is None:
            raise OAuthError(refusal or "missing_oauth_token", "the answer has no oauth_token")
        begun = await self.around.pending.finish(request, client=self.name, state=state)
        if refusal:
            told = answer.get("oauth_problem_advice") or answer.get("error_description")
            raise OAuthError(refusal, told or "")
        verifier = answer.get("oauth_verifier")
        if verifier is None:
            raise UnexpectedAnswer("the answer has no oauth_verifier (RFC 5849 §2.2)")
        return await self.fetch_access_token(begun["request_token"], verifier, **fields)

    async def fetch_access_token(
        self, request_token: Mapping[str, Any] | None, oauth_verifier: str, **fields: Any
    ) -> Token:
        """Token credentials for approved temporary ones (§2.3).

        request_token: as `fetch_request_token` gave it. Raises MissingRequestToken, OAuthError.
        """
        if not request_token:
            raise MissingRequestToken()
        return await self._exchange(
            self._endpoint("access_token_url"), self._credentials(request_token),
            {**self.registration.access_token_params, **fields},
            {"oauth_verifier": oauth_verifier},
        )  # fmt: skip

    async def _exchange(
        self, url: str, credentials: Credentials, fields: Mapping[str, Any], extra: dict[str, str]
    ) -> Token:
        """One POST for credentials; a `realm` among the fields goes into the header (§3.5.1)."""
        form = {name: str(value) for name, value in fields.items() if name != "realm"}
        signed = self._sign(
            credentials, "POST", url, {}, form_encode(form.items()).encode(),
            content_type=FORM if form else None, extra=extra,
            realm=fields.get("realm", self.kwargs.get("realm")),
        )  # fmt: skip
        answer = await self.http.fetch("POST", signed.url, signed.headers, signed.body)
        return _credentials_of(answer)

    async def _send(self, method: str, url: str, held: Held, **options: Any) -> httpx2.Response:
        if options.get("follow_redirects") and self._placement != "header":
            # Only the header is left behind when a redirect leads to another origin.
            raise Misconfigured("a signature outside the header must not follow redirects")
        credentials = self._credentials(held.token)

        async def sign(method: str, url: str, headers: dict[str, str], body: bytes) -> Outgoing:
            content_type = headers.pop("content-type", None)
            signed = self._sign(
                credentials, method, url, headers, body, content_type=content_type,
                realm=self.kwargs.get("realm"),
            )  # fmt: skip
            return signed.url, signed.headers, signed.body

        return await self.http.send(method, url, sign, **options)

    def _sign(
        self, credentials: Credentials, method: str, url: str, headers: dict[str, str], body: bytes,
        *, content_type: str | None, realm: str | None, extra: Mapping[str, str] | None = None,
    ) -> Signed:  # fmt: skip
        name, placement = self._signature_method, self._placement
        if name not in self._own_methods and name not in STANDARD_METHODS:
            raise Misconfigured(f"no signature method {name!r} is registered")
        # Where the body is no form, the header carries what it would have (§3.5.2).
        kind = {} if content_type is None else {"content-type": content_type}
        if placement == "body" and not takes_form(method, kind, body):
            placement = "header"
        return sign_request(
            credentials, method, url, timestamp=int(self.around.clock()), nonce=new_secret(16),
            signature_method=name, placement=placement, headers=headers, body=body,
            content_type=content_type, realm=realm, extra=extra, sign=self._own_methods.get(name),
            with_body_hash=bool(self.kwargs.get("force_include_body") and body),
        )  # fmt: skip

    def _credentials(self, token: Mapping[str, Any]) -> Credentials:
        """Of the client alone when the token is empty (a two-legged request)."""
        return Credentials(
            self.client_id, self.client_secret, token=token.get("oauth_token"),
            token_secret=token.get("oauth_token_secret", ""),
            rsa_private_key=self.kwargs.get("rsa_key", ""),
        )  # fmt: skip

    async def _providers_own(self) -> set[str]:
        return {self.registration.access_token_url, self.registration.request_token_url}

    def _endpoint(self, name: str) -> str:
        url: str = getattr(self.registration, name)
        if not url:
            raise Misconfigured(f"{self.name} was registered without {name}")
        return checked_endpoint(url, allow_http=self.registration.allow_http)


def _refusal(answer: Mapping[str, str]) -> str:
    return answer.get("oauth_problem") or answer.get("error") or ""


def _credentials_of(answer: httpx2.Response) -> Token:
    """The form a provider answers with (§2.1, §2.3), whatever type it says it has."""
    try:
        members = dict(form_pairs(answer.content.strip()))
    except OAuth1Error:
        members = {}
    if answer.is_success and members.get("oauth_token") and "oauth_token_secret" in members:
        return dict(members)
    if refusal := _refusal(members):
        told = members.get("oauth_problem_advice") or members.get("error_description")
        raise OAuthError(refusal, told or "")
    raise UnexpectedAnswer(f"the provider answered HTTP {answer.status_code} without credentials")
