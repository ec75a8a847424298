"""The peers' rows as models of SQLAlchemy, asked as Authlib's documentation shows."""

import os
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)

URL = os.environ["BENCH_DATABASE"].replace("postgresql://", "postgresql+psycopg://")
SESSIONS = scoped_session(sessionmaker(create_engine(URL, pool_size=32)))


class Base(DeclarativeBase):
    """Of the models."""


class Client(Base):
    """Who signs."""

    __tablename__ = "peer_client"
    client_id: Mapped[str] = mapped_column(primary_key=True)
    client_secret: Mapped[str]

    def get_client_secret(self) -> str:
        """As Authlib asks for it."""
        return self.client_secret


class Token(Base):
    """On whose behalf."""

    __tablename__ = "peer_token"
    oauth_token: Mapped[str] = mapped_column(primary_key=True)
    oauth_token_secret: Mapped[str]
    client_id: Mapped[str]
    user_id: Mapped[str]

    def get_oauth_token_secret(self) -> str:
        """As Authlib asks for it."""
        return self.oauth_token_secret


class Nonce(Base):
    """What was used."""

    __tablename__ = "peer_nonce"
    client_id: Mapped[str] = mapped_column(primary_key=True)
    oauth_token: Mapped[str] = mapped_column(primary_key=True)
    timestamp: Mapped[int] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(primary_key=True)


def query_client(client_id: str) -> Client | None:
    """A client by its key."""
    return _session().scalars(select(Client).filter_by(client_id=client_id)).first()


def query_token(client_id: str, oauth_token: str) -> Token | None:
    """A token of a client."""
    asked = select(Token).filter_by(client_id=client_id, oauth_token=oauth_token)
    return _session().scalars(asked).first()


def exists_nonce(nonce: str, timestamp: str, client_id: str, oauth_token: str) -> bool:
    """Whether it was used; it is from now on."""
    values: dict[str, Any] = {
        "nonce": nonce,
        "timestamp": int(timestamp),
        "client_id": client_id,
        "oauth_token": oauth_token or "",
    }
    if _session().scalars(select(Nonce).filter_by(**values)).first() is not None:
        return True
    _session().add(Nonce(**values))
    _session().commit()
    return False


def _session() -> Session:
    """This request's."""
    return SESSIONS()
