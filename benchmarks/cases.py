"""What is compared: for each case, what Consentry is sent and what the bare route is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks import wire
from benchmarks.data import CHALLENGE, Place, in_turn, write_authorizations
from benchmarks.load import Traffic

Rows = list[tuple[Place, UUID]]
# A pool for what may be asked again and again.
LIVE_TOKENS = 5_000


@dataclass(frozen=True, slots=True)
class Case:
    """target: least ratio to the bare route. statement: what both run on the database.

    generation, scope and protocol: of the authorizations it needs; generation None for none.
    once: each is used up by one request.
    """

    name: str
    target: float
    statement: str
    ours: Callable[[str, Rows], list[bytes]]
    bare: Callable[[str, Rows], list[bytes]]
    generation: int | None = None
    scope: str = "photos.read"
    protocol: str = "oauth2"
    once: bool = False

    async def traffic(
        self,
        connection: "asyncpg.Connection[Any]",
        places: list[Place],
        make: Callable[[str, Rows], list[bytes]],
        port: int,
        most: int,
    ) -> Traffic:
        """Fresh rows, and requests for them; `most` requests if they are used up."""
        count = most if self.once else LIVE_TOKENS
        if self.generation is None:
            rows = in_turn(places, count)
        else:
            rows = await write_authorizations(
                connection, places, count,
                generation=self.generation, scope=self.scope, protocol=self.protocol,
            )  # fmt: skip
        return Traffic(make(f"localhost:{port}", rows), once=self.once)


def _each(make: Callable[[str, Place, UUID], bytes]) -> Callable[[str, Rows], list[bytes]]:
    return lambda base, rows: [make(f"{place.slug}.{base}", place, one) for place, one in rows]


def _document(path: str) -> Callable[[str, Rows], list[bytes]]:
    return lambda base, rows: [wire.get(f"photos.{base}", path)]


def _bare_document(base: str, rows: Rows) -> list[bytes]:
    return [wire.get(f"photos.{base}", "/")]


def _bare_of(*more: object) -> Callable[[str, Rows], list[bytes]]:
    return lambda base, rows: [wire.post_bare(f"photos.{base}", one, *more) for _, one in rows]


def _own_credentials(base: str, rows: Rows) -> list[bytes]:
    return [wire.post(f"photos.{base}", "/oauth2/token", grant_type="client_credentials")]


def _bare_form(base: str, rows: Rows) -> list[bytes]:
    return [wire.post_bare(f"photos.{base}", "client_credentials")]


def _whoami(method: str) -> Callable[[str, Rows], list[bytes]]:
    return _each(lambda host, place, one: wire.whoami(host, place, one, method))


def _bare_signed(base: str, rows: Rows) -> list[bytes]:
    return [wire.post_bare_signed(f"photos.{base}", one) for _, one in rows]


def _signed(name: str, method: str) -> Case:
    return Case(
        name, 0.55, "SIGN", _whoami(method), _bare_signed,
        generation=1, protocol="oauth1", once=True,
    )  # fmt: skip


REFRESH = Case("refresh", 0.6, "ROTATE", _each(wire.refresh), _bare_of(1), generation=1, once=True)
REDEMPTION = Case(
    "redemption", 0.5, "REDEEM, ES256", _each(wire.redemption), _bare_of(CHALLENGE),
    generation=0, scope="openid photos.read", once=True,
)  # fmt: skip
INTROSPECTION = Case(
    "introspection", 0.6, "LIVE", _each(wire.introspection), _bare_of("A" * 38), generation=1
)
SIGNED = _signed("oauth1_hmac_sha1", "HMAC-SHA1")
CASES = (
    REFRESH,
    REDEMPTION,
    INTROSPECTION,
    SIGNED,
    _signed("oauth1_hmac_sha256", "HMAC-SHA256"),
    Case("oauth1_initiate", 0.55, "SIGN_OWN", _each(wire.initiate), _bare_signed, once=True),
    Case("client_credentials", 0.5, "none", _own_credentials, _bare_form),
    Case("discovery", 0.85, "none", _document("/.well-known/openid-configuration"), _bare_document),
    Case("jwks", 0.85, "none", _document("/oauth2/jwks"), _bare_document),
)
