"""The usual functions over SQLAlchemy models that use the mixins.

Each takes `session`, what opens an AsyncSession (an async_sessionmaker is one), and a model.
"""

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from .endpoints import RevocationEndpoint
from .models import ClientMixin
from .protector import BearerTokenValidator
from .request import OAuth2Request
from .settings import Clock
from .token_mixin import token_columns, token_digest

Sessions = Callable[[], AbstractAsyncContextManager[AsyncSession]]


def create_query_client_func(
    session: Sessions, client_model: Any
) -> Callable[[str], Awaitable[Any]]:
    """A `query_client`."""

    async def query_client(client_id: str) -> Any:
        return await _first(session, client_model, client_model.client_id == client_id)

    return query_client


def create_save_token_func(
    session: Sessions, token_model: Any, clock: Clock = time.time
) -> Callable[[dict[str, Any], OAuth2Request], Awaitable[None]]:
    """A `save_token`."""

    async def save_token(token: dict[str, Any], request: OAuth2Request) -> None:
        async with session() as opened:
            opened.add(token_model(**token_columns(token, request, clock())))
            await opened.commit()

    return save_token


def create_query_token_func(
    session: Sessions, token_model: Any
) -> Callable[[str, str | None], Awaitable[Any]]:
    """A `query_token`: by access token or refresh token, both while there is no hint."""

    async def query_token(token_string: str, token_type_hint: str | None = None) -> Any:
        digest = token_digest(token_string)
        by_access = token_model.access_token_digest == digest
        by_refresh = token_model.refresh_token_digest == digest
        first, second = by_access, by_refresh
        if token_type_hint == "refresh_token":  # noqa: S105
            first, second = by_refresh, by_access
        # A hint only says where to begin (RFC 7009 §2.1).
        found = await _first(session, token_model, first)
        return found or await _first(session, token_model, second)

    return query_token


def create_query_refresh_token_func(
    session: Sessions, token_model: Any
) -> Callable[[str], Awaitable[Any]]:
    """An `authenticate_refresh_token`: by refresh token alone, spent ones too."""

    async def authenticate_refresh_token(refresh_token: str) -> Any:
        digest = token_digest(refresh_token)
        return await _first(session, token_model, token_model.refresh_token_digest == digest)

    return authenticate_refresh_token


def create_revoke_family_func(
    session: Sessions, token_model: Any, clock: Clock = time.time
) -> Callable[[str, ClientMixin], Awaitable[None]]:
    """A `revoke_family`: ends the access and refresh tokens of one approval."""

    async def revoke_family(family_id: str, client: ClientMixin) -> None:
        ours = token_model.client_id == client.get_client_id()
        await _revoke(session, token_model, (token_model.family_id == family_id) & ours, clock())

    return revoke_family


def create_revoke_old_credential_func(
    session: Sessions, token_model: Any, clock: Clock = time.time
) -> Callable[[Any], Awaitable[bool]]:
    """A `revoke_old_credential`: one statement, so one winner."""

    async def revoke_old_credential(refresh_token: Any) -> bool:
        this = token_model.refresh_token_digest == refresh_token.refresh_token_digest
        live = token_model.refresh_token_revoked_at == 0
        return await _revoke(session, token_model, this & live, clock()) == 1

    return revoke_old_credential


def create_revocation_endpoint(
    session: Sessions, token_model: Any, clock: Clock = time.time
) -> type[RevocationEndpoint]:
    """A RevocationEndpoint: a refresh token takes its access token with it, not the reverse."""
    find = create_query_token_func(session, token_model)

    class ModelRevocationEndpoint(RevocationEndpoint):
        async def query_token(self, token_string: str, token_type_hint: str | None) -> Any:
            return await find(token_string, token_type_hint)

        async def revoke_token(self, token: Any, request: OAuth2Request) -> None:
            this = token_model.access_token_digest == token.access_token_digest
            sent = token_digest(request.form.require("token"))
            whole = sent == token.refresh_token_digest
            await _revoke(session, token_model, this, clock(), whole=whole)

    return ModelRevocationEndpoint


def create_bearer_token_validator(
    session: Sessions, token_model: Any
) -> type[BearerTokenValidator]:
    """A BearerTokenValidator."""

    class ModelBearerTokenValidator(BearerTokenValidator):
        async def authenticate_token(self, token_string: str) -> Any:
            digest = token_digest(token_string)
            return await _first(session, token_model, token_model.access_token_digest == digest)

    return ModelBearerTokenValidator


async def _first(session: Sessions, model: Any, where: ColumnElement[bool]) -> Any:
    async with session() as opened:
        return await opened.scalar(select(model).where(where))


async def _revoke(
    session: Sessions, model: Any, where: ColumnElement[bool], now: float, *, whole: bool = True
) -> int:
    """End access tokens, and with `whole` their refresh tokens; gives how many rows."""
    ended = {"access_token_revoked_at": int(now)}
    if whole:
        ended["refresh_token_revoked_at"] = int(now)
    async with session() as opened:
        done = await opened.execute(update(model).where(where).values(**ended))
        await opened.commit()
    return done.rowcount if isinstance(done, CursorResult) else 0
