"""Moving in: what another product issued keeps counting, at our front door."""

import asyncio
import json
import pathlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from cli import old_products as old
from cli.old_products import SECRET, lay
from conftest import beside, copied
from consentry.cli import run
from consentry.operations.imports.found import Options
from consentry.operations.imports.report import Report
from consentry.operations.imports.run import SHAPES, import_from
from consentry.spec.oauth1.signing import Credentials
from consentry.store.sql import tables
from consentry.store.sql.engine import make_engine
from consentry.store.sql.foreign import open_foreign
from consentry.store.trail import AuditFilter
from support.signing import send_signed, whoami
from support.world import World, running_world

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
        """How many rows each table has."""
        engine = make_engine(self.world.deployment.store.url, 1)  # type: ignore[attr-defined]
        async with engine.connect() as connection:
            found = {
                name: (
                    await connection.execute(sa.select(sa.func.count()).select_from(table))
                ).scalar_one()
                for name, table in tables.metadata.tables.items()
            }
        await engine.dispose()
        return found


@pytest.fixture
async def move(
    sqlite_database: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Move]:  # fmt: skip
    async with running_world(sqlite_database) as world:
        yield Move(world, f"sqlite:///{tmp_path / 'old.db'}", monkeypatch, capsys)


@pytest.fixture
async def pg_move(
    pg_database: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Move]:  # fmt: skip
    """Both databases on PostgreSQL."""
    async with copied(postgres_url) as name, running_world(pg_database) as world:
        yield Move(world, beside(postgres_url, name), monkeypatch, capsys)


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


# django-oauth2-provider


async def test_tokens_of_django_oauth2_provider_count_here(move: Move) -> None:
    """PARITY 7 an import command; S2 Client fields, AccessToken fields, RefreshToken fields"""
    await lay(move.source, old.django_oauth2_provider())
    said = await move("django-oauth2-provider")
    assert said["scopes"] == ["read", "write"]
    assert said["clients"] == {"created": 2, "present": 0, "left_out": 0}
    assert said["people"] == {"matched": 1, "created": 0, "unknown": 2, "disabled": 1}
    assert said["tokens"] == {
        "access": 3, "refresh": 2, "oauth1": 0, "present": 0, "expired": 1, "revoked": 1,
        "without_person": 3, "without_client": 0,
    }  # fmt: skip
    world, jane = move.world, await move.world.store().users.by_identifier("jane")
    assert jane is not None
    status, me = await bearer(world, "live-access")
    assert status == 200
    assert (me["sub"], me["client_id"], me["scope"]) == (str(jane.user_id), "a1b2c3", "read write")
    assert (await bearer(world, "used-access"))[1]["scope"] == "read"
    assert (await bearer(world, "public-access"))[1]["client_id"] == "native"
    for dead in (
        "ended-access",
        "gone-access",
        "nobodys-access",
        "newcomers-access",
        "live-refresh",
    ):
        assert (await bearer(world, dead))[0] == 401, dead


async def test_an_imported_refresh_token_counts_once_and_is_succeeded_by_ours(move: Move) -> None:
    """THREATS 15: reuse ends the family, the imported access token included."""
    await lay(move.source, old.django_oauth2_provider())
    await move("django-oauth2-provider")
    world, client = move.world, {"client_id": "a1b2c3", "secret": SECRET}
    at_once = await asyncio.gather(*(world.refresh("live-refresh", **client) for _ in range(4)))
    assert {each.status for each in at_once} == {200}
    assert len({each.refresh_token for each in at_once}) == 1, "one family, whoever came first"
    assert at_once[0].body["scope"] == "read write"
    again = await world.refresh(at_once[0].refresh_token, **client)
    assert await world.is_active(again.access_token, **client)
    assert await world.is_active("live-access", **client)
    assert (await world.refresh("live-refresh", **client)).error == "invalid_grant"
    assert not await world.is_active(again.access_token, **client)
    assert not await world.is_active("live-access", **client)
    alone = await world.refresh("lasting-refresh", **client)
    assert alone.status == 200, "its access token had ended, it had not"
    assert (await world.refresh("used-refresh", **client)).error == "invalid_grant"


