"""What the models of an app have to answer; mix in, or just write the same methods."""

import hmac
from collections.abc import Collection
from typing import Any


class ClientMixin:
    """A client (RFC 5849 §1.1). The first three methods are needed.

    oauth1_signature_methods: names of those it may sign with. Without, a client with an RSA
    key signs by the RSA methods alone, others by all the server allows.
    """

    oauth1_signature_methods: Collection[str] | None = None

    def get_default_redirect_uri(self) -> str | None:
        """Where people return to when a temporary credential names no callback."""
        raise NotImplementedError(f"{type(self).__name__}.get_default_redirect_uri")

    def get_client_secret(self) -> str | None:
        """The shared secret in plain; None or empty for a client of the RSA methods only."""
        raise NotImplementedError(f"{type(self).__name__}.get_client_secret")

    def get_rsa_public_key(self) -> str | None:
        """The public key for the RSA methods in PEM; None or empty without one."""
        raise NotImplementedError(f"{type(self).__name__}.get_rsa_public_key")

    def get_redirect_uris(self) -> list[str] | None:
        """Every callback the client registered, `oob` among them where it may ask for that.

        None: only the default one is known, and `oob` is allowed.
        """
        return None


class TokenCredentialMixin:
    """A token credential (RFC 5849 §1.1)."""

    def get_oauth_token(self) -> str:
        """Its identifier."""
        raise NotImplementedError(f"{type(self).__name__}.get_oauth_token")

    def get_oauth_token_secret(self) -> str:
        """Its shared secret in plain."""
        raise NotImplementedError(f"{type(self).__name__}.get_oauth_token_secret")


class TemporaryCredentialMixin(TokenCredentialMixin):
    """A temporary credential (RFC 5849 §2.1)."""

    def get_client_id(self) -> str:
        """The client it was given to, and which alone may trade it in."""
        raise NotImplementedError(f"{type(self).__name__}.get_client_id")

    def get_redirect_uri(self) -> str | None:
        """Its `oauth_callback`: a URI or `oob`."""
        raise NotImplementedError(f"{type(self).__name__}.get_redirect_uri")

    def check_verifier(self, verifier: str) -> bool:
        """Whether this is its verifier; compare by `hmac.compare_digest`."""
        raise NotImplementedError(f"{type(self).__name__}.check_verifier")


class TemporaryCredential(dict[str, Any], TemporaryCredentialMixin):
    """A temporary credential as a dictionary.

    Keys: `oauth_token`, `oauth_token_secret`, `client_id`, `oauth_callback`, and from the
    approval on `user_id` and `oauth_verifier`.
    """

    def get_oauth_token(self) -> str:
        return str(self.get("oauth_token", ""))

    def get_oauth_token_secret(self) -> str:
        return str(self.get("oauth_token_secret", ""))

    def get_client_id(self) -> str:
        return str(self.get("client_id", ""))

    def get_redirect_uri(self) -> str | None:
        return self.get("oauth_callback")

    def get_user_id(self) -> Any:
        """Who approved it; None before that."""
        return self.get("user_id")

    def check_verifier(self, verifier: str) -> bool:
        """Constant time; False before an approval, whatever is asked."""
        known = self.get("oauth_verifier")
        return bool(known) and hmac.compare_digest(str(known).encode(), verifier.encode())
