"""OpenID Connect on top of OAuth 2: who it is, and logging out."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response

from consentry.crypto.secrets import new_secret

from .app import Around
from .callbacks import received, with_query
from .config import Registration
from .errors import InvalidIdToken, UnexpectedAnswer
from .http import json_object
from .id_token import LEEWAY, Expectations, validated
from .logout_token import validated_logout
from .metadata import Jwks, Metadata, fetch_json
from .oauth2_tokens import OAuth2Tokens, endpoint_of
from .urls import checked_endpoint

_ALGS: Final = "id_token_signing_alg_values_supported"


class OpenID(OAuth2Tokens):
    """The part of a client that knows ID tokens."""

    def __init__(self, name: str, registration: Registration, around: Around) -> None:
        super().__init__(name, registration, around)
        self._keys = Jwks(self._fetch_jwk_set, around.clock)

    async def parse_id_token(
        self, token: Mapping[str, Any], nonce: str | None,
        claims_options: Mapping[str, Any] | None = None, leeway: int = LEEWAY,
        max_age: int | None = None,
    ) -> dict[str, Any] | None:  # fmt: skip
        """The claims of a token's `id_token`, all checks passed; None when it has none.

        nonce: the one this login was begun with; None when there was none. claims_options:
        `{"iss": {"values": [...]}}` for a provider with several issuers. leeway: seconds.
        max_age: how many seconds ago the person may have proven who they are, at most.
        Raises InvalidIdToken.
        """
        if "id_token" not in token:
            return None
        metadata = await self.load_server_metadata()
        expected = self._expected(
            metadata, leeway, _issuers(claims_options, metadata), nonce=nonce,
            access_token=token.get("access_token"), max_age=max_age,
        )  # fmt: skip
        return await validated(str(token["id_token"]), self._keys, expected)

    async def parse_logout_token(self, logout_token: str, leeway: int = LEEWAY) -> dict[str, Any]:
        """The claims of a logout token that was posted here (Back-Channel Logout §2.6).

        Of `sub` and `sid` at least one is there; without `sid` every session of that `sub` ends.
        It may come twice: `jti` tells. leeway: seconds. Raises InvalidLogoutToken.
        """
        metadata = await self.load_server_metadata()
        return await validated_logout(logout_token, self._keys, self._expected(metadata, leeway))

    def _expected(
        self, metadata: Metadata, leeway: int, issuers: Collection[str] | None = None, **more: Any
    ) -> Expectations:
        algs = metadata.get(_ALGS, ["RS256"])
        return Expectations(
            issuers=_issuers(None, metadata) if issuers is None else issuers,
            client_id=self.client_id, client_secret=self.client_secret,
            now=int(self.around.clock()), algs=algs if isinstance(algs, list) else [],
            leeway=leeway, **more,
        )  # fmt: skip

    async def userinfo(self, **options: Any) -> dict[str, Any]:
        """What the userinfo endpoint says (OIDC Core §5.3); options as `request`.

        Raises InvalidIdToken if it speaks of somebody else than the ID token did (§5.3.2).
        """
        endpoint = endpoint_of(await self.load_server_metadata(), "userinfo_endpoint")
        answer = await self.get(endpoint, **options)
        if answer.status_code != 200:
            raise UnexpectedAnswer(f"the userinfo endpoint: HTTP {answer.status_code}")
        claims = json_object(answer, "the userinfo endpoint")
        known = options.get("token")
        if isinstance(known, Mapping) and isinstance(known.get("userinfo"), Mapping):
            if claims.get("sub") != known["userinfo"].get("sub"):
                raise InvalidIdToken("userinfo is about another sub than the ID token")
        return claims

    async def create_logout_url(
        self, post_logout_redirect_uri: str | None = None, id_token_hint: str | None = None,
        state: str | None = None, **parameters: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Where to send a browser to be signed out (`url`), and `state` when it comes back."""
        endpoint = endpoint_of(await self.load_server_metadata(), "end_session_endpoint")
        if post_logout_redirect_uri is not None:
            state = state or new_secret(24)
        asked = {
            "client_id": self.client_id, "id_token_hint": id_token_hint,
            "post_logout_redirect_uri": post_logout_redirect_uri, "state": state, **parameters,
        }  # fmt: skip
        checked_endpoint(endpoint, allow_http=self.registration.allow_http)
        return {"url": with_query(endpoint, asked), "state": state}

    async def logout_redirect(
        self, request: Request, post_logout_redirect_uri: str | URL | None = None,
        id_token_hint: str | None = None, **parameters: Any,
    ) -> Response:  # fmt: skip
        """A redirect (302) to the provider's logout (RP-Initiated Logout §2).

        With a post_logout_redirect_uri the way back is tied to this browser, as a login is.
        """
        returns_to = None if post_logout_redirect_uri is None else str(post_logout_redirect_uri)
        begun = await self.create_logout_url(returns_to, id_token_hint, **parameters)
        response = self._redirect(begun["url"])
        if returns_to is not None:
            await self.around.pending.begin(
                request, response, client=f"{self.name}/logout", state=begun["state"],
                data={"post_logout_redirect_uri": returns_to}, returns_to=returns_to,
            )  # fmt: skip
        return response

    async def validate_logout_response(self, request: Request) -> dict[str, Any]:
        """What was remembered of a logout that came back: `post_logout_redirect_uri`.

        Raises MismatchingState.
        """
        answer = await received(request)
        return await self.around.pending.finish(
            request, client=f"{self.name}/logout", state=answer.get("state")
        )

    async def _fetch_jwk_set(self) -> object:
        metadata = await self.load_server_metadata()
        if "jwks" in metadata:
            return metadata["jwks"]
        return await fetch_json(
            self.http,
            endpoint_of(metadata, "jwks_uri"),
            allow_http=self.registration.allow_http,
        )


def _issuers(
    claims_options: Mapping[str, Any] | None, metadata: Metadata
) -> Collection[str]:  # fmt: skip
    told = (claims_options or {}).get("iss") or {}
    values = told.get("values") or ([told["value"]] if "value" in told else None)
    return values or ([metadata["issuer"]] if "issuer" in metadata else [])
