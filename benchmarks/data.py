"""Rows to measure on: tenants, clients, people and authorizations, written by COPY."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from consentry.crypto.passwords import hash_password
from consentry.crypto.ring import DataKey, DataKeys
from consentry.crypto.root import RootKeys
from consentry.crypto.secrets import digest
from consentry.jose.keys import generate
from consentry.tenancy.signing_ring import SEAL_PURPOSE

ROOT_KEY = "of-a-benchmark-that-ends-soon-and-keeps-nothing"
CLIENT, SECRET = "printer", "s6BhdRkqt3s6BhdRkqt3s6BhdRkqt3"
REDIRECT_URI = "https://printer.example.com/ready"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
METADATA = {
    "client_name": "Printer",
    "redirect_uris": [REDIRECT_URI],
    "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    "scope": "openid photos.read",
    "id_token_signed_response_alg": "ES256",
    "protocols": ["oauth2", "oauth1"],
}


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant with one client and one person, and the keys that seal its tokens."""

    slug: str
    tenant_id: UUID
    user_id: UUID
    secret: bytes
    keys: DataKeys


def new_places(count: int) -> list[Place]:
    """Tenants that are in no database yet: photos, t1, t2 and so on."""
    made = []
    for number in range(count):
        tenant_id, secret = uuid4(), secrets.token_bytes(32)
        keys = DataKeys(tenant_id.bytes, [DataKey(1, secret)])
        slug = f"t{number}" if number else "photos"
        made.append(Place(slug, tenant_id, uuid4(), secret, keys))
    return made


async def write_places(connection: "asyncpg.Connection[Any]", places: list[Place]) -> None:
    """Store tenants with their keys, scope, client, secret and person."""
    now, root = datetime.now(UTC), RootKeys.parse(ROOT_KEY)
    metadata, hashed = json.dumps(METADATA), digest(SECRET)
    await _copy(
        connection, "tenant", ("tenant_id", "slug", "name", "settings", "created_at", "changed_at"),
        ((p.tenant_id, p.slug, p.slug.title(), "{}", now, now) for p in places),
    )  # fmt: skip
    await _copy(
        connection, "tenant_key", ("tenant_id", "purpose", "version", "wrapped", "created_at"),
        (
            (p.tenant_id, purpose, 1, root.wrap(p.tenant_id.bytes, purpose, 1, secret), now)
            for p in places
            for purpose, secret in (("data", p.secret), ("subject", secrets.token_bytes(32)))
        ),
    )  # fmt: skip
    await _copy(
        connection, "scope", ("tenant_id", "name", "description"),
        ((p.tenant_id, "photos.read", "See your photos") for p in places),
    )  # fmt: skip
    await _copy(
        connection, "client", ("tenant_id", "client_id", "metadata", "created_at", "changed_at"),
        ((p.tenant_id, CLIENT, metadata, now, now) for p in places),
    )  # fmt: skip
    await _copy(
        connection, "client_secret",
        ("tenant_id", "client_id", "secret_id", "label", "digest", "sealed", "created_at"),
        (
            (p.tenant_id, CLIENT, uuid4(), "", hashed,
             p.keys.seal("client-secret", SECRET.encode()), now)
            for p in places
        ),
    )  # fmt: skip
    await _copy(
        connection, "end_user",
        ("tenant_id", "user_id", "username", "username_key", "roles", "claims",
         "created_at", "changed_at"),
        ((p.tenant_id, p.user_id, "jane", "jane", "", "{}", now, now) for p in places),
    )  # fmt: skip
    await connection.execute("ANALYZE")


async def write_signing_keys(connection: "asyncpg.Connection[Any]", places: list[Place]) -> None:
    """Store what each tenant else makes when it first signs; all get the same pairs of keys."""
    now = datetime.now(UTC)
    pairs = [(alg, generate(alg)) for alg in ("ES256", "RS256")]
    await _copy(
        connection, "signing_key",
        ("tenant_id", "kid", "alg", "slot", "public_jwk", "sealed", "created_at", "active_at"),
        (
            (p.tenant_id, key.kid, alg, 1, json.dumps(dict(key.public_jwk)),
             p.keys.seal(SEAL_PURPOSE, key.to_bytes()), now, now)
            for p in places for alg, key in pairs
        ),
    )  # fmt: skip


async def write_passwords(connection: "asyncpg.Connection[Any]", password: str) -> None:
    """Give everybody this password."""
    await connection.execute("UPDATE end_user SET password_hash = $1", hash_password(password))


def in_turn(places: list[Place], count: int) -> list[tuple[Place, UUID]]:
    """Ids that nothing has yet, the tenants taking turns."""
    return [(places[number % len(places)], uuid4()) for number in range(count)]


async def write_authorizations(
    connection: "asyncpg.Connection[Any]",
    places: list[Place],
    count: int,
    *,
    generation: int,
    scope: str = "photos.read",
    protocol: str = "oauth2",
) -> list[tuple[Place, UUID]]:
    """Store approvals, the tenants taking turns; generation 0 has a code to redeem."""
    now = datetime.now(UTC)
    made = in_turn(places, count)
    columns = (
        "tenant_id", "id", "client_id", "user_id", "protocol", "scope", "resource", "nonce",
        "code_challenge", "redirect_uri", "redirect_uri_given", "auth_time", "amr", "created_at",
        "code_expires_at", "generation", "rotated_at", "expires_at",
    )  # fmt: skip
    code_end, end = now + timedelta(hours=1), now + timedelta(days=30)
    await _copy(
        connection, "authorization", columns,
        (
            (place.tenant_id, one, CLIENT, place.user_id, protocol, scope, "", "n-0S6_WzA2Mj",
             CHALLENGE, REDIRECT_URI, True, now, "pwd", now, code_end, generation, now, end)
            for place, one in made
        ),
    )  # fmt: skip
    await connection.execute('ANALYZE "authorization"')
    return made


async def write_crowd(connection: "asyncpg.Connection[Any]", tenants: int, count: int) -> None:
    """Store many approvals that nobody will ask for, spread over all tenants."""
    await connection.execute(
        """
        INSERT INTO "authorization" (tenant_id, id, client_id, user_id, protocol, scope, resource,
          redirect_uri_given, auth_time, amr, created_at, generation, rotated_at, expires_at)
        SELECT tenant_id, gen_random_uuid(), 'printer', user_id, 'oauth2', 'photos.read', '',
          true, now(), 'pwd', now(), 1, now(), now() + interval '30 days'
        FROM end_user, generate_series(1, $1::int)
        """,
        max(1, count // tenants),
    )
    await connection.execute("VACUUM ANALYZE")


async def _copy(
    connection: "asyncpg.Connection[Any]",
    table: str,
    columns: Iterable[str],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    await connection.copy_records_to_table(table, records=rows, columns=list(columns))
