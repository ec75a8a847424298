"""Passwords in manifests and on stdin: who stays signed in, and who does not."""

import asyncio
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from cli.shell import Shell
from consentry.cli.session import deployment
from consentry.crypto.passwords import hash_password, renewed, verify_password
from consentry.records.user import Login
from consentry.store.sql.store import SqlStore

HERE = ("--tenant", "photos")


def manifest(password: str) -> str:
    """Jane with a password, and what else a manifest may say of her."""
    return f"users: [{{username: jane, email: jane@example.com, password: '{password}'}}]"


async def _jane(url: str, *, signs_in: bool) -> tuple[str | None, int]:
    store = SqlStore(url)
    try:
        tenant = await store.tenants.by_slug("photos")
        assert tenant is not None
        inside = store.inside(tenant.tenant_id)
        user = await inside.users.by_identifier("jane")
        assert user is not None
        now = datetime.now(UTC)
        if signs_in:
            login: dict[str, Any] = {"tenant_id": tenant.tenant_id, "user_id": user.user_id}
            end = now + timedelta(hours=1)
            await inside.logins.start(
                Login(**login, login_id=token_hex(32), auth_time=now, created_at=now,
                      expires_at=end),
                replaces=None,
            )  # fmt: skip
        return user.password_hash, len(await inside.logins.of_user(user.user_id, now))
    finally:
        await store.close()


def jane(shell: Shell, *, signs_in: bool = False) -> tuple[str | None, int]:
    """Jane's stored hash, and how many browsers she is signed in with."""
    return asyncio.run(_jane(shell.database, signs_in=signs_in))


def test_an_unchanged_password_ends_no_login(shell: Shell) -> None:
    shell.tenant(manifest("correct horse"))
    before = jane(shell, signs_in=True)
    assert shell.tenant(manifest("correct horse")).changes == []
    assert shell.tenant("users: [{username: jane, roles: [admin]}]").changes == [
        "update user jane roles"
    ]
    assert jane(shell) == (before[0], 1)


def test_a_changed_password_ends_every_login(shell: Shell) -> None:
    shell.tenant(manifest("correct horse"))
    jane(shell, signs_in=True)
    assert shell.tenant(manifest("battery staple")).changes == ["update user jane password"]
    phc, logins = jane(shell)
    assert logins == 0 and phc and verify_password("battery staple", phc)


def test_a_dry_run_ends_no_login(shell: Shell) -> None:
    shell.tenant(manifest("correct horse"))
    jane(shell, signs_in=True)
    dry = shell.tenant(manifest("battery staple"), "--dry-run")
    assert dry.changes == ["update user jane password"]
    phc, logins = jane(shell)
    assert logins == 1 and phc and verify_password("correct horse", phc)


def test_a_hash_made_elsewhere_is_taken_over(sqlite_shell: Shell) -> None:
    phc = hash_password("correct horse")
    body = f"users: [{{username: jane, password_hash: {phc!r}}}]"
    sqlite_shell.tenant(body)
    assert jane(sqlite_shell)[0] == phc
    assert sqlite_shell.tenant(body).changes == []
    other = body.replace(phc, hash_password("battery staple"))
    assert sqlite_shell.tenant(other).changes == ["update user jane password"]


def test_a_hash_that_its_owners_sign_in_renewed_is_left_alone(sqlite_shell: Shell) -> None:
    """`apply` says what the password is, not how well it is kept."""
    cheap = Argon2id(salt=bytes(8), length=16, iterations=1, lanes=1, memory_cost=8)
    phc = cheap.derive_phc_encoded(b"correct horse")
    body = f"users: [{{username: jane, password_hash: {phc!r}}}]"
    sqlite_shell.tenant(body)
    better = renewed("correct horse", phc)

    async def renew() -> None:
        async with deployment() as found:
            tenant = await found.store.tenants.by_slug("photos")
            assert tenant is not None
            users = found.store.inside(tenant.tenant_id).users
            user = await users.by_identifier("jane")
            assert user is not None and await users.rehash(user.user_id, phc, better)

    asyncio.run(renew())
    assert sqlite_shell.tenant(body).changes == []
    assert jane(sqlite_shell)[0] == better
    sqlite_shell.ok("user", "set-password", "jane", "--tenant", "photos", stdin="other words\n")
    assert sqlite_shell.tenant(body).changes == ["update user jane password"]


def test_a_password_of_null_is_no_password(sqlite_shell: Shell) -> None:
    sqlite_shell.tenant(manifest("correct horse"))
    jane(sqlite_shell, signs_in=True)
    body = "users: [{username: jane, password: null}]"
    assert sqlite_shell.tenant(body).changes == ["update user jane password"]
    phc, logins = jane(sqlite_shell)
    assert logins == 0 and not verify_password("correct horse", phc or "")
    assert sqlite_shell.tenant(body).changes == []


def test_a_new_password_on_stdin_ends_every_login(shell: Shell) -> None:
    shell.ok("tenant", "create", "photos")
    words = ("user", "create", *HERE, "--username", "jane", "--email", "jane@example.com")
    shell.ok(*words, stdin="correct horse battery\nignored\n")
    phc, logins = jane(shell, signs_in=True)
    assert logins == 1 and phc and verify_password("correct horse battery", phc)
    shell.ok("user", "set-password", "jane@example.com", *HERE, stdin="battery staple\r\n")
    phc, logins = jane(shell)
    assert logins == 0 and phc and verify_password("battery staple", phc)
