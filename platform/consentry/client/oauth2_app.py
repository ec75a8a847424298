"""A client of an OAuth 2 or OpenID Connect provider."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from starlette.requests import Request

from consentry.crypto.secrets import new_secret
from consentry.spec.errors import InvalidRequest
from consentry.spec.forms import Form
from consentry.spec.pkce import S256, check_verifier, s256

from .app import Around
from .callbacks import received, with_query
from .config import Registration
from .errors import Misconfigured, MismatchingIssuer, OAuthError, UnexpectedAnswer
from .metadata import Metadata
from .oauth2_tokens import OAuth2Tokens, endpoint_of
from .openid import OpenID
from .tokens import Token
from .urls import checked_endpoint

_PARAMETERS: Final = ("response_mode", "prompt", "login_hint")
_ISS_ALWAYS: Final = "authorization_response_iss_parameter_supported"


class OAuth2App(OpenID):
    """One registered OAuth 2 client.

    client_kwargs: scope, token_endpoint_auth_method (a name or a function),
    revocation_endpoint_auth_method, token_placement (`header`, `body`; `uri` only with
    allow_token_in_uri), code_challenge_method (S256 and nothing else), grant_type
    (`client_credentials` to renew such tokens), leeway and metadata_lifetime in seconds, and
    response_mode, prompt, login_hint for every authorization request.
    """

    KWARGS: ClassVar[frozenset[str]] = OAuth2Tokens.KWARGS | {*_PARAMETERS, "code_challenge_method"}

    def __init__(self, name: str, registration: Registration, around: Around) -> None:
        super().__init__(name, registration, around)
        if self.kwargs.get("code_challenge_method") not in (None, S256):
            raise Misconfigured("code_challenge_method is S256 and nothing else (RFC 9700 §2.1.1)")

    async def create_authorization_url(
        self, redirect_uri: str | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """An authorization request (RFC 6749 §4.1.1) with PKCE, and what its way back needs.

        Gives `url`, `state`, `code_verifier`, `redirect_uri`, `issuer`, `by_post`, `nonce` when
        the scope has `openid`, and `max_age` when one is asked for. parameters: `state`, `nonce`
        and `code_verifier` of one's own among them, random otherwise.
        """
        metadata = await self.load_server_metadata()
        asked = self._asked(parameters)
        begun: dict[str, Any] = {
            "state": asked.pop("state", None) or new_secret(24),
            "code_verifier": _verifier(asked.pop("code_verifier", None)),
            "redirect_uri": redirect_uri,
            "issuer": metadata.get("issuer"),
            "by_post": asked.get("response_mode") == "form_post",
        }
        if "openid" in str(asked["scope"] or "").split():
            begun["nonce"] = asked["nonce"] = asked.get("nonce") or new_secret(16)
        if asked.get("max_age") is not None:
            begun["max_age"] = asked["max_age"] = _seconds(asked["max_age"])
        asked |= {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "state": begun["state"],
            "code_challenge": s256(begun["code_verifier"]),
            "code_challenge_method": S256,
        }
        return {"url": with_query(self._authorize_url(metadata), asked), **begun}

    async def authorize_access_token(
        self, request: Request, *, claims_options: Mapping[str, Any] | None = None,
        leeway: int | None = None, **fields: Any,
    ) -> Token:  # fmt: skip
        """The token of a login that came back, with `userinfo` when the provider says who it is.

        userinfo: the claims of the ID token, all checks passed. claims_options, leeway: as
        `parse_id_token`. fields: more of the token request.
        Raises MismatchingState, MismatchingIssuer, InvalidIdToken, and OAuthError with the
        provider's own refusal.
        """
        answer = await received(request)
        # Taken out before anything else is looked at: no answer is ever tried twice.
        begun = await self.around.pending.finish(
            request, client=self.name, state=answer.get("state")
        )
        await self._check_issuer(answer, begun.get("issuer"))
        code = _code(answer)
        token = await self.fetch_access_token(
            code=code, code_verifier=begun["code_verifier"], **fields,
            redirect_uri=begun.get("redirect_uri"),
        )  # fmt: skip
        if "id_token" in token and "nonce" in begun:
            options = {} if leeway is None else {"leeway": leeway}
            options |= {"max_age": begun["max_age"]} if "max_age" in begun else {}
            token["userinfo"] = await self.parse_id_token(
                token, nonce=begun["nonce"], claims_options=claims_options, **options
            )
        return token

    def _asked(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """What an authorization request says, the later source winning."""
        usual = {one: self.kwargs.get(one) for one in ("scope", *_PARAMETERS)}
        asked: dict[str, Any] = {**usual, **self.registration.authorize_params, **parameters}
        if isinstance(asked["scope"], list | tuple):
            asked["scope"] = " ".join(asked["scope"])
        if asked.pop("response_type", "code") != "code":
            raise Misconfigured("the response type is code and nothing else (RFC 9700 §2.1.2)")
        return asked

    def _authorize_url(self, metadata: Metadata) -> str:
        url = self.registration.authorize_url or endpoint_of(metadata, "authorization_endpoint")
        return checked_endpoint(url, allow_http=self.registration.allow_http)

    async def _check_issuer(self, answer: Form, expected: str | None) -> None:
        """The answer comes from the provider that was asked, not from another (RFC 9207 §2.4)."""
        given = answer.get("iss")
        if expected is None:
            return
        metadata = await self.load_server_metadata()
        if given is None and metadata.get(_ISS_ALWAYS):
            raise MismatchingIssuer("the answer does not say which provider it is from")
        if given is not None and given != expected:
            raise MismatchingIssuer("the answer is from another provider than was asked")


def _verifier(given: str | None) -> str:
    verifier = given or new_secret(36)
    try:
        check_verifier(verifier)
    except InvalidRequest as error:
        raise Misconfigured(error.description) from None
    return verifier


def _seconds(max_age: Any) -> int:
    if not str(max_age).isascii() or not str(max_age).isdecimal():
        raise Misconfigured("max_age is a whole number of seconds (OIDC Core §3.1.2.1)")
    return int(max_age)


def _code(answer: Form) -> str:
    error = answer.get("error")
    if error is not None:
        told = (answer.get("error_description") or "", answer.get("error_uri") or "")
        raise OAuthError(error, *told)
    code = answer.get("code")
    if code is None:
        raise UnexpectedAnswer("the provider's answer has neither a code nor an error")
    return code
