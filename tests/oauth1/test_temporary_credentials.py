"""RFC 5849 §2.1: temporary credentials."""

from typing import Any

import pytest

from consentry.crypto import tokens
from consentry.spec.oauth1.signing import Credentials
from support.signing import (
    KEY,
    add_oauth1_client,
    approve,
    exchange,
    initiate,
    returned,
    send_signed,
    whoami,
)
from support.token_side import disable_client
from support.world import CALLBACK, SECRET, World

PRINTER = Credentials(KEY, SECRET)


async def granted(world: World, temporary: Any) -> str:
    """The scope of what the temporary credentials buy, everything approved."""
    back = returned(await approve(world, temporary["oauth_token"]))
    bought = await exchange(world, temporary, back["oauth_verifier"])
    credentials = Credentials(KEY, SECRET, bought["oauth_token"], bought["oauth_token_secret"])
    return str((await whoami(world, credentials)).json()["scope"])


async def test_the_answer_is_a_form_that_no_cache_keeps(photos: World) -> None:
    """RFC 5849 §2.1; S0 create_temporary_credentials_response: status, members, headers"""
    answer = await initiate(photos)
    assert answer.status == 200
    assert list(answer.members) == [
        "oauth_token", "oauth_token_secret", "oauth_callback_confirmed",
    ]  # fmt: skip
    headers = answer.response.headers
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert (headers["cache-control"], headers["pragma"]) == ("no-store", "no-cache")
    assert answer["oauth_token"].startswith(tokens.TEMPORARY_CREDENTIAL)
    assert len(answer["oauth_token_secret"]) == 43


async def test_the_callback_is_confirmed_by_the_literal_true(photos: World) -> None:
    """RFC 5849 §2.1; PARITY 2.2 Callback confirm; PARITY 6 Authlib 1.0 initiate: `true`"""
    answer = await initiate(photos)
    assert "oauth_callback_confirmed=true" in answer.response.text.split("&")


async def test_no_two_requests_are_answered_alike(photos: World) -> None:
    """S0 create_temporary_credential"""
    first, second = await initiate(photos), await initiate(photos)
    assert first["oauth_token"] != second["oauth_token"]
    assert first["oauth_token_secret"] != second["oauth_token_secret"]


async def test_strangers_and_clients_make_no_rows_but_nonces(photos: World) -> None:
    """THREATS 57: nothing waits in the database for a decision that may never come."""
    temporary = await initiate(photos)
    page = await photos.new_browser().get(
        "/oauth1/authorize", params={"oauth_token": temporary["oauth_token"]}
    )
    assert page.status_code == 303
    user = await photos.store().users.by_identifier("jane")
    assert user is not None
    assert not await photos.store().authorizations.of_user(user.user_id, photos.clock())


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_post_will_do(photos: World, method: str) -> None:
    """S0 validate_temporary_credentials_request: 405 for any other method"""
    extra = {"oauth_callback": CALLBACK}
    answer = await send_signed(photos, method, "/oauth1/initiate", PRINTER, extra=extra)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_callback_is_required(photos: World) -> None:
    """RFC 5849 §2.1, advisory 2009.1: the 1.0 way without a callback is gone."""
    for extra in ({}, {"oauth_callback": ""}):
        answer = await send_signed(photos, "POST", "/oauth1/initiate", PRINTER, extra=extra)
        assert answer.status_code == 400
        assert "oauth_problem=parameter_absent" in answer.text
        assert "oauth_parameters_absent=oauth_callback" in answer.text


WRONG_CALLBACKS = {
    "another path": CALLBACK + "/elsewhere",
    "another query": CALLBACK + "?a=b",
    "another host": "https://evil.example/ready",
    "user information": "http://127.0.0.1:9999@evil.example/ready",
    "a script": "javascript:alert(1)",
    "relative": "/ready",
    "no URL": "ready",
    "oob in capitals": "OOB",
    "a line break": CALLBACK + "\r\nSet-Cookie: a=b",
}


@pytest.mark.parametrize("wrong", WRONG_CALLBACKS)
async def test_an_unregistered_callback_is_refused(photos: World, wrong: str) -> None:
    """RFC 5849 §2.1, THREATS 5, 10"""
    answer = await initiate(photos, callback=WRONG_CALLBACKS[wrong])
    assert (answer.status, answer.problem) == (400, "parameter_rejected")
    assert "oauth_callback" in answer["oauth_problem_advice"]


async def test_a_native_apps_port_may_differ(photos: World) -> None:
    """RFC 8252 §7.3, as in the other protocol"""
    assert (await initiate(photos, callback="http://127.0.0.1:51004/ready")).status == 200


