"""Private signing keys."""

from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_private_key
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import ECKey, OKPKey, RSAKey

from consentry.crypto import base64url

from .algorithms import CURVES, KEY_TYPES, SIGNING_ALGS, algorithm
from .jwks import RSA_MIN_BITS, PublicJwk, thumbprint


@dataclass(frozen=True, slots=True, eq=False)
class PrivateKey:
    """A signing key tied to one algorithm (RFC 8725 §3.1).

    kid: the RFC 7638 thumbprint, so a key has the same name wherever it is read.
    public_jwk: for publication, with `kid`, `alg` and `use`; not to be changed.
    """

    alg: str
    kid: str
    public_jwk: PublicJwk = field(repr=False)
    _key: RSAKey | ECKey | OKPKey = field(repr=False)
    _algorithm: JWSAlgModel = field(repr=False)
    _headers: dict[str, str] = field(repr=False, default_factory=dict)

    @classmethod
    def from_bytes(cls, alg: str, data: bytes) -> Self:
        """The key `to_bytes` wrote. Raises ValueError if it is none, or not one for `alg`."""
        return cls._read(alg, load_der_private_key(data, password=None))

    @classmethod
    def from_own(cls, alg: str, data: bytes) -> Self:
        """As `from_bytes`, of bytes that nobody else can have written: they were sealed.

        An RSA key's numbers are not tried against one another again, which took 25 ms.
        """
        native = load_der_private_key(data, password=None, unsafe_skip_rsa_key_validation=True)
        return cls._read(alg, native)

    @classmethod
    def _read(cls, alg: str, native: PrivateKeyTypes) -> Self:
        match native:
            case RSAPrivateKey():
                return cls._of(alg, RSAKey.import_key(native))
            case EllipticCurvePrivateKey():
                return cls._of(alg, ECKey.import_key(native))
            case Ed25519PrivateKey():
                return cls._of(alg, OKPKey.import_key(native))
        raise ValueError("not a kind of key we sign with")

    def to_bytes(self) -> bytes:
        """PKCS#8 in DER (RFC 5958), not encrypted: to be sealed before it is kept."""
        return self._key.as_der(private=True)

    def header(self, typ: str) -> str:
        """The protected header of one `typ`, as base64url; made once, then kept."""
        header = self._headers.get(typ)
        if header is None:
            fields = {"alg": self.alg, "kid": self.kid, "typ": typ}
            header = self._headers[typ] = base64url.encode(orjson.dumps(fields))
        return header

    def sign(self, message: bytes) -> bytes:
        """The bare signature, as JWS carries it (RFC 7518 §3.3-3.5, RFC 8037 §3.1)."""
        return self._algorithm.sign(message, self._key)

    @classmethod
    def _of(cls, alg: str, key: RSAKey | ECKey | OKPKey) -> Self:
        _check_fits(alg, key)
        essential: dict[str, Any] = dict(key.as_dict(private=False))
        kid = thumbprint(essential)
        public = essential | {"kid": kid, "alg": alg, "use": "sig"}
        return cls(alg=alg, kid=kid, public_jwk=public, _key=key, _algorithm=algorithm(alg))


def generate(alg: str) -> PrivateKey:
    """A new key for one of SIGNING_ALGS. Raises ValueError for another name.

    An RSA key (2048 bits) takes 50 milliseconds and often several times that: never call this
    on the event loop.
    """
    if alg not in SIGNING_ALGS:
        raise ValueError(f"no signature algorithm of ours: {alg!r}")
    match KEY_TYPES[alg]:
        case "RSA":
            return PrivateKey._of(alg, RSAKey.generate_key(RSA_MIN_BITS))
        case "EC":
            return PrivateKey._of(alg, ECKey.generate_key("P-256"))
        case _:
            return PrivateKey._of(alg, OKPKey.generate_key("Ed25519"))


def _check_fits(alg: str, key: RSAKey | ECKey | OKPKey) -> None:
    if alg not in SIGNING_ALGS:
        raise ValueError(f"no signature algorithm of ours: {alg!r}")
    curve = None if isinstance(key, RSAKey) else key.curve_name
    if key.key_type != KEY_TYPES[alg] or curve != CURVES.get(alg):
        raise ValueError(f"not a key for {alg}")
