"""Registered clients and their secrets."""

from uuid import UUID, uuid4

import pytest

from consentry.records.client import ClientSecret
from consentry.store.ports import Duplicate
from consentry.store.sql.store import SqlStore
from store.rows import DAY, HOUR, NOW, Place, at_once, client, secret


async def test_a_client_comes_back_as_saved(here: Place, elsewhere: Place) -> None:
    metadata: dict[str, object] = {
        "redirect_uris": ["https://a.example.com/é"],
        "jwks": {"keys": []},
        "x": None,
    }
    row = client("https://client.example.com/id", metadata_=metadata, disabled_at=NOW)
    await here.inside.clients.save(row)
    found = await here.inside.clients.get("https://client.example.com/id")
    assert found is not None
    assert found.row.model_dump() == row.model_dump()
    assert found.row.tenant_id == here.tenant.tenant_id
    assert found.secrets == ()
    assert await elsewhere.inside.clients.get("https://client.example.com/id") is None


async def test_a_client_id_has_a_case(here: Place) -> None:
    """RFC 6749 §2.2 leaves its shape to us: two spellings are two clients."""
    assert await here.inside.clients.get("PRINTER") is None


async def test_saving_again_changes_the_client(here: Place) -> None:
    await here.inside.clients.save(client(metadata_={"client_name": "Copier"}))
    found = await here.inside.clients.get("printer")
    assert found is not None
    assert found.row.metadata_ == {"client_name": "Copier"}


async def test_a_client_saved_by_several_at_once_is_there(here: Place) -> None:
    await at_once(*(here.inside.clients.save(client("new")) for _ in range(8)))
    assert await here.inside.clients.get("new") is not None


async def test_clients_are_listed_by_id_with_their_secrets(here: Place, elsewhere: Place) -> None:
    for client_id in ("scanner", "album"):
        await here.inside.clients.save(client(client_id))
    old = secret(secret_id=UUID(int=1), created_at=NOW - HOUR)
    new = secret(secret_id=UUID(int=2), sealed=b"\x00\x01", expires_at=NOW + DAY)
    for row in (old, new, secret("album")):
        await here.inside.clients.add_secret(row)
    await elsewhere.inside.clients.add_secret(secret())
    first = await here.inside.clients.page(limit=2)
    assert [one.row.client_id for one in first] == ["album", "printer"]
    assert [one.model_dump() for one in first[1].secrets] == [new.model_dump(), old.model_dump()]
    rest = await here.inside.clients.page(after="printer")
    assert [one.row.client_id for one in rest] == ["scanner"]


async def test_a_secret_is_added_once(here: Place) -> None:
    row = secret()
    await here.inside.clients.add_secret(row)
    with pytest.raises(Duplicate):
        await here.inside.clients.add_secret(secret(secret_id=row.secret_id))


async def test_ending_secrets_spares_the_new_one(here: Place, elsewhere: Place) -> None:
    kept, old, soon, late = (
        secret(),
        secret(),
        secret(expires_at=NOW),
        secret(expires_at=NOW + DAY),
    )
    for row in (kept, old, soon, late, secret("other")):
        await here.inside.clients.add_secret(row)
    await elsewhere.inside.clients.add_secret(secret())
    await here.inside.clients.end_secrets("printer", except_id=kept.secret_id, at=NOW + HOUR)
    ends = {one.secret_id: one.expires_at for one in await secrets_of(here, "printer")}
    assert ends == {
        kept.secret_id: None,
        old.secret_id: NOW + HOUR,
        soon.secret_id: NOW,
        late.secret_id: NOW + HOUR,
    }
    foreign = await elsewhere.inside.clients.get("printer")
    assert foreign is not None
    assert foreign.secrets[0].expires_at is None


async def test_ending_secrets_is_of_one_client(here: Place) -> None:
    await here.inside.clients.save(client("other"))
    await here.inside.clients.add_secret(secret("other"))
    await here.inside.clients.end_secrets("printer", except_id=uuid4(), at=NOW)
    assert (await secrets_of(here, "other"))[0].expires_at is None


async def secrets_of(place: Place, client_id: str) -> tuple[ClientSecret, ...]:
    found = await place.inside.clients.get(client_id)
    assert found is not None
    return found.secrets


async def test_last_uses_are_noted_and_missing_secrets_ignored(
    here: Place, elsewhere: Place
) -> None:
    used, unused = secret(), secret()
    for row in (used, unused):
        await here.inside.clients.add_secret(row)
    await elsewhere.inside.clients.add_secret(secret(secret_id=used.secret_id))
    await here.inside.clients.secrets_used(
        [
            ("printer", used.secret_id, NOW + HOUR),
            ("printer", uuid4(), NOW),
            ("gone", unused.secret_id, NOW),
        ]
    )
    assert (await secrets_of(elsewhere, "printer"))[0].last_used_at is None
    uses = {one.secret_id: one.last_used_at for one in await secrets_of(here, "printer")}
    assert uses == {used.secret_id: NOW + HOUR, unused.secret_id: None}


async def test_a_client_is_deleted_with_all_that_hangs_on_it(here: Place, elsewhere: Place) -> None:
    jane = here.user.user_id
    await here.inside.clients.save(client("other"))
    for place in (here, elsewhere):
        await place.inside.clients.add_secret(secret())
        await place.inside.consents.grant(jane, "printer", "", "openid", NOW)
    await here.inside.consents.grant(jane, "other", "", "openid", NOW)
    gone, kept = await here.redeemed(), await here.redeemed(client_id="other")
    foreign = await elsewhere.redeemed()
    assert await here.inside.clients.delete("printer")
    assert not await here.inside.clients.delete("printer")
    assert await here.inside.clients.get("printer") is None
    assert [one.client_id for one in await here.inside.consents.of_user(jane)] == ["other"]
    assert await here.inside.authorizations.get(gone) is None
    assert await here.inside.authorizations.get(kept) is not None
    assert await elsewhere.inside.authorizations.get(foreign) is not None
    assert len(await secrets_of(elsewhere, "printer")) == 1
    await here.inside.clients.save(client())
    assert await secrets_of(here, "printer") == (), "a new client of that name starts afresh"


async def test_a_page_of_nothing_is_empty(store: SqlStore) -> None:
    assert await store.inside(uuid4()).clients.page() == []
