"""Moving in: what another product issued keeps counting, at our front door."""

import asyncio
import json

from consentry.spec.oauth1.signing import Credentials
from imports import old_products as old
from imports.moving import SIGNER, Move, bearer, signing
from imports.old_products import SECRET, lay
from support.signing import deliver, send_signed, sign, whoami

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
    request = sign(move.world, "GET", "/api/v1/whoami", signing())
    assert (await deliver(move.world, "GET", request)).status_code == 200
    assert (await deliver(move.world, "GET", request)).json()["code"] == "nonce_used"


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
        "scope": "photos.read consentry:admin consentry:users",
        "grant_types": ["authorization_code", "implicit"],
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


async def test_a_token_never_opens_what_its_client_was_given_here(move: Move) -> None:
    """THREATS 19: nobody who allowed a client anything there allowed our own API."""
    own, both = "photos.read consentry:users", ["oauth1", "oauth2"]
    for name in ("printing", SIGNER):
        await move.world.add_client(name, secret=SECRET, scope=own, protocols=both)
    rows = old.authlib_oauth2()
    tokens = [{**row, "scope": own} for row in rows["oauth2_token"]]
    await lay(move.source, {**old.authlib_oauth1(), **rows, "oauth2_token": tokens})
    await move("authlib-oauth2")
    await move("authlib-oauth1")
    assert (await bearer(move.world, "live-access"))[1]["scope"] == "photos.read"
    assert (await bearer(move.world, "clients-own"))[1]["scope"] == "photos.read"
    assert (await whoami(move.world, signing())).json()["scope"] == "photos.read"


async def test_a_client_without_a_usable_secret_or_address_is_told_of(move: Move) -> None:
    rows = old.authlib_oauth2({"redirect_uris": ["http://printer.example.com/"]})
    clients = [{**rows["oauth2_client"][0], "client_secret": "short"}]
    await lay(move.source, {**rows, "oauth2_client": clients})
    said = await move("authlib-oauth2")
    assert any("without its secret" in note for note in said["notes"])
    assert any("authorization_code" in note for note in said["notes"])
    assert (await bearer(move.world, "live-access"))[0] == 200