async def test_an_imported_token_is_its_clients_and_of_its_kind(move: Move) -> None:
    """THREATS 18, THREATS 32"""
    await lay(move.source, old.django_oauth2_provider())
    await move("django-oauth2-provider")
    await move.world.add_client("thief")
    world, client = move.world, {"client_id": "a1b2c3", "secret": SECRET}
    assert (await world.refresh("live-refresh", client_id="thief")).error == "invalid_grant"
    assert (await world.refresh("live-access", **client)).error == "invalid_grant"
    await world.revoke("live-refresh", client_id="thief")
    await world.revoke("live-access", client_id="thief")
    assert not await world.is_active("live-access", client_id="thief")
    assert await world.is_active("live-access", **client)
    assert (await world.refresh("live-refresh", **client)).status == 200


async def test_an_imported_token_is_introspected_and_revoked(move: Move) -> None:
    await lay(move.source, old.django_oauth2_provider())
    await move("django-oauth2-provider")
    world, client = move.world, {"client_id": "a1b2c3", "secret": SECRET}
    told = await world.introspect("live-access", **client)
    assert told["exp"] == int((old.NOW + old.YEAR).timestamp())
    assert (told["username"], told["scope"]) == ("jane", "read write")
    assert "live-access" not in json.dumps(told)
    assert (await world.introspect("live-refresh", **client))["client_id"] == "a1b2c3"
    await world.revoke("live-access", **client)
    assert not await world.is_active("live-access", **client)
    assert await world.is_active("live-refresh", **client)
    await world.revoke("live-refresh", **client)
    assert not await world.is_active("live-refresh", **client)
    assert (await world.refresh("live-refresh", **client)).error == "invalid_grant"


async def test_integer_scopes_have_the_names_they_are_given(move: Move) -> None:
    """S2 SCOPES"""
    await lay(move.source, old.django_oauth2_provider())
    said = await move("django-oauth2-provider", "--scopes", "see=2,change=4")
    assert said["scopes"] == ["see", "change"]
    assert (await bearer(move.world, "live-access"))[1]["scope"] == "see change"
    assert "--scopes" in await move.refused("django-oauth2-provider", "--scopes", "see=2,see=4")


# Authlib, OAuth 1


async def test_token_credentials_of_authlib_sign_here(move: Move) -> None:
    """S1 TokenCredentialMixin: the secret that was issued there"""
    await lay(move.source, old.authlib_oauth1())
    said = await move("authlib-oauth1", "--scope", "photos.read")
    assert (said["tokens"]["oauth1"], said["tokens"]["without_person"]) == (1, 1)
    assert any("http://printer.example.com/ready" in note for note in said["notes"])
    me = (await whoami(move.world, signing())).json()
    assert (me["client_id"], me["protocol"], me["scope"]) == (SIGNER, "oauth1", "photos.read")
    for wrong in (signing(secret="pfkkdhi9sl3r4s01"), signing(token="nobodys")):
        assert (await whoami(move.world, wrong)).json()["code"] == "signature_invalid"
    stolen = Credentials("other", SECRET, "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")
    assert (await whoami(move.world, stolen)).json()["code"] == "signature_invalid"


async def test_a_request_with_imported_credentials_counts_once(move: Move) -> None:
    """THREATS 1"""
    await lay(move.source, old.authlib_oauth1())
    await move("authlib-oauth1")
    assert (await whoami(move.world, signing(), nonce="once")).status_code == 200
    again = await whoami(move.world, signing(), nonce="once")
    assert again.json()["code"] == "nonce_used"


async def test_imported_token_credentials_are_revoked(move: Move) -> None:
    """THREATS 16"""
    await lay(move.source, old.authlib_oauth1())
    await move("authlib-oauth1")
    assert (await whoami(move.world, signing())).status_code == 200
    revoked = await move.world.revoke("nnch734d00sl2jdk", client_id=SIGNER, secret=SECRET)
    assert revoked.status_code == 200
    assert (await whoami(move.world, signing())).json()["code"] == "token_revoked"


async def test_new_token_credentials_are_got_with_an_imported_client(move: Move) -> None:
    await lay(move.source, old.authlib_oauth1())
    await move("authlib-oauth1")
    extra = {"oauth_callback": old.CALLBACK}
    got = await send_signed(
        move.world, "POST", "/oauth1/initiate", Credentials(SIGNER, SECRET), extra=extra
    )
    assert "oauth_callback_confirmed=true" in got.text


