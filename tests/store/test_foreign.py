"""Another product's database: every row once, and never written to."""

import pathlib

import pytest
import sqlalchemy as sa

from consentry.store.sql.engine import make_engine
from consentry.store.sql.foreign import Unreadable, open_foreign


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> str:
    """URL of a database of the test's own."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("pg_database"))
    return f"sqlite:///{tmp_path / 'of a friend?.db'}"


@pytest.fixture
async def foreign(url: str) -> str:
    """URL of a database with the tables `numbered` and `unnumbered`, seven rows each."""
    engine = make_engine(url, 1)
    async with engine.begin() as connection:
        for name, key in (("numbered", "PRIMARY KEY"), ("unnumbered", "")):
            await connection.execute(
                sa.text(f'CREATE TABLE "{name}" (id INTEGER {key}, token TEXT)')
            )
            for number in (5, 2, 7, 1, 6, 3, 4):
                row = sa.text(f"INSERT INTO \"{name}\" VALUES ({number}, 't{number}')")
                await connection.execute(row)
    await engine.dispose()
    return url


async def test_every_row_comes_once(foreign: str) -> None:
    async with open_foreign(foreign) as source:
        pages = [[row["id"] for row in page] async for page in source.pages("numbered", 3)]
        assert pages == [[1, 2, 3], [4, 5, 6], [7]]
        [page] = [page async for page in source.pages("unnumbered", 3)]
        assert {row["token"] for row in page} == {f"t{number}" for number in range(1, 8)}
        found = await source.matching("numbered", "id", [2, 9])
        assert [dict(row) for row in found] == [{"id": 2, "token": "t2"}]
        assert await source.matching("numbered", "id", []) == []


async def test_a_table_that_is_not_there_has_nothing(foreign: str) -> None:
    async with open_foreign(foreign) as source:
        assert await source.columns("numbered") == {"id", "token"}
        assert await source.columns("missing") == frozenset()
        assert [page async for page in source.pages("missing")] == []
        assert await source.matching("missing", "id", [1]) == []


async def test_nothing_can_be_written(foreign: str) -> None:
    async with open_foreign(foreign) as source:
        with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
            await source._connection.execute(sa.text("DELETE FROM numbered"))


@pytest.mark.parametrize(
    "address",
    ["mysql://jane:secret@localhost/old", "sqlite://", "sqlite:///:memory:", "sqlite:///no/such.db",
     "postgresql://jane:secret@127.0.0.1:1/old"],
)  # fmt: skip
async def test_what_cannot_be_read_is_told_without_its_address(address: str) -> None:
    with pytest.raises(Unreadable) as refused:
        async with open_foreign(address) as source:
            await source.columns("numbered")
    assert "secret" not in str(refused.value) and str(refused.value).startswith(("it ", "name "))
