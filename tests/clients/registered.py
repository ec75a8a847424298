"""The clients that other people's libraries play, one for each authentication method."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from joserfc.jwk import ECKey, Key, RSAKey

from consentry.spec.oauth1.signatures import STANDARD_METHODS
from support.person import PASSWORD
from support.rsa_keys import public_pem

CALLBACK = "http://127.0.0.1:9999/cb"
SIGNED_OUT = "http://127.0.0.1:9999/bye"
SCOPE = "openid profile email offline_access photos.read"
SECRET = "s6BhdRkqt3s6BhdRkqt3s6BhdRkqt3s6"
# Every printable character that form encoding changes (RFC 6749 §2.3.1, appendix B).
ODD_ID = "prin:ter+50%&co=a"
ODD_SECRET = "s6 B%41:h+d&R=k/q?t#3\"'s6BhdRkqt3"

OAUTH1_ID = "photo-frame"


@dataclass(frozen=True)
class Registered:
    """A client as its owner knows it. secret: shared, or None; key: private, or None."""

    client_id: str
    method: str
    secret: str | None = None
    key: Key | None = field(default=None, compare=False)
    more: tuple[tuple[str, Any], ...] = ()

    @property
    def alg(self) -> str:
        """What its key signs with."""
        return {"RSA": "RS256", "EC": "ES256"}[self.key.key_type] if self.key else "HS256"

    @property
    def private_jwk(self) -> dict[str, Any] | None:
        return dict(self.key.as_dict(private=True)) if self.key else None

    def entry(self) -> dict[str, Any]:
        """Its entry in a manifest."""
        grants = ["authorization_code", "refresh_token"]
        found = {
            "client_id": self.client_id,
            "client_name": self.client_id,
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": [SIGNED_OUT],
            "grant_types": grants + ([] if self.method == "none" else ["client_credentials"]),
            "response_types": ["code"],
            "scope": SCOPE,
            "token_endpoint_auth_method": self.method,
            **dict(self.more),
        }
        if self.secret:
            found["client_secret"] = self.secret
        if self.key:
            found["jwks"] = {"keys": [self.key.as_dict(private=False, alg=self.alg, use="sig")]}
        return found


@cache
def clients() -> dict[str, Registered]:
    """The clients by a short name; the keys are made once a run."""
    ec = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
    return {
        "none": Registered("public", "none"),
        "client_secret_basic": Registered("basic", "client_secret_basic", SECRET),
        "client_secret_basic, percent-encoded": Registered(
            ODD_ID, "client_secret_basic", ODD_SECRET
        ),
        "client_secret_post": Registered("post", "client_secret_post", SECRET),
        "client_secret_jwt": Registered("hmac", "client_secret_jwt", SECRET),
        "private_key_jwt, ES256": Registered(
            "ec", "private_key_jwt", key=ec, more=(("id_token_signed_response_alg", "ES256"),)
        ),
        "private_key_jwt, RS256": Registered("rsa", "private_key_jwt", key=rsa),
    }


NAMES = [
    "none", "client_secret_basic", "client_secret_basic, percent-encoded", "client_secret_post",
    "client_secret_jwt", "private_key_jwt, ES256", "private_key_jwt, RS256",
]  # fmt: skip


def oauth1_entry() -> dict[str, Any]:
    """A client of OAuth 1 that may sign by every method, at an address or by hand."""
    return {
        "client_id": OAUTH1_ID,
        "client_secret": ODD_SECRET,
        "client_name": "Photo frame",
        "protocols": ["oauth1"],
        "redirect_uris": [CALLBACK, "oob"],
        "scope": "photos.read",
        "oauth1_signature_methods": list(STANDARD_METHODS),
        "oauth1_rsa_public_key": public_pem(),
    }


def manifest() -> dict[str, list[Any]]:
    """What these clients need in the demo's tenant, and a person beside Jane."""
    max_doe = {"username": "max", "email": "max@example.com", "password": PASSWORD}
    return {
        "users": [max_doe],
        "clients": [*(client.entry() for client in clients().values()), oauth1_entry()],
    }
