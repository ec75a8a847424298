"""How much a tenant's clients used it: counts by minute, later by hour, then by day."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

MINUTE, HOUR, DAY = "minute", "hour", "day"
BOUNDS_MS: Final = (5, 10, 25, 50, 100, 250, 1_000)
"""Upper bounds of the columns `ms_…`; what took longer is counted in `ms_more`."""
ALL: Final = ""
"""In place of a client_id: the tenant as a whole, also what no known client asked."""
OK: Final = "ok"
TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105
TOKENS: Final = (
    "authorization_code", "client_credentials", "implicit", "oauth1_token", "password",
    "refresh_token", TOKEN_EXCHANGE,
)  # fmt: skip
"""What, when it goes well, gives tokens."""
PEOPLE: Final = "people"
"""No requests: how many people signed in or had tokens on a day; of a client, had its tokens."""


class Counted(NamedTuple):
    """Requests that were alike. minute: since the epoch. counts: all of them, then those up to
    each of `BOUNDS_MS`, then the slower ones."""

    tenant_id: UUID
    minute: int
    client_id: str
    what: str
    outcome: str
    counts: tuple[int, ...]


class PeopleOfDay(NamedTuple):
    """How many people were seen on the day that began `at`; client_id: `ALL` for the tenant."""

    tenant_id: UUID
    at: datetime
    client_id: str
    people: int


class Usage(SQLModel, table=True):
    """Requests that were alike, in one stretch of time that begins `at`.

    client_id: `ALL` for the tenant as a whole. what: the grant type at the token endpoint, else
    the name of the endpoint; `PEOPLE` in rows that count people by day. outcome: `ok`, or the
    error code.
    """

    __tablename__ = "usage"
    __table_args__ = (
        sa.Index("usage_client", "tenant_id", "client_id", "period", "at"),
        sa.Index("usage_age", "period", "at"),
    )
    tenant_id: UUID = Field(primary_key=True)
    period: str = Field(primary_key=True, max_length=6)
    at: datetime = Field(primary_key=True)
    client_id: str = Field(primary_key=True, max_length=255)
    what: str = Field(primary_key=True, max_length=60)
    outcome: str = Field(primary_key=True, max_length=60)
    count: int = Field(default=0, sa_type=sa.BigInteger)
    ms_5: int = Field(default=0, sa_type=sa.BigInteger)
    ms_10: int = Field(default=0, sa_type=sa.BigInteger)
    ms_25: int = Field(default=0, sa_type=sa.BigInteger)
    ms_50: int = Field(default=0, sa_type=sa.BigInteger)
    ms_100: int = Field(default=0, sa_type=sa.BigInteger)
    ms_250: int = Field(default=0, sa_type=sa.BigInteger)
    ms_1000: int = Field(default=0, sa_type=sa.BigInteger)
    ms_more: int = Field(default=0, sa_type=sa.BigInteger)
