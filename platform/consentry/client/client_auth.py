"""How a client proves itself to a token endpoint (RFC 6749 §2.3, RFC 7523 §2.2)."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol
from urllib.parse import quote_plus, urlencode

from .assertions import hmac_assertion, private_key_assertion
from .errors import Misconfigured

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

Prepared = tuple[str, dict[str, str], str]
"""URL, headers and form body of a request to a token endpoint."""
AuthMethod = Callable[..., Prepared | Awaitable[Prepared]]
"""`method(session, http_method, url, headers, body)`; it gives url, headers and body again."""


class Identity(Protocol):
    """What a method needs of a session. audience: the provider's issuer, else the endpoint."""

    client_id: str
    client_secret: str

    def audience(self, url: str) -> str:
        """Whom an assertion is for."""
        ...

    def now(self) -> float:
        """Seconds since 1970."""
        ...


def client_secret_basic(
    session: Identity, method: str, url: str, headers: dict[str, str], body: str
) -> Prepared:
    """In the Authorization header; both halves form-encoded first (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(session.client_id)}:{quote_plus(session.client_secret)}"
    basic = b64encode(pair.encode()).decode()
    return url, {**headers, "Authorization": f"Basic {basic}"}, body


def client_secret_post(
    session: Identity, method: str, url: str, headers: dict[str, str], body: str
) -> Prepared:
    """In the form."""
    fields = {"client_id": session.client_id, "client_secret": session.client_secret}
    return url, headers, _with(body, fields)


def none(
    session: Identity, method: str, url: str, headers: dict[str, str], body: str
) -> Prepared:  # fmt: skip
    """A public client, which only says who it is (RFC 6749 §3.2.1)."""
    return url, headers, _with(body, {"client_id": session.client_id})


def client_secret_jwt(
    session: Identity, method: str, url: str, headers: dict[str, str], body: str
) -> Prepared:
    """By an HS256 assertion: the secret itself is never sent (OIDC Core §9)."""
    if not session.client_secret:
        raise Misconfigured("client_secret_jwt needs a client_secret")
    assertion = hmac_assertion(
        session.client_id, session.client_secret, session.audience(url), session.now()
    )
    return url, headers, _with(body, _asserted(session, assertion))


def private_key_jwt(key: str | bytes = "", *, alg: str = "", kid: str = "") -> AuthMethod:
    """By an assertion that this private key signs (RFC 7523 §2.2).

    key: PEM; without one, the session's client_secret is it. alg: by the kind of key when
    empty: RS256, ES256 or EdDSA. kid: the key's name at the provider; its RFC 7638 thumbprint
    when empty. Give the result as `token_endpoint_auth_method`.
    """

    def _sign(
        session: Identity, method: str, url: str, headers: dict[str, str], body: str
    ) -> Prepared:
        assertion = private_key_assertion(
            session.client_id, key or session.client_secret, session.audience(url), session.now(),
            alg=alg, kid=kid,
        )  # fmt: skip
        return url, headers, _with(body, _asserted(session, assertion))

    return _sign


STANDARD: Final[dict[str, AuthMethod]] = {
    "client_secret_basic": client_secret_basic,
    "client_secret_post": client_secret_post,
    "none": none,
    "client_secret_jwt": client_secret_jwt,
    "private_key_jwt": private_key_jwt(),
}


def named_methods(given: Any) -> dict[str, AuthMethod]:
    """Methods of one's own by name: a mapping, or a list of pairs or of objects with `name`."""
    if isinstance(given, Mapping):
        return dict(given)
    return dict(one if isinstance(one, tuple) else (one.name, one) for one in given or ())


def _asserted(session: Identity, assertion: str) -> dict[str, str]:
    return {
        "client_id": session.client_id,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }


def _with(body: str, fields: Mapping[str, str]) -> str:
    return "&".join(part for part in (body, urlencode(fields)) if part)