# Authlib, OAuth 2


async def test_tokens_of_authlib_count_here(move: Move) -> None:
    """S4 Columns"""
    await lay(move.source, old.authlib_oauth2())
    said = await move("authlib-oauth2")
    assert said["scopes"] == ["photos.sort"]
    assert said["tokens"] == {
        "access": 3, "refresh": 3, "oauth1": 0, "present": 0, "expired": 1, "revoked": 1,
        "without_person": 0, "without_client": 1,
    }  # fmt: skip
    world, client = move.world, {"client_id": "printing", "secret": SECRET}
    assert (await bearer(world, "live-access"))[1]["scope"] == "photos.read"
    told = await world.introspect("live-access", **client)
    assert (told["iat"], told["exp"]) == (old.ISSUED, old.ISSUED + 864_000)
    own = (await bearer(world, "clients-own"))[1]
    assert (own["sub"], own["scope"]) == ("printing", "photos.sort")
    for refresh in ("live-refresh", "lasting-refresh", "kept-refresh"):
        assert (await world.refresh(refresh, **client)).status == 200, refresh
    for dead in ("ended-access", "revoked-access", "strangers-access"):
        assert (await bearer(world, dead))[0] == 401, dead
    endless = await world.introspect("endless-access", **client)
    assert 29 * 86_400 < endless["exp"] - world.clock().timestamp() <= 30 * 86_400


async def test_tables_of_an_older_authlib_are_read_too(move: Move) -> None:
    """S4 Columns"""
    await lay(move.source, old.authlib_oauth2_older())
    said = await move("authlib-oauth2")
    assert (said["tokens"]["access"], said["tokens"]["revoked"]) == (1, 2)
    assert (await bearer(move.world, "live-access"))[0] == 200
    assert (await bearer(move.world, "revoked-access"))[0] == 401


async def test_a_client_brings_nothing_that_only_an_operator_decides(move: Move) -> None:
    """THREATS 29"""
    told = {
        "may_introspect": "all", "skip_consent": True, "protocols": ["oauth2", "oauth1"],
        "scope": "photos.read consentry:admin", "grant_types": ["authorization_code", "implicit"],
        "redirect_uris": [old.CALLBACK, "http://printer.example.com/", "javascript:alert(1)"],
        "jwks": [], "whatever": "else",
    }  # fmt: skip
    await lay(move.source, old.authlib_oauth2(told))
    said = await move("authlib-oauth2")
    found = await move.world.store().clients.get("printing")
    assert found is not None
    kept = found.row.metadata_
    assert not {"may_introspect", "skip_consent", "protocols", "jwks", "whatever"} & set(kept)
    assert (kept["scope"], kept["redirect_uris"]) == ("photos.read", [old.CALLBACK])
    assert kept["grant_types"] == ["authorization_code"]
    assert sum("redirect URI" in note for note in said["notes"]) == 2
    assert said["tokens"]["refresh"] == 0, "a client without that grant type cannot use them"


async def test_a_client_without_a_usable_secret_or_address_is_told_of(move: Move) -> None:
    rows = old.authlib_oauth2({"redirect_uris": ["http://printer.example.com/"]})
    clients = [{**rows["oauth2_client"][0], "client_secret": "short"}]
    await lay(move.source, {**rows, "oauth2_client": clients})
    said = await move("authlib-oauth2")
    assert any("without its secret" in note for note in said["notes"])
    assert any("authorization_code" in note for note in said["notes"])
    assert (await bearer(move.world, "live-access"))[0] == 200


# People


async def test_people_are_found_by_name_or_address_and_made_when_asked_to(move: Move) -> None:
    await lay(move.source, old.django_oauth2_provider())
    said = await move("django-oauth2-provider", "--create-users")
    assert said["people"] == {"matched": 1, "created": 1, "unknown": 1, "disabled": 1}
    made = await move.world.store().users.by_identifier("newcomer")
    assert made is not None and made.email == "new@example.com" and made.password_hash is None
    assert (await bearer(move.world, "newcomers-access"))[1]["sub"] == str(made.user_id)


