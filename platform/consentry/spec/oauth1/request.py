"""A signed request as received: parsed once, then frozen (RFC 5849 §3.1, §3.5)."""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import new as new_hash
from typing import Final, Literal

from .base_string import base_string, target_of
from .encoding import Pair, form_pairs, is_form
from .errors import DuplicatedParameter, ParameterAbsent, ParameterRejected, VersionRejected
from .header import is_oauth, parse_header

Placement = Literal["header", "body", "query"]
PREFIX: Final = "oauth_"
SIGNATURE: Final = "oauth_signature"
BODY_HASH: Final = "oauth_body_hash"
# RFC 9110 §9.1: a method is a token (§5.6.2).
_METHOD = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,64}")


@dataclass(frozen=True)
class SignedRequest:
    """What a client sent.

    uri: the base string URI (§3.4.1.2). parameters: every pair that is signed, in order.
    protocol: the `oauth_*` parameters, sent in one place (`placement`) and each once.
    realm: as sent in the header; it is never signed (§3.4.1.3.1).
    """

    method: str
    uri: str
    parameters: tuple[Pair, ...] = field(repr=False)
    protocol: Mapping[str, str] = field(repr=False)
    placement: Placement
    realm: str | None = None

    @classmethod
    def parse(
        cls, method: str, url: str, *, authorization: str | None = None,
        content_type: str | None = None, body: bytes | None = b"",
    ) -> "SignedRequest":  # fmt: skip
        """The request behind a method, an absolute URL, two headers and a body.

        url: with scheme and host as the client means them, path and query as sent. body: None
        when it is not known here; then `oauth_body_hash` is for whoever has it to check.
        Raises ParameterRejected, DuplicatedParameter or VersionRejected, and ParameterAbsent
        when nothing in it says `oauth_`.
        """
        if not _METHOD.fullmatch(method):
            raise ParameterRejected("the request's method is malformed", rule="HTTP method")
        target = target_of(url)
        in_form = is_form(content_type)
        header = parse_header(authorization or "") if is_oauth(authorization) else None
        places: dict[Placement, list[Pair]] = {
            "header": header.pairs if header else [],
            "body": form_pairs(body) if in_form and body else [],
            "query": form_pairs(target.query) if target.query else [],
        }
        placement, protocol = _protocol(places)
        _check(protocol)
        _check_body_hash(protocol, in_form, body)
        return cls(
            method=method.upper(),
            uri=target.uri,
            parameters=tuple(
                pair for pairs in places.values() for pair in pairs if pair[0] != SIGNATURE
            ),
            protocol=protocol,
            placement=placement,
            realm=header.realm if header else None,
        )

    def get(self, name: str) -> str | None:
        """A protocol parameter; None when omitted or sent empty."""
        return self.protocol.get(name) or None

    def require(self, *names: str) -> None:
        """Raises ParameterAbsent naming each of these that is omitted or empty."""
        absent = [name for name in names if not self.protocol.get(name)]
        if absent:
            raise ParameterAbsent(*absent)

    @property
    def client_key(self) -> str:
        """The identifier of the client credentials, empty when omitted."""
        return self.protocol.get("oauth_consumer_key", "")

    @property
    def token(self) -> str | None:
        """The identifier of temporary or token credentials; None on a client's own behalf."""
        return self.get("oauth_token")

    @property
    def signature_method(self) -> str:
        """Its name, empty when omitted."""
        return self.protocol.get("oauth_signature_method", "")

    @property
    def signature(self) -> str:
        """The signature as sent, decoded; empty when omitted."""
        return self.protocol.get(SIGNATURE, "")

    @property
    def timestamp(self) -> str | None:
        """Seconds since 1970, not checked yet (`check_timestamp`)."""
        return self.get("oauth_timestamp")

    @property
    def nonce(self) -> str | None:
        """The client's random text."""
        return self.get("oauth_nonce")

    @property
    def callback(self) -> str | None:
        """`oauth_callback` (§2.1)."""
        return self.get("oauth_callback")

    @property
    def verifier(self) -> str | None:
        """`oauth_verifier` (§2.3)."""
        return self.get("oauth_verifier")

    @cached_property
    def base_string(self) -> str:
        """What was signed (§3.4.1.1)."""
        return base_string(self.method, self.uri, self.parameters)


def _protocol(places: Mapping[Placement, list[Pair]]) -> tuple[Placement, dict[str, str]]:
    """The one place that holds protocol parameters, and they, each once (§3.1, §3.5)."""
    found = {
        place: [pair for pair in pairs if pair[0].startswith(PREFIX)]
        for place, pairs in places.items()
    }
    used = [place for place, pairs in found.items() if pairs]
    if not used:
        raise ParameterAbsent("oauth_consumer_key")
    if len(used) > 1:
        raise DuplicatedParameter(
            f"oauth_ parameters in {' and '.join(used)}", rule="one place for oauth_ parameters"
        )
    protocol = dict(found[used[0]])
    if len(protocol) < len(found[used[0]]):
        raise DuplicatedParameter("an oauth_ parameter is repeated", rule="parameter repeated")
    return used[0], protocol


def _check(protocol: Mapping[str, str]) -> None:
    if protocol.get("oauth_version", "1.0") != "1.0":
        raise VersionRejected(
            "oauth_version must be 1.0", rule="oauth_version",
            received=protocol["oauth_version"][:20],
            extra={"oauth_acceptable_versions": "1.0-1.0"},
        )  # fmt: skip


def _check_body_hash(protocol: Mapping[str, str], in_form: bool, body: bytes | None) -> None:
    """A body that is no form is signed by its hash, where one is sent (Request Body Hash §4)."""
    sent = protocol.get(BODY_HASH)
    if sent is None:
        return
    if in_form:
        raise ParameterRejected("oauth_body_hash does not go with a form", rule=BODY_HASH)
    if body is None:
        return
    method = protocol.get("oauth_signature_method", "")
    hashes = {body_hash("sha1", body), body_hash(hash_name(method), body)}
    if not any([hmac.compare_digest(sent.encode(), one.encode()) for one in hashes]):
        raise ParameterRejected("oauth_body_hash does not fit the body", rule=BODY_HASH)


def hash_name(signature_method: str) -> str:
    """The hash a signature method is built on; the extension knows SHA-1 only."""
    known = {"256": "sha256", "512": "sha512"}
    return known.get(signature_method[-3:], "sha1")


def body_hash(name: str, body: bytes) -> str:
    """`oauth_body_hash` of a body: base64 of its hash (Request Body Hash §3.1)."""
    return b64encode(new_hash(name, body, usedforsecurity=False).digest()).decode()
