"""Signing a request as a client (RFC 5849 §3)."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .base_string import base_string, target_of
from .encoding import FORM, Pair, form_encode, form_pairs, is_form
from .header import format_header
from .request import BODY_HASH, SIGNATURE, Placement, body_hash, hash_name
from .signatures import hmac_signature, rsa_hash, signing_key

Sign = Callable[["Credentials", str], str]
"""A signature method of one's own: credentials and base string in, signature out."""


@dataclass(frozen=True)
class Credentials:
    """What a client signs with: its own credentials, and a token's on somebody's behalf.

    rsa_private_key: PEM, for the RSA methods.
    """

    client_key: str
    client_secret: str = field(default="", repr=False)
    token: str | None = None
    token_secret: str = field(default="", repr=False)
    rsa_private_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Signed:
    """The request to send; `headers` are those given, with what signing adds."""

    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def sign_request(
    credentials: Credentials,
    method: str,
    url: str,
    *,
    timestamp: int,
    nonce: str,
    signature_method: str = "HMAC-SHA1",
    placement: Placement = "header",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    content_type: str | None = None,
    realm: str | None = None,
    extra: Mapping[str, str] | None = None,
    with_body_hash: bool = False,
    sign: Sign | None = None,
) -> Signed:
    """A request with its protocol parameters and signature (§3.1).

    extra: further `oauth_*` parameters. content_type: of the body, when `headers` do not say.
    sign: for a method of one's own. A body counts into the signature when it is a form, else by
    its hash if `with_body_hash`.
    Raises ParameterRejected for a malformed URL or form, ValueError where the body is no form
    and shall carry the parameters, and for an RSA key that is none.
    """
    if content_type is None and placement == "body" and not body:
        content_type = FORM
    sent, stated = _with_content_type(headers or {}, content_type)
    target, in_form = target_of(url), is_form(stated)
    if placement == "body" and not in_form:
        raise ValueError("only a form can carry the protocol parameters")
    protocol = _protocol(credentials, signature_method, timestamp, nonce, extra or {})
    if with_body_hash and not in_form:
        protocol.append((BODY_HASH, body_hash(hash_name(signature_method), body)))
    others = form_pairs(target.query) + (form_pairs(body) if in_form else [])
    text = base_string(method, target.uri, [*others, *protocol])
    signature = (sign or _standard(signature_method))(credentials, text)
    protocol.append((SIGNATURE, signature))
    return _placed(placement, protocol, url, sent, body, realm)


def _with_content_type(
    headers: Mapping[str, str], content_type: str | None
) -> tuple[dict[str, str], str | None]:
    """The headers to send, and the type they state: their own, else the one given."""
    for name, value in headers.items():
        if name.lower() == "content-type":
            return dict(headers), value
    added = {} if content_type is None else {"Content-Type": content_type}
    return {**headers, **added}, content_type


def _protocol(
    credentials: Credentials, name: str, timestamp: int, nonce: str, extra: Mapping[str, str]
) -> list[Pair]:
    parameters = {
        "oauth_consumer_key": credentials.client_key,
        "oauth_signature_method": name,
        "oauth_timestamp": str(timestamp),
        "oauth_nonce": nonce,
        "oauth_version": "1.0",
    }
    if credentials.token:
        parameters["oauth_token"] = credentials.token
    return list({**parameters, **extra}.items())


def _placed(
    placement: Placement,
    protocol: list[Pair],
    url: str,
    headers: dict[str, str],
    body: bytes,
    realm: str | None,
) -> Signed:
    """The parameters where they are to travel (§3.5)."""
    if placement == "header":
        others = {name: one for name, one in headers.items() if name.lower() != "authorization"}
        return Signed(url, {**others, "Authorization": format_header(protocol, realm)}, body)
    text = form_encode(protocol)
    if placement == "body":
        return Signed(url, headers, b"&".join(part for part in (body, text.encode()) if part))
    bare, hash_sign, fragment = url.partition("#")
    joint = "&" if "?" in bare and not bare.endswith(("?", "&")) else "" if "?" in bare else "?"
    return Signed(f"{bare}{joint}{text}{hash_sign}{fragment}", headers, body)


def _standard(name: str) -> Sign:
    if name.startswith("HMAC-"):
        return lambda one, text: hmac_signature(
            text, signing_key(one.client_secret, one.token_secret), name
        )
    if name.startswith("RSA-"):
        return lambda one, text: _rsa(one.rsa_private_key, text, name)
    if name == "PLAINTEXT":
        return lambda one, _: signing_key(one.client_secret, one.token_secret)
    raise ValueError(f"{name} is not a standard signature method: give `sign`")


def _rsa(pem: str, text: str, name: str) -> str:
    signature = _load_private_key(pem).sign(text.encode(), PKCS1v15(), rsa_hash(name))
    return b64encode(signature).decode()


@lru_cache(maxsize=64)
def _load_private_key(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.strip().encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key
