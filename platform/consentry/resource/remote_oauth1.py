"""Signed requests that the platform verifies: the API holds no secret of a client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import httpx2
from starlette.requests import HTTPConnection

from consentry.spec.errors import InvalidScope
from consentry.spec.oauth1 import errors
from consentry.spec.oauth1.encoding import is_form
from consentry.spec.oauth1.errors import OAuth1Error, ParameterRejected, SignatureInvalid
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.scope import Scope

from .asked import MAX_BODY_BYTES, Asked
from .need import Scopes
from .oauth1_scheme import OAuth1Scheme
from .protector import Held, Protector
from .remote_json import RemoteJson, Unavailable

# Where a verifier gives a word that is not here, the signature did not count.
_REASONS: Final[Mapping[str, type[OAuth1Error]]] = {
    kind.code: kind
    for kind in (
        errors.ConsumerKeyRefused,
        errors.ConsumerKeyUnknown,
        errors.NonceUsed,
        errors.ParameterRejected,
        errors.PermissionDenied,
        errors.SignatureInvalid,
        errors.SignatureMethodRejected,
        errors.TimestampRefused,
        errors.TokenExpired,
        errors.TokenRejected,
        errors.TokenRevoked,
        errors.TokenUsed,
        errors.VersionRejected,
    )
}


@dataclass(frozen=True, slots=True)
class RemoteCredential:
    """Who signed: sub is the person, or the client where it signs for itself.

    oauth_token: None where it does. members: all the verifier said.
    """

    sub: str | None
    client_id: str
    scope: Scope
    realm: str | None
    oauth_token: str | None
    members: Mapping[str, Any] = field(repr=False)


class RemoteOAuth1(Protector):
    """Has every signed request verified at the platform's `/oauth1/verify`.

    client_id, client_secret: what this API is there. The nonce is spent there, so a request
    counts once at all the APIs that ask.
    """

    def __init__(
        self, verify_url: str, client_id: str, client_secret: str, *,
        realm: str | None = None, public_url: str | None = None,
        max_body_bytes: int = MAX_BODY_BYTES, http: httpx2.AsyncClient | None = None,
    ) -> None:  # fmt: skip
        self._scheme = OAuth1Scheme(self._held, realm, public_url, max_body_bytes)
        self.schemes = [self._scheme]
        self._verify_url = verify_url
        self._client = (client_id, client_secret)
        self._remote = RemoteJson(http)

    async def acquire_credential(
        self, request: HTTPConnection[Any], scopes: Scopes = None, *, realm: str | None = None
    ) -> RemoteCredential:
        """Who signed the request. Raises Refused, which any Starlette app answers."""
        found: RemoteCredential = await self.acquire(request, scopes, realm=realm)
        return found

    async def _held(self, request: SignedRequest, asked: Asked) -> Held:
        if request.signature_method != "PLAINTEXT":
            request.require("oauth_timestamp", "oauth_nonce")
        answer = await self._remote.post(
            self._verify_url, *self._client, json=await self._handed_over(asked)
        )
        active = answer.get("active")
        if active is True:
            credential = self._credential(answer)
            return Held(credential, credential.scope)
        if active is False:
            raise _REASONS.get(str(answer.get("reason")), SignatureInvalid)("")
        raise Unavailable(f"{self._verify_url}: an answer without active", 200)

    async def aclose(self) -> None:
        """Close the client if none was given."""
        await self._remote.aclose()

    async def _handed_over(self, asked: Asked) -> dict[str, Any]:
        sent = {"Authorization": asked.authorization, "Content-Type": asked.content_type}
        members: dict[str, Any] = {
            "method": asked.method,
            "url": self._scheme.url(asked),
            "headers": {name: value for name, value in sent.items() if value is not None},
        }
        if is_form(asked.content_type):
            # Of any other body the hash was checked when the request was read.
            members["body"] = _as_text(await self._scheme.signed_body(asked))
        return members

    def _credential(self, answer: Mapping[str, Any]) -> RemoteCredential:
        texts = {name: answer.get(name) for name in ("sub", "realm", "oauth_token", "scope")}
        client_id = answer.get("client_id")
        proper = all(one is None or isinstance(one, str) for one in texts.values())
        if not proper or not isinstance(client_id, str):
            raise Unavailable(f"{self._verify_url}: an answer of the wrong types", 200)
        try:
            scope = Scope.parse(texts.pop("scope"))
        except InvalidScope:
            raise Unavailable(f"{self._verify_url}: a malformed scope", 200) from None
        members = MappingProxyType(dict(answer))
        return RemoteCredential(client_id=client_id, scope=scope, members=members, **texts)


def _as_text(body: bytes) -> str:
    """A form as it travels in JSON. Raises ParameterRejected if it is no text."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise ParameterRejected("a form must be UTF-8 text", rule="body") from None