async def test_a_person_is_found_by_address_and_never_taken_for_two(move: Move) -> None:
    rows = old.authlib_oauth1()
    both = [
        {**rows["token_credential"][0], "id": 1, "user_id": 8, "oauth_token": "by-address"},
        {**rows["token_credential"][0], "id": 2, "user_id": 11, "oauth_token": "by-neither"},
    ]
    mixed = {"id": 11, "username": "joe", "email": "jane@example.com", "is_active": True}
    await move.world.add_user("joe")
    await lay(move.source, {**rows, "user": [*old.PEOPLE, mixed], "token_credential": both})
    said = await move("authlib-oauth1", "--create-users")
    assert said["people"] == {"matched": 1, "created": 0, "unknown": 1, "disabled": 0}
    assert (await whoami(move.world, signing("by-address"))).status_code == 200
    assert (await whoami(move.world, signing("by-neither"))).status_code == 401


# The command


async def test_a_second_import_changes_nothing(move: Move) -> None:
    await lay(move.source, old.django_oauth2_provider())
    await move("django-oauth2-provider")
    before = await move.stored()
    said = await move("django-oauth2-provider")
    assert not said["changed"]
    assert said["clients"] == {"created": 0, "present": 2, "left_out": 0}
    assert said["tokens"]["present"] == 5
    assert await move.stored() == before
    _, out, _ = await move.type("django-oauth2-provider")
    assert "nothing to change" in out


async def test_a_spent_refresh_token_does_not_come_back_with_a_second_import(move: Move) -> None:
    """THREATS 15"""
    await lay(move.source, old.django_oauth2_provider())
    await move("django-oauth2-provider")
    client = {"client_id": "a1b2c3", "secret": SECRET}
    await move.world.revoke("live-refresh", **client)
    await move("django-oauth2-provider")
    assert (await move.world.refresh("live-refresh", **client)).error == "invalid_grant"
    assert (await bearer(move.world, "live-access"))[0] == 401


async def test_an_import_is_in_the_audit_trail_with_its_counts(move: Move) -> None:
    await lay(move.source, old.authlib_oauth1())
    await move("authlib-oauth1", "--dry-run")
    trail = move.world.store().audit
    assert await trail.page(AuditFilter(action="import.run")) == []
    said = await move("authlib-oauth1")
    [event] = await trail.page(AuditFilter(action="import.run"))
    assert event.detail["tokens"] == said["tokens"] and event.actor_kind == "system"
    everything = json.dumps([one.model_dump(mode="json") for one in await trail.page()])
    assert SECRET not in everything and "nnch734d00sl2jdk" not in everything


async def test_of_two_imports_at_once_one_brings_the_tokens(pg_move: Move) -> None:
    """THREATS 58"""
    move = pg_move
    await lay(move.source, old.django_oauth2_provider())
    shape, options = SHAPES["django-oauth2-provider"], Options()

    async def once() -> Report:
        async with open_foreign(move.source) as source:
            return await import_from(move.world.deployment, "photos", shape, source, options)

    reports = await asyncio.gather(once(), once(), once())
    assert sorted(each.tokens["access"] for each in reports) == [0, 0, 3]
    assert sorted(each.clients["created"] for each in reports) == [0, 0, 2]


async def test_a_dry_run_says_the_same_and_changes_nothing(move: Move) -> None:
    await lay(move.source, old.django_oauth2_provider())
    before = await move.stored()
    planned = await move("django-oauth2-provider", "--dry-run", "--create-users")
    assert await move.stored() == before
    assert (await bearer(move.world, "live-access"))[0] == 401
    done = await move("django-oauth2-provider", "--create-users")
    assert {**planned, "dry_run": False} == done


async def test_an_import_that_fails_halfway_leaves_nothing(move: Move) -> None:
    rows = old.authlib_oauth2()
    tokens = [*rows["oauth2_token"], {**rows["oauth2_token"][0], "id": 99, "issued_at": None}]
    await lay(move.source, {**rows, "oauth2_token": tokens})
    before = await move.stored()
    assert "other tables" in await move.refused("authlib-oauth2")
    assert await move.stored() == before


