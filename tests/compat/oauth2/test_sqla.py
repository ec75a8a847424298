"""The same over SQLAlchemy models, in a database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from compat.oauth2.given import code_grant
from compat.oauth2.shop import Shop
from compat.oauth2.tables import CALLBACK, CLOCK, User
from consentry.compat.oauth2 import OAuth2ClientMixin, OAuth2TokenMixin, RefreshTokenGrant
from consentry.compat.oauth2.imports import client_of_row, token_of_row
from consentry.compat.oauth2.protector import ResourceProtector
from consentry.compat.oauth2.sqla import (
    create_bearer_token_validator,
    create_query_client_func,
    create_query_refresh_token_func,
    create_query_token_func,
    create_revocation_endpoint,
    create_revoke_family_func,
    create_revoke_old_credential_func,
    create_save_token_func,
)


class Base(DeclarativeBase):
    """Tables of an application."""


class ClientRow(Base, OAuth2ClientMixin):
    """Its clients."""

    __tablename__ = "clients"
    client_id: Mapped[str] = mapped_column(primary_key=True)
    client_metadata: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    client_secret_digests: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)


class TokenRow(Base, OAuth2TokenMixin):
    """Its tokens."""

    __tablename__ = "tokens"
    clock = CLOCK
    access_token_digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    refresh_token_digest: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    client_id: Mapped[str]
    user_id: Mapped[str | None]
    token_type: Mapped[str]
    scope: Mapped[str]
    issued_at: Mapped[int]
    expires_in: Mapped[int | None]
    access_token_revoked_at: Mapped[int] = mapped_column(default=0)
    refresh_token_revoked_at: Mapped[int] = mapped_column(default=0)
    family_id: Mapped[str | None] = mapped_column(sa.String(64), index=True)


class Rows(Shop):
    """A shop whose clients and tokens are rows."""

    def __init__(self, session: async_sessionmaker[AsyncSession]) -> None:
        super().__init__()
        self.session = session
        find_refresh = create_query_refresh_token_func(session, TokenRow)
        spend = create_revoke_old_credential_func(session, TokenRow, CLOCK)
        users = self.tables.users

        class RefreshGrant(RefreshTokenGrant):
            async def authenticate_refresh_token(self, refresh_token: str) -> Any:
                return await find_refresh(refresh_token)

            async def authenticate_user(self, refresh_token: Any) -> User | None:
                return users.get(refresh_token.user_id)

            async def revoke_old_credential(self, refresh_token: Any) -> bool:
                return await spend(refresh_token)

        self.server._revoke_family = create_revoke_family_func(session, TokenRow, CLOCK)
        self.server.init_app(
            {},
            query_client=create_query_client_func(session, ClientRow),
            save_token=create_save_token_func(session, TokenRow, CLOCK),
        )
        self.server.register_grant(code_grant(self.tables))
        self.server.register_grant(RefreshGrant)
        self.server.register_endpoint(create_revocation_endpoint(session, TokenRow, CLOCK))
        validator = create_bearer_token_validator(session, TokenRow)()
        self.require_oauth = ResourceProtector(validator, realm="shop")
        self.app.router.routes[:] = self._routes()


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[Rows]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/shop.db")
    session = async_sessionmaker(engine, expire_on_commit=False)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    shop = Rows(session)
    row = ClientRow(client_id="app")
    row.set_client_metadata(shop.tables.clients["app"].client_metadata)
    row.add_client_secret("app-secret")
    async with session() as opened:
        opened.add(row)
        await opened.commit()
    yield shop
    await engine.dispose()


async def test_rows_serve_the_whole_flow(rows: Rows) -> None:
    """S4 AuthorizationServer: create_query_client_func and its like over one's own models"""
    tokens = await rows.tokens()
    assert await rows.me(tokens["access_token"]) == 200
    again = (await rows.refresh(tokens["refresh_token"])).json()
    assert await rows.me(again["access_token"]) == 200
    assert (await rows.refresh(again["access_token"])).json()["error"] == "invalid_grant"
    assert (await rows.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await rows.me(again["access_token"]) == 401


async def test_of_many_at_once_one_statement_wins(rows: Rows) -> None:
    """S4 Refresh: one winner in a database"""
    tokens = await rows.tokens()
    token = tokens["refresh_token"]
    answers = await asyncio.gather(*(rows.refresh(token) for _ in range(10)))
    assert sum(one.status_code == 200 for one in answers) == 1


async def test_a_row_is_revoked_in_part_or_whole(rows: Rows) -> None:
    """S4 Revocation: create_revocation_endpoint, hint or none"""
    for hint in ("access_token", "refresh_token", ""):
        tokens = await rows.tokens()
        form = {"token": tokens["access_token"], "token_type_hint": hint}
        assert (await rows.post("/oauth/revocation", "app", **form)).status_code == 200
        assert await rows.me(tokens["access_token"]) == 401
        assert (await rows.refresh(tokens["refresh_token"])).status_code == 200
    tokens = await rows.tokens()
    await rows.post("/oauth/revocation", "app", token=tokens["refresh_token"])
    assert await rows.me(tokens["access_token"]) == 401
    assert (await rows.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_token_is_found_by_either_of_its_texts(rows: Rows) -> None:
    """S4 Columns (token): create_query_token_func, a hint only says where to begin"""
    tokens = await rows.tokens()
    find = create_query_token_func(rows.session, TokenRow)
    for text in (tokens["access_token"], tokens["refresh_token"]):
        for hint in ("access_token", "refresh_token", None):
            assert await find(text, hint) is not None
    assert await find("unknown", None) is None


def test_older_client_columns_become_metadata() -> None:
    """S4 Columns (client): importer of the older shape"""
    found = client_of_row(
        {
            "client_id": "app",
            "client_secret": "s",
            "client_name": "An app",
            "redirect_uris": f"{CALLBACK}\nhttps://b.example/",
            "default_redirect_uri": CALLBACK,
            "scope": "profile email",
            "response_type": "code token",
            "grant_type": "authorization_code implicit",
            "token_endpoint_auth_method": "client_secret_basic",
        }
    )
    assert (found.client_id, found.client_secret) == ("app", "s")
    assert "'s'" not in repr(found)
    assert found.metadata == {
        "redirect_uris": [CALLBACK, "https://b.example/"],
        "grant_types": ["authorization_code", "implicit"],
        "response_types": ["code", "token"],
        "client_name": "An app",
        "scope": "profile email",
        "token_endpoint_auth_method": "client_secret_basic",
    }


@pytest.mark.parametrize(
    "kept", ['{"redirect_uris": ["https://a.example/"]}', {"redirect_uris": ["https://a.example/"]}]
)
def test_newer_client_columns_become_metadata(kept: Any) -> None:
    """S4 Columns (client): importer of the newer shape"""
    found = client_of_row({"client_id": "app", "client_secret": "", "client_metadata": kept})
    assert found.client_secret is None
    assert found.metadata == {"redirect_uris": ["https://a.example/"]}


async def test_tokens_of_another_table_keep_working(rows: Rows) -> None:
    """S4 Columns (token): importer, older and newer shape"""
    older = {
        "client_id": "app",
        "user_id": "jane",
        "access_token": "old-access",
        "refresh_token": "old-refresh",
        "scope": "profile",
        "issued_at": int(CLOCK()),
        "expires_in": 600,
        "revoked": False,
    }
    newer = {**older, "access_token": "new-access", "refresh_token": None}
    newer |= {"access_token_revoked_at": int(CLOCK()), "refresh_token_revoked_at": 0}
    gone = {**older, "access_token": "gone", "refresh_token": "gone-too", "revoked": True}
    async with rows.session() as opened:
        opened.add_all(TokenRow(**token_of_row(one)) for one in (older, newer, gone))
        await opened.commit()
    assert await rows.me("old-access") == 200
    assert (await rows.refresh("old-refresh")).status_code == 200
    assert await rows.me("new-access") == 401
    assert await rows.me("gone") == 401
    assert (await rows.refresh("gone-too")).json()["error"] == "invalid_grant"
    with pytest.raises(ValueError, match="above zero"):
        token_of_row({**older, "expires_in": 0})
