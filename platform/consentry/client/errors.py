"""What can go wrong between this app, its user's browser and the provider.

No message here holds a token, a secret, a code or a verifier: errors end in logs.
"""

import re
from typing import Final

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAX_TEXT: Final = 400


class Misconfigured(RuntimeError):
    """The registration of a client lacks something, or asks for what is not done here."""


class OAuthError(Exception):
    """A login, an exchange or a request that must not go on.

    error: the registered code, or one of ours. description: the provider's words or ours, cut
    to 400 characters without control characters; they come from outside, so escape them where
    they are shown. uri: the provider's page about the error, if it named one.
    """

    def __init__(self, error: str, description: str = "", uri: str = "") -> None:
        self.error, self.description, self.uri = _plain(error), _plain(description), _plain(uri)
        super().__init__(": ".join(text for text in (self.error, self.description) if text))


class MismatchingState(OAuthError):
    """No login like this was begun in this browser, or it is over (RFC 6749 §10.12)."""

    def __init__(self, description: str = "this browser has no such login under way") -> None:
        super().__init__("mismatching_state", description)


class MismatchingIssuer(OAuthError):
    """The answer is not from the provider that was asked (RFC 9207 §2.4)."""

    def __init__(self, description: str) -> None:
        super().__init__("mismatching_issuer", description)


class MissingToken(OAuthError):
    """A request that needs a token has none: give `token=`, `request=` or `withhold_token`."""

    def __init__(self) -> None:
        super().__init__("missing_token", "no token was given and none is kept")


class MissingRequestToken(OAuthError):
    """An OAuth 1 exchange without temporary credentials (RFC 5849 §2.3)."""

    def __init__(self) -> None:
        super().__init__("missing_request_token", "the temporary credentials are missing")


class InvalidToken(OAuthError):
    """A token that cannot be used: expired with nothing to renew it, or of an unknown type."""

    def __init__(self, description: str) -> None:
        super().__init__("invalid_token", description)


class InvalidIdToken(OAuthError):
    """An ID token that must not be believed (OIDC Core §3.1.3.7)."""

    def __init__(self, description: str) -> None:
        super().__init__("invalid_id_token", description)


class InvalidLogoutToken(OAuthError):
    """A logout token that must not be believed (Back-Channel Logout §2.6); answer 400."""

    def __init__(self, description: str) -> None:
        super().__init__("invalid_request", description)


class UnexpectedAnswer(OAuthError):
    """The provider answered something that its protocol does not have."""

    def __init__(self, description: str) -> None:
        super().__init__("unexpected_answer", description)


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text)[:_MAX_TEXT]
