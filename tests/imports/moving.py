"""A move from another product: the command, and what its tokens are worth afterwards."""

import asyncio
import json
import pathlib
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from consentry.cli import run
from consentry.spec.oauth1.signing import Credentials
from consentry.store.sql import tables
from consentry.store.sql.engine import make_engine
from imports.old_products import SECRET
from support.world import World

ROOT_KEY = "only-for-tests-" * 4
SIGNER = "dpf43f3p2l4k3l03"


@dataclass
class Move:
    """A world, a place for another product's database, and the command."""

    world: World
    source: str
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    async def type(self, kind: str, *words: str, slug: str = "photos") -> tuple[int, str, str]:
        """Type the command: its status and what it said."""
        self.monkeypatch.setenv("CONSENTRY_DATABASE_URL", self.world.deployment.store.url)  # type: ignore[attr-defined]
        self.monkeypatch.setenv("CONSENTRY_SECRET_KEY", ROOT_KEY)
        self.capsys.readouterr()
        line = ["import", self.source, "--from", kind, "--tenant", slug, *words]
        status = await asyncio.to_thread(run, line)
        self.world.forget(slug)
        out, err = self.capsys.readouterr()
        return status, out, err

    async def __call__(self, kind: str, *words: str, slug: str = "photos") -> dict[str, Any]:
        """Import, which must succeed: what it reports."""
        status, out, err = await self.type(kind, "--json", *words, slug=slug)
        assert (status, err) == (0, ""), err
        made: dict[str, Any] = json.loads(out)
        return made

    async def refused(self, kind: str, *words: str, slug: str = "photos") -> str:
        status, out, err = await self.type(kind, *words, slug=slug)
        assert (status, out) == (1, "") and err.count("\n") == 1
        return err.removeprefix("consentry: ").rstrip()

    async def stored(self) -> dict[str, int]:
        """How many rows each table has, but those a process notes uses in as time goes by."""
        engine = make_engine(self.world.deployment.store.url, 1)  # type: ignore[attr-defined]
        async with engine.connect() as connection:
            found = {
                name: (
                    await connection.execute(sa.select(sa.func.count()).select_from(table))
                ).scalar_one()
                for name, table in tables.metadata.tables.items()
                if name not in ("client_use", "success", "usage")
            }
        await engine.dispose()
        return found


async def bearer(world: World, token: str, slug: str = "photos") -> tuple[int, dict[str, Any]]:
    """What `/api/v1/whoami` says of a bearer token."""
    async with world.new_browser(slug) as client:
        answer = await client.get("/api/v1/whoami", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json()


def signing(token: str = "nnch734d00sl2jdk", secret: str = "pfkkdhi9sl3r4s00") -> Credentials:
    return Credentials(SIGNER, SECRET, token, secret)


def content(url: str) -> bytes:
    """The bytes of an SQLite file."""
    return pathlib.Path(url.removeprefix("sqlite:///")).read_bytes()
