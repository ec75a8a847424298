"""`consentry import`: whom it finds, what it leaves as it is, and what it says."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from consentry.operations.imports.found import Options
from consentry.operations.imports.report import Report
from consentry.operations.imports.run import SHAPES, import_from
from consentry.store.sql.foreign import open_foreign
from consentry.store.trail import AuditFilter
from imports import old_products as old
from imports.moving import SIGNER, Move, bearer, content, signing
from imports.old_products import SECRET, lay
from support.signing import whoami

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


async def test_a_malformed_address_is_not_repeated(move: Move) -> None:
    """THREATS 54"""
    for place in ("localhost:secret/old", "[::1/old"):
        move.source = f"postgresql://jane:secret@{place}"
        assert await move.refused("authlib-oauth1") == "the source: its address is malformed"
    move.source = "postgresql://jane:secret@localhost/old?sslmode=secret"
    assert "secret" not in await move.refused("authlib-oauth1")
    move.source = "postgresql://jane:secret@127.0.0.1:1/old?sslmode=prefer"
    assert "it cannot be read" in await move.refused("authlib-oauth1")


async def test_rows_with_less_than_they_should_have_are_left_out(move: Move) -> None:
    rows = old.authlib_oauth2()
    [client], [token, *_] = rows["oauth2_client"], rows["oauth2_token"]
    wrong: Sequence[dict[str, Any]] = ({"client_id": None}, {"client_metadata": '{"scope": 7}'},
             {"client_metadata": '{"redirect_uris": [7]}'}, {"client_metadata": '{"scope": ["a"]}'},
             {"client_metadata": '{"grant_types": "authorization_code"}'})  # fmt: skip
    odd = [{**client, "id": n, "client_id": f"odd-{n}", **one} for n, one in enumerate(wrong, 2)]
    empty = [{**token, "id": 2, "access_token": None, "refresh_token": "alone"},
             {**token, "id": 3, "access_token": "", "refresh_token": ""}]  # fmt: skip
    tables = {**rows, "oauth2_client": [client, *odd], "oauth2_token": [token, *empty]}
    await lay(move.source, tables)
    said = await move("authlib-oauth2")
    assert said["clients"] == {"created": 1, "present": 0, "left_out": len(odd)}
    assert (said["tokens"]["access"], said["tokens"]["refresh"]) == (1, 2)


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
