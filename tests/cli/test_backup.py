"""`consentry backup` and `restore`: files, standard input and output, and what they say."""

import gzip
import json
import os
import stat

import pytest

from cli.shell import Shell, photos

DEMO = "scopes: [{name: photos.read, description: See your photos}]\nusers: [{username: jane}]"


def make(shell: Shell) -> None:
    """The tenants photos and letters."""
    shell.apply(photos(DEMO))
    shell.apply("tenants: [{slug: letters}]")


def slugs(shell: Shell) -> list[str]:
    return [row["slug"] for row in shell.ok("tenant", "list", "--json").json]


def new_database(shell: Shell, name: str = "new.db") -> None:
    """From now on the shell works on an empty database."""
    shell.set(CONSENTRY_DATABASE_URL=f"sqlite:///{shell.home / name}")
    shell.ok("migrate")


def test_a_backup_fills_an_empty_database(shell: Shell) -> None:
    make(shell)
    said = shell.ok("backup", "-o", "all.jsonl").out
    assert said.startswith("all.jsonl: ") and said.endswith(" rows, 2 tenants\n")
    exported = shell.ok("export").out
    new_database(shell)
    checked = shell.ok("restore", "-f", "all.jsonl", "--dry-run").out
    assert checked.startswith("dry run, nothing was changed: ") and slugs(shell) == []
    restored = shell.ok("restore", "-f", "all.jsonl").out
    assert restored.startswith("restored: ") and ", 2 tenants, as they were at 20" in restored
    assert shell.ok("export").out == exported
    shell.ok("audit", "verify", "--operators")
    shell.ok("audit", "verify", "--tenant", "photos")
    again = shell.refused("restore", "-f", "all.jsonl")
    assert again == "the database has tenants: a whole backup needs one that has none"


@pytest.mark.parametrize("name", ["one.jsonl", "one.jsonl.gz"])
def test_one_tenant_goes_and_comes_back(shell: Shell, name: str) -> None:
    make(shell)
    made = shell.ok("backup", "--tenant", "photos", "--output", name, "--json").json
    assert made["tenant"] == "photos" and made["rows"]["end_user"] == 1
    exported = shell.export()
    shell.ok("tenant", "delete", "photos")
    found = shell.ok("restore", "--file", name, "--json").json
    assert (found["dry_run"], found["rows"]) == (False, made["rows"])
    assert shell.export() == exported
    assert shell.refused("restore", "-f", name) == "there is a tenant photos already"


def test_one_tenant_of_a_backup_of_all(sqlite_shell: Shell) -> None:
    make(sqlite_shell)
    sqlite_shell.ok("backup", "-o", "all.jsonl.gz")
    new_database(sqlite_shell)
    sqlite_shell.ok("restore", "-f", "all.jsonl.gz", "--tenant", "letters")
    assert slugs(sqlite_shell) == ["letters"]
    said = sqlite_shell.refused("restore", "-f", "all.jsonl.gz", "--tenant", "films")
    assert said == "the backup holds no tenant 'films'"


def test_a_backup_is_for_its_owners_eyes(sqlite_shell: Shell) -> None:
    """Also in the place of a file that others could read, and while it is being written."""
    target = sqlite_shell.home / "all.jsonl"
    target.write_text("old")
    target.chmod(0o644)
    before = os.umask(0)
    try:
        sqlite_shell.ok("backup", "-o", "all.jsonl")
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_bytes().startswith(b'{"kind":"consentry backup"')
    assert {path.name for path in sqlite_shell.home.iterdir()} <= {
        "all.jsonl", "consentry.db", "consentry.db-wal", "consentry.db-shm",
    }  # fmt: skip


def test_a_backup_that_fails_leaves_the_one_before(sqlite_shell: Shell) -> None:
    target = sqlite_shell.home / "all.jsonl"
    target.write_text("the one before")
    said = sqlite_shell.refused("backup", "--tenant", "films", "-o", "all.jsonl")
    assert said == "no tenant 'films'"
    assert target.read_text() == "the one before"
    assert not list(sqlite_shell.home.glob(".all*"))


def test_where_no_file_can_be_nothing_is_written(sqlite_shell: Shell) -> None:
    (sqlite_shell.home / "folder").mkdir()
    assert sqlite_shell.refused("backup", "-o", "folder") == "folder: is there and is no file"
    said = sqlite_shell.refused("backup", "-o", "none/all.jsonl")
    assert said == "none/all.jsonl: No such file or directory"
    assert sqlite_shell.refused("restore", "-f", "none") == "none: No such file or directory"


def test_standard_output_to_standard_input(sqlite_shell: Shell) -> None:
    """As in a pipe from one machine to another."""
    make(sqlite_shell)
    made = sqlite_shell.ok("backup", "-o", "-").out
    assert json.loads(made.splitlines()[0])["tenant"] is None
    new_database(sqlite_shell)
    sqlite_shell.ok("restore", "-f", "-", stdin=made)
    assert slugs(sqlite_shell) == ["letters", "photos"]


def test_a_cut_or_altered_file_is_refused(sqlite_shell: Shell) -> None:
    make(sqlite_shell)
    sqlite_shell.ok("backup", "-o", "all.jsonl")
    whole = (sqlite_shell.home / "all.jsonl").read_bytes()
    new_database(sqlite_shell)
    packed = gzip.compress(whole)
    for content, reason in (
        (whole[:-40], "the backup is cut: its end is missing"),
        (whole.replace(b"jane", b"mary"), "the backup was altered: it is not as it was sealed"),
        (packed[:-40], "the backup is cut or altered: it cannot be unpacked"),
        (packed[:-8] + bytes(8), "the backup is cut or altered: it cannot be unpacked"),
        (b"\x1f\x8bno", "the backup is cut or altered: it cannot be unpacked"),
        (b"", "the file is not a backup of Consentry"),
    ):  # fmt: skip
        (sqlite_shell.home / "wrong").write_bytes(content)
        assert sqlite_shell.refused("restore", "-f", "wrong") == reason
    assert slugs(sqlite_shell) == []


def test_another_root_key_is_refused(sqlite_shell: Shell) -> None:
    make(sqlite_shell)
    sqlite_shell.ok("backup", "-o", "all.jsonl")
    new_database(sqlite_shell)
    sqlite_shell.set(CONSENTRY_SECRET_KEY="another root key of thirty-two characters or more")
    said = sqlite_shell.refused("restore", "-f", "all.jsonl")
    assert said.startswith("CONSENTRY_SECRET_KEY: is not the root key of the backup (id ")
