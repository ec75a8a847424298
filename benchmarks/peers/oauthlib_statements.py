"""oauthlib at its leanest: the client in memory, two prepared statements, nothing else.

A token is read by one statement and its nonce spent by the other, each its own transaction, on
a connection that every thread keeps.
"""

import importlib
import os
import threading
from typing import Any

from benchmarks.data import CLIENT, SECRET
from benchmarks.peers.oauthlib_side import application

psycopg: Any = importlib.import_module("psycopg")
READ = (
    "SELECT oauth_token_secret, user_id FROM peer_token WHERE oauth_token = %s AND client_id = %s"
)
SPEND = "INSERT INTO peer_nonce VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
_mine = threading.local()


class Statements:
    """`Storage` without a library in between."""

    def client_secret(self, client_key: str) -> str | None:
        """As ours, which keeps clients at hand."""
        return SECRET if client_key == CLIENT else None

    def token(self, client_key: str, token: str) -> tuple[str, str] | None:
        """One SELECT."""
        found: tuple[str, str] | None = _execute(READ, (token, client_key)).fetchone()
        return found

    def spend(self, client_key: str, token: str, timestamp: int, nonce: str) -> bool:
        """One INSERT."""
        return bool(_execute(SPEND, (client_key, token, timestamp, nonce)).rowcount == 1)

    def end(self) -> None:
        """Nothing is left open."""


def _execute(sql: str, values: tuple[Any, ...]) -> Any:
    if not hasattr(_mine, "connection"):
        _mine.connection = psycopg.connect(os.environ["BENCH_DATABASE"], autocommit=True)
        _mine.connection.prepare_threshold = 0
    return _mine.connection.execute(sql, values)


app = application(Statements())
