"""What makes a logout token believable (OIDC Back-Channel Logout §2.6)."""

from typing import Any, Final

from consentry.jose.compact import BadToken, Compact
from consentry.jose.verify import Verified

from .errors import InvalidLogoutToken, Misconfigured
from .id_token import Expectations, verified_by
from .metadata import Jwks

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_REQUIRED: Final = ("iss", "aud", "iat", "exp", "jti", "events")
# Its own type is recommended, not required (§2.4): some providers leave it out.
_KINDS: Final = ("logout+jwt", "jwt")


async def validated_logout(
    logout_token: str, jwks: Jwks, expected: Expectations
) -> dict[str, Any]:  # fmt: skip
    """The claims of a logout token. Raises InvalidLogoutToken.

    jwks: the provider's keys.
    """
    if not expected.issuers:
        raise Misconfigured("a logout token needs an issuer: server_metadata_url, or issuer=")
    try:
        jws = Compact.parse(logout_token)
        found = await verified_by(jws, logout_token, jwks, expected, _REQUIRED)
        _check_kind(found)
        _check_claims(found.claims, expected)
    except BadToken as error:
        raise InvalidLogoutToken(str(error)) from None
    return found.claims


def _check_kind(found: Verified) -> None:
    """No other token passes for one: it tells of this event, and has no nonce (§2.4, §4.1)."""
    kind = found.header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in _KINDS:
        raise BadToken("the token's typ is not that of a logout token")
    events = found.claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise BadToken("the token does not tell of a logout")
    if "nonce" in found.claims:
        raise BadToken("a logout token has no nonce")


def _check_claims(claims: dict[str, Any], expected: Expectations) -> None:
    if claims["iss"] not in expected.issuers:
        raise BadToken("the logout token is another issuer's")
    if claims["iat"] > expected.now + expected.leeway:
        raise BadToken("the logout token is from the future")
    for name in ("jti", "sub", "sid"):
        if name in claims and (not isinstance(claims[name], str) or not claims[name]):
            raise BadToken(f"the logout token's {name} is not text")
    if "sub" not in claims and "sid" not in claims:
        raise BadToken("the logout token names neither a person nor a session")
