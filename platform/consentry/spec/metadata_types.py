"""The types client metadata is made of: what one value may be."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from .public_jwks import check_public_jwks
from .redirect_uri import check_link

GrantType = Literal[
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "implicit",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]
AuthMethod = Literal[
    "none", "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"
]
SigningAlg = Literal["RS256", "ES256", "PS256", "EdDSA", "Ed25519"]
AuthSigningAlg = Literal["RS256", "ES256", "PS256", "EdDSA", "Ed25519", "HS256"]
Protocol = Literal["oauth2", "oauth1"]
# The standard seven, or one that the deployment registered: that is for operations to say.
OAuth1SignatureMethod = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9._-]{1,50}$")]
MAX_ENTRIES: Final = 100
_NOTHING: Final[tuple[Any, ...]] = (None, False, "", (), {})


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has a character that cannot be shown")
    return text


def _link(text: str) -> str:
    check_link(text)
    return text


def _public_keys(jwks: dict[str, Any]) -> dict[str, Any]:
    check_public_jwks(jwks)
    return jwks


def _not_supported(value: Any) -> Any:
    # Said aloud rather than stored: a client would rely on what does not happen.
    if value not in _NOTHING:
        raise ValueError("not supported")
    return value


Text = Annotated[str, Field(strict=True, max_length=1000), AfterValidator(_one_line)]
Texts = Annotated[tuple[Text, ...], Field(max_length=MAX_ENTRIES)]
Link = Annotated[str, Field(strict=True), AfterValidator(_link)]
Jwks = Annotated[dict[str, Any], AfterValidator(_public_keys)]
Flag = Annotated[bool, Field(strict=True)]
Seconds = Annotated[int, Field(strict=True, ge=0, le=2**31)]

LaterText = Annotated[str | None, AfterValidator(_not_supported)]
LaterTexts = Annotated[tuple[str, ...], AfterValidator(_not_supported)]
LaterFlag = Annotated[Flag, AfterValidator(_not_supported)]
LaterObject = Annotated[dict[str, Any] | None, AfterValidator(_not_supported)]
