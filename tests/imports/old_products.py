"""Databases of the products people come from, laid out as those do."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from consentry.store.sql.engine import make_engine

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
ISSUED = int((NOW - HOUR).timestamp())
SECRET = "s6BhdRkqt3s6BhdRkqt3s6BhdRkqt3gX1fBat3bV"
CALLBACK = "https://printer.example.com/ready"
Rows = Mapping[str, Sequence[Mapping[str, Any]]]

_INTEGERS = {"id", "user_id", "client_type", "scope_bits", "access_token_id"}
_INTEGERS |= {"issued_at", "expires_in", "access_token_revoked_at", "refresh_token_revoked_at"}
PEOPLE = [
    {"id": 7, "username": "jane", "email": "jane@example.com", "is_active": True},
    {"id": 8, "username": "Janey", "email": "JANE@example.com", "is_active": True},
    {"id": 9, "username": "newcomer", "email": "new@example.com", "is_active": True},
    {"id": 10, "username": "gone", "email": "gone@example.com", "is_active": False},
]


async def lay(url: str, tables: Rows) -> str:
    """Make these tables with these rows; the URL again."""
    engine, metadata = make_engine(url, 1), sa.MetaData()
    made = {
        name: sa.Table(name, metadata, *(_column(*each) for each in rows[0].items()))
        for name, rows in tables.items()
    }
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        for name, rows in tables.items():
            await connection.execute(sa.insert(made[name]), list(rows))
    await engine.dispose()
    return url


def _column(name: str, value: object) -> sa.Column[Any]:
    kinds: dict[type, Any] = {bool: sa.Boolean, int: sa.Integer, datetime: sa.DateTime(True)}
    kind = sa.Integer if name in _INTEGERS else kinds.get(type(value), sa.Text)
    return sa.Column(name, kind, primary_key=name == "id")


def _numbered(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": number, **row} for number, row in enumerate(rows, 1)]


def django_oauth2_provider() -> Rows:
    """Two clients; Jane's tokens, live, used and ended; and those of others."""

    def client(client_id: str, **more: Any) -> dict[str, Any]:
        return {
            "user_id": 7, "name": client_id.title(), "url": "https://printer.example.com/",
            "redirect_uri": CALLBACK, "client_id": client_id, "client_secret": SECRET,
            "client_type": 0, **more,
        }  # fmt: skip

    def access(token: str, user_id: int = 7, **more: Any) -> dict[str, Any]:
        return {
            "user_id": user_id, "token": token, "client_id": 1, "expires": NOW + YEAR,
            "scope": 6, **more,
        }  # fmt: skip

    def refresh(token: str, access_token_id: int, *, expired: bool = False) -> dict[str, Any]:
        return {
            "user_id": 7, "token": token, "access_token_id": access_token_id, "client_id": 1,
            "expired": expired,
        }  # fmt: skip

    return {
        "auth_user": PEOPLE,
        "oauth2_client": _numbered([client("a1b2c3"), client("native", client_type=1)]),
        "oauth2_accesstoken": _numbered(
            [
                access("live-access"),
                access("ended-access", expires=NOW - HOUR),
                access("used-access", scope=2),
                access("public-access", client_id=2),
                access("newcomers-access", 9),
                access("gone-access", 10),
                access("nobodys-access", 99),
            ]
        ),
        "oauth2_refreshtoken": _numbered(
            [
                refresh("live-refresh", 1),
                refresh("lasting-refresh", 2),
                refresh("used-refresh", 3, expired=True),
            ]
        ),
    }


def authlib_oauth1() -> Rows:
    """A consumer and Jane's token credentials."""
    return {
        "user": PEOPLE,
        "client": _numbered(
            [
                {"user_id": 7, "client_id": "dpf43f3p2l4k3l03", "client_secret": SECRET,
                 "default_redirect_uri": CALLBACK},
                {"user_id": 7, "client_id": "other", "client_secret": SECRET,
                 "default_redirect_uri": "http://printer.example.com/ready"},
            ]
        ),
        "token_credential": _numbered(
            [
                {"user_id": 7, "client_id": "dpf43f3p2l4k3l03", "oauth_token": "nnch734d00sl2jdk",
                 "oauth_token_secret": "pfkkdhi9sl3r4s00"},
                {"user_id": 99, "client_id": "dpf43f3p2l4k3l03", "oauth_token": "nobodys",
                 "oauth_token_secret": "pfkkdhi9sl3r4s00"},
            ]
        ),
    }  # fmt: skip


def authlib_oauth2(metadata: Mapping[str, Any] | None = None) -> Rows:
    """The newer shape: metadata is JSON, each token has a revocation of its own."""
    told = {
        "client_name": "Printer", "redirect_uris": [CALLBACK], "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "photos.read photos.sort", "token_endpoint_auth_method": "client_secret_basic",
        **(metadata or {}),
    }  # fmt: skip

    def token(access: str, refresh: str | None = None, **more: Any) -> dict[str, Any]:
        return {
            "user_id": 7, "client_id": "printing", "token_type": "Bearer", "access_token": access,
            "refresh_token": refresh, "scope": "photos.read admin", "issued_at": ISSUED,
            "expires_in": 864000, "access_token_revoked_at": 0, "refresh_token_revoked_at": 0,
            **more,
        }  # fmt: skip

    return {
        "user": PEOPLE,
        "oauth2_client": _numbered(
            [
                {"user_id": 7, "client_id": "printing", "client_secret": SECRET,
                 "client_metadata": json.dumps(told)},
            ]
        ),
        "oauth2_token": _numbered(
            [
                token("live-access", "live-refresh"),
                token("ended-access", "lasting-refresh", expires_in=60),
                token("revoked-access", "kept-refresh", access_token_revoked_at=ISSUED),
                token("endless-access", expires_in=0),
                token("clients-own", user_id=None, scope="photos.sort"),
                token("strangers-access", client_id="unknown"),
            ]
        ),
    }  # fmt: skip


def authlib_oauth2_older() -> Rows:
    """The older shape: a column for each, one flag revokes both tokens."""
    return {
        "user": PEOPLE,
        "oauth2_client": _numbered(
            [
                {"user_id": 7, "client_id": "printing", "client_secret": SECRET,
                 "client_name": "Printer", "redirect_uris": CALLBACK, "default_redirect_uri": "",
                 "scope": "photos.read", "response_type": "code",
                 "grant_type": "authorization_code refresh_token",
                 "token_endpoint_auth_method": "client_secret_basic"},
            ]
        ),
        "oauth2_token": _numbered(
            [
                {"user_id": 7, "client_id": "printing", "token_type": "Bearer",
                 "access_token": name, "refresh_token": f"{name}-refresh",
                 "scope": "photos.read", "revoked": revoked, "issued_at": ISSUED,
                 "expires_in": 864000}
                for name, revoked in (("live-access", False), ("revoked-access", True))
            ]
        ),
    }  # fmt: skip
