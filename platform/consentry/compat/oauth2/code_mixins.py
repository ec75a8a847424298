"""What is kept of a code, ready for classes that have the usual attributes."""

import time
from typing import Any, ClassVar

from .settings import Clock


class OAuth2AuthorizationCodeMixin:
    """A code that waits to be redeemed. LIFETIME: seconds; auth_time: seconds since 1970."""

    clock: ClassVar[Clock] = time.time
    LIFETIME: ClassVar[int] = 60
    client_id: str
    redirect_uri: str | None = None
    scope: str = ""
    nonce: str | None = None
    auth_time: int
    issued_at: int
    acr: str | None = None
    amr: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None

    def check_client(self, client: Any) -> bool:
        return bool(self.client_id == client.get_client_id())

    def is_expired(self) -> bool:
        return self.issued_at + self.LIFETIME <= type(self).clock()

    def get_redirect_uri(self) -> str | None:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> str | None:
        return self.acr

    def get_amr(self) -> list[str]:
        return self.amr.split() if self.amr else []


class DeviceCredentialMixin:
    """What a device waits with. expires_at: seconds since 1970."""

    clock: ClassVar[Clock] = time.time
    client_id: str
    scope: str = ""
    user_code: str
    nonce: str | None = None
    auth_time: int | None = None
    expires_at: float

    def get_client_id(self) -> str:
        return self.client_id

    def get_scope(self) -> str:
        return self.scope

    def get_user_code(self) -> str:
        return self.user_code

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int | None:
        return self.auth_time

    def is_expired(self) -> bool:
        return self.expires_at <= type(self).clock()
