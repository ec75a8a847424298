"""The signature algorithms we use, by their registered names (RFC 7518 §3.1, RFC 9864 §2)."""

from typing import Final, Literal, get_args

from joserfc.jwa import JWSAlgModel
from joserfc.jws import JWSRegistry

SigningAlg = Literal["RS256", "ES256", "PS256", "EdDSA", "Ed25519"]

SIGNING_ALGS: Final[tuple[str, ...]] = get_args(SigningAlg)
HMAC_ALG: Final = "HS256"
CLIENT_ASSERTION_ALGS: Final = (*SIGNING_ALGS, HMAC_ALG)

KEY_TYPES: Final = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP", "Ed25519": "OKP"}
CURVES: Final = {"ES256": "P-256", "EdDSA": "Ed25519", "Ed25519": "Ed25519"}


def algorithm(name: str) -> JWSAlgModel:
    """What signs and verifies under one of `SIGNING_ALGS`.

    Taken from the registry itself: asking it by `get_alg` would warn, at each use, that the name
    EdDSA gave way to Ed25519, yet clients of the older name must be served.
    """
    return JWSRegistry.algorithms[name]
