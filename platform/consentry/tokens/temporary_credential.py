"""Temporary credentials of OAuth 1: sealed, so that none is a row before a person decides."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID, uuid4

from consentry.crypto import base64url
from consentry.crypto import tokens as text_form
from consentry.crypto.seal import Unsealable
from consentry.spec.oauth1.callback import OOB
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext

PURPOSE = "oauth1-temporary"
SECRET_PURPOSE = "oauth1-temporary-secret"  # noqa: S105
VERIFIER_PURPOSE = "oauth1-verifier"
# RFC 8628 §6.1: letters that are hard to mistake, none a vowel.
TYPED = "BCDFGHJKLMNPQRSTVWXZ"
TYPED_SYMBOLS = 8


@dataclass(frozen=True, slots=True)
class TemporaryCredential:
    """What a client asked for, until a person decides (RFC 5849 §2.1).

    id: of the authorization it may become. callback: registered, or `oob`. text: the
    `oauth_token`. key_version: of the data key that its secret and verifier come from.
    """

    id: UUID
    client_id: str
    callback: str
    scope: Scope
    expires_at: datetime
    text: str = field(repr=False)
    key_version: int

    @classmethod
    def make(cls, ctx: TenantContext, client_id: str, callback: str, scope: Scope) -> Self:
        """New ones for a client that proved itself. Raises ValueError if too long for a token."""
        lifetime = timedelta(seconds=ctx.policy.oauth1_temporary_credential_lifetime)
        id, ends = uuid4(), int((ctx.now() + lifetime).timestamp())
        rest = "\n".join((client_id, callback, str(scope)))
        sealed = ctx.keys.seal(PURPOSE, id.bytes + ends.to_bytes(5, "big") + rest.encode())
        text = text_form.encode(text_form.TEMPORARY_CREDENTIAL, sealed)
        expires_at = datetime.fromtimestamp(ends, UTC)
        return cls(id, client_id, callback, scope, expires_at, text, ctx.keys.current)

    @classmethod
    def read(cls, ctx: TenantContext, text: str) -> Self | None:
        """What a token says, expired or not; None if forged, foreign or of another kind."""
        try:
            sealed = text_form.decode(text_form.TEMPORARY_CREDENTIAL, text)
            raw = ctx.keys.unseal(PURPOSE, sealed)
        except Unsealable:
            return None
        client_id, callback, scope = raw[21:].decode().split("\n")
        return cls(
            id=UUID(bytes=raw[:16]),
            client_id=client_id,
            callback=callback,
            scope=Scope.parse(scope),
            expires_at=datetime.fromtimestamp(int.from_bytes(raw[16:21], "big"), UTC),
            text=text,
            key_version=ctx.keys.version_of(sealed),
        )

    @property
    def is_oob(self) -> bool:
        """Whether the person carries the verifier to the client by hand (§2.1)."""
        return self.callback == OOB

    def secret(self, ctx: TenantContext) -> str:
        """`oauth_token_secret`: 43 characters that only we can derive."""
        return base64url.encode(self._mac(ctx, SECRET_PURPOSE))

    def verifier(self, ctx: TenantContext) -> str:
        """What an approval is proven by (§2.2): 43 characters, or eight letters to be typed."""
        mac = self._mac(ctx, VERIFIER_PURPOSE)
        if not self.is_oob:
            return base64url.encode(mac)
        # 256 bits over 20^8: the bias is far below one in 2^200.
        number, letters = int.from_bytes(mac, "big"), ""
        for _ in range(TYPED_SYMBOLS):
            number, place = divmod(number, len(TYPED))
            letters += TYPED[place]
        return letters

    def _mac(self, ctx: TenantContext, purpose: str) -> bytes:
        return ctx.keys.mac_under(self.key_version, purpose, self.id.bytes)


def as_typed(verifier: str) -> str:
    """A typed verifier as it was shown: no spaces or hyphens, upper-case."""
    return "".join(verifier.split()).replace("-", "").upper()
