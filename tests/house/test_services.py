"""The private servers that other tests stand on."""

import os
import pathlib
import shutil
import socket
from urllib.parse import urlsplit

import asyncpg
import pytest

from support import services


async def test_a_private_postgresql_answers(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        assert await connection.fetchval("select 6 * 7") == 42
    finally:
        await connection.close()


def test_a_private_redis_answers_to_its_password(redis_url: str) -> None:
    address = urlsplit(redis_url)
    assert address.hostname
    with socket.create_connection((address.hostname, address.port or 6379), timeout=5) as client:
        if address.password:
            client.sendall(f"AUTH {address.password}\r\n".encode())
            assert client.recv(100) == b"+OK\r\n"
        client.sendall(b"PING\r\n")
        assert client.recv(100) == b"+PONG\r\n"


def test_a_server_named_by_the_environment_is_used_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONSENTRY_TEST_DATABASE_URL", "postgresql://there/db")
    monkeypatch.setenv("CONSENTRY_TEST_REDIS_URL", "redis://there/1")
    with services.postgres() as database, services.redis() as redis:
        assert (database, redis) == ("postgresql://there/db", "redis://there/1")


def test_the_browser_for_page_tests_can_be_run(browser_path: str) -> None:
    assert os.access(shutil.which(browser_path) or "", os.X_OK)


def test_a_server_that_ends_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONSENTRY_TEST_REDIS_URL", raising=False)
    before = set(pathlib.Path("/tmp").glob("cns-redis-*"))
    with services.redis():
        during = set(pathlib.Path("/tmp").glob("cns-redis-*"))
    assert during > before
    assert not [home for home in during - before if home.exists()]
