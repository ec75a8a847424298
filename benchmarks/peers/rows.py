"""What the peers keep: a client, its tokens, and the nonces that were used."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg

from benchmarks import wire
from benchmarks.data import CLIENT, SECRET

TABLES = """
CREATE TABLE peer_client (client_id text PRIMARY KEY, client_secret text NOT NULL);
CREATE TABLE peer_token (
  oauth_token text PRIMARY KEY, oauth_token_secret text NOT NULL,
  client_id text NOT NULL, user_id text NOT NULL
);
CREATE TABLE peer_nonce (
  client_id text, oauth_token text, timestamp bigint, nonce text,
  PRIMARY KEY (client_id, oauth_token, timestamp, nonce)
);
"""


@dataclass(frozen=True, slots=True)
class PeerToken:
    """A token credential; both texts have the lengths ours have."""

    oauth_token: str
    oauth_token_secret: str


async def write_rows(connection: "asyncpg.Connection[Any]", count: int) -> list[PeerToken]:
    """Make the tables, one client and as many tokens."""
    await connection.execute(TABLES)
    await connection.execute("INSERT INTO peer_client VALUES ($1, $2)", CLIENT, SECRET)
    made = [PeerToken(uuid4().hex[:31], f"{uuid4().hex}{uuid4().hex}"[:43]) for _ in range(count)]
    await connection.copy_records_to_table(
        "peer_token",
        records=[(one.oauth_token, one.oauth_token_secret, CLIENT, str(uuid4())) for one in made],
    )
    await connection.execute("ANALYZE peer_token")
    return made


def signed_requests(port: int, tokens: list[PeerToken], count: int) -> list[bytes]:
    """That many signed GET requests, no two with one nonce; the tokens take turns."""
    made = []
    for number in range(count):
        token = tokens[number % len(tokens)]
        pair = (token.oauth_token, token.oauth_token_secret)
        made.append(wire.signed_get(f"localhost:{port}", "/whoami", uuid4(), "HMAC-SHA1", pair))
    return made