async def test_nothing_secret_is_printed_or_stored_as_it_is(move: Move) -> None:
    """THREATS 52, THREATS 54"""
    await lay(move.source, old.authlib_oauth1())
    _, out, err = await move.type("authlib-oauth1")
    secrets = (SECRET, "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")
    assert not [one for one in secrets if one in out + err]
    url = move.world.deployment.store.url  # type: ignore[attr-defined]
    raw = content(url) + content(f"{url}-wal")
    assert SIGNER.encode() in raw
    assert not [one for one in secrets if one.encode() in raw]


async def test_the_source_is_only_read(move: Move) -> None:
    await lay(move.source, old.authlib_oauth1())
    before = content(move.source)
    await move("authlib-oauth1")
    assert content(move.source) == before


async def test_imported_tokens_are_one_tenants(move: Move) -> None:
    """THREATS 39"""
    world = move.world
    await world.add_tenant("letters")
    await world.add_user("jane", "letters")
    await lay(move.source, old.django_oauth2_provider())
    await move("django-oauth2-provider")
    assert (await bearer(world, "live-access", "letters"))[0] == 401
    await move("django-oauth2-provider", slug="letters")
    photos, letters = [(await bearer(world, "live-access", one))[1] for one in world.tenants]
    assert photos["sub"] != letters["sub"]
    client = {"client_id": "a1b2c3", "secret": SECRET, "slug": "letters"}
    await world.revoke("live-refresh", **client)
    assert (await bearer(world, "live-access", "letters"))[0] == 401
    assert (await bearer(world, "live-access"))[0] == 200


async def test_imported_tokens_end_with_client_and_person(move: Move) -> None:
    """THREATS 16"""
    await lay(move.source, old.authlib_oauth2())
    await move("authlib-oauth2")
    world = move.world
    await world.store().clients.delete("printing")
    world.forget()
    assert (await bearer(world, "live-access"))[0] == 401
    await world.add_client("printing", secret=SECRET)
    for one in ("live-access", "clients-own"):
        assert (await bearer(world, one))[0] == 401, one


async def test_tables_may_have_other_names(move: Move) -> None:
    rows = old.authlib_oauth1()
    await lay(
        move.source,
        {"consumers": rows["client"], "creds": rows["token_credential"], "members": rows["user"]},
    )
    assert "no table oauth1_client or client" in await move.refused("authlib-oauth1")
    named = ("--clients-table", "consumers", "--tokens-table", "creds")
    said = await move("authlib-oauth1", *named, "--users-table", "members")
    assert said["tokens"]["oauth1"] == 1
    assert "no table people" in await move.refused(
        "authlib-oauth1", *named, "--users-table", "people"
    )


async def test_what_cannot_be_read_is_said_in_one_line(move: Move) -> None:
    assert "the source: it cannot be read" in await move.refused("authlib-oauth1")
    move.source = "mysql://jane:secret@localhost/old"
    said = await move.refused("authlib-oauth1")
    assert "must begin with" in said and "secret" not in said
    move.source = "postgresql://jane:secret@127.0.0.1:1/old"
    said = await move.refused("authlib-oauth1")
    assert "cannot be read" in said and "secret" not in said


async def test_all_of_it_works_on_postgresql(pg_move: Move) -> None:
    """Both databases: times with a zone, booleans that are none of SQLite's numbers."""
    move, client = pg_move, {"client_id": "a1b2c3", "secret": SECRET}
    await lay(move.source, {**old.django_oauth2_provider(), **_renamed(old.authlib_oauth1())})
    said = await move("django-oauth2-provider")
    assert (said["tokens"]["access"], said["tokens"]["refresh"]) == (3, 2)
    assert (await bearer(move.world, "live-access"))[1]["scope"] == "read write"
    assert (await move.world.refresh("live-refresh", **client)).status == 200
    await move("authlib-oauth1", "--users-table", "auth_user")
    assert (await whoami(move.world, signing())).status_code == 200
    before = await move.stored()
    assert not (await move("django-oauth2-provider"))["changed"]
    assert await move.stored() == before


def _renamed(rows: old.Rows) -> old.Rows:
    return {"oauth1_client": rows["client"], "token_credential": rows["token_credential"]}