@pytest.mark.parametrize(
    ("registered", "status"),
    [((), 200), (("oob",), 200), ((CALLBACK, "oob"), 200), ((CALLBACK,), 400)],
    ids=["none", "oob", "both", "an address only"],
)
async def test_oob_is_for_clients_that_registered_it_or_nothing(
    photos: World, registered: tuple[str, ...], status: int
) -> None:
    """RFC 5849 §2.1, THREATS 5"""
    client_id = f"typing-{'-'.join(one[:3] for one in registered)}"
    await add_oauth1_client(photos, client_id, redirect_uris=list(registered))
    answer = await initiate(photos, Credentials(client_id, SECRET), callback="oob")
    assert answer.status == status


async def test_an_address_is_refused_where_none_is_registered(photos: World) -> None:
    """THREATS 5"""
    await add_oauth1_client(photos, "nowhere", redirect_uris=[])
    assert (await initiate(photos, Credentials("nowhere", SECRET))).status == 400


async def test_a_token_has_no_place_here(photos: World) -> None:
    """RFC 5849 §2.1; THREATS 7"""
    first = await initiate(photos)
    held = Credentials(KEY, SECRET, first["oauth_token"], first["oauth_token_secret"])
    answer = await initiate(photos, held)
    assert (answer.status, answer.problem) == (400, "parameter_rejected")


async def test_an_empty_token_counts_as_none(photos: World) -> None:
    """RFC 5849 §3.1; S1 Empty token on the first request"""
    assert (await initiate(photos, extra={"oauth_token": ""})).status == 200


async def test_the_scope_asked_for_is_the_scope_granted(world: World) -> None:
    """CONTRACT: the `scope` parameter, in the query, in a form, or left out"""
    by_query = await initiate(world, path="/oauth1/initiate?scope=photos.read")
    assert await granted(world, by_query) == "photos.read"
    form = "application/x-www-form-urlencoded"
    by_form = await initiate(world, body=b"scope=photos.print", content_type=form)
    assert await granted(world, by_form) == "photos.print"
    assert await granted(world, await initiate(world)) == "photos.read photos.print"
    empty = await initiate(world, path="/oauth1/initiate?scope=")
    assert await granted(world, empty) == "photos.read photos.print"


@pytest.mark.parametrize("scope", ["profile", "photos.read+profile", "photos.delete", "%22"])
async def test_a_wider_scope_is_refused(photos: World, scope: str) -> None:
    """THREATS 19: not registered for the client, unknown, or malformed"""
    answer = await initiate(photos, path=f"/oauth1/initiate?scope={scope}")
    assert (answer.status, answer.problem) == (400, "parameter_rejected")
    assert "scope" in answer["oauth_problem_advice"]


async def test_a_scope_named_twice_is_refused(photos: World) -> None:
    """THREATS 12: whichever was meant, it is not for us to choose."""
    answer = await initiate(photos, path="/oauth1/initiate?scope=photos.read&scope=photos.print")
    assert (answer.status, answer.problem) == (400, "parameter_rejected")


async def test_unknown_scopes_are_dropped_where_policy_says_so(world: World) -> None:
    """CONTRACT: `unknown_scopes: ignore` drops what nobody declared, not what is too wide."""
    await world.settings(unknown_scopes="ignore")
    some = await initiate(world, path="/oauth1/initiate?scope=photos.read+photos.delete")
    assert await granted(world, some) == "photos.read"
    wide = await initiate(world, path="/oauth1/initiate?scope=photos.read+profile")
    assert wide.problem == "parameter_rejected"


async def test_a_disabled_client_is_told_so_once_it_proved_itself(world: World) -> None:
    """RFC 5849 §3.2; THREATS 16"""
    await disable_client(world, KEY)
    answer = await initiate(world)
    assert (answer.status, answer.problem) == (401, "consumer_key_refused")
    stranger = await initiate(world, Credentials(KEY, "a wrong secret, a wrong secret"))
    assert (stranger.status, stranger.problem) == (401, "signature_invalid")


async def test_a_client_of_the_other_protocol_is_unknown(photos: World) -> None:
    """CONTRACT: `protocols` says what a client speaks."""
    answer = await initiate(photos, Credentials("printer", SECRET))
    assert (answer.status, answer.problem) == (401, "signature_invalid")


async def test_a_client_of_both_protocols_speaks_both(photos: World) -> None:
    await photos.add_client("both", protocols=["oauth1", "oauth2"])
    assert (await initiate(photos, Credentials("both", SECRET))).status == 200
    data = {"grant_type": "client_credentials"}
    assert (await photos.token(data, client_id="both")).status == 200


async def test_a_callback_longer_than_a_token_can_hold_is_refused(photos: World) -> None:
    """THREATS 56"""
    long = "https://app.example/" + "a" * 1_980
    scope = " ".join(f"s{number:04}{'x' * 90}" for number in range(40))
    await add_oauth1_client(photos, "long", redirect_uris=[long], scope=scope)
    answer = await initiate(photos, Credentials("long", SECRET), callback=long)
    assert (answer.status, answer.problem) == (400, "parameter_rejected")
