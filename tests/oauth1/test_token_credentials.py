"""RFC 5849 §2.3: token credentials for approved temporary ones."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from consentry.crypto import tokens
from consentry.spec.oauth1.signing import Credentials
from support.signing import (
    KEY,
    Answer,
    add_oauth1_client,
    approve,
    exchange,
    initiate,
    returned,
    send_signed,
    token_credentials,
    whoami,
)
from support.token_side import another_process, disable_client, disable_user
from support.world import CALLBACK, SECRET, World

WRONG = "x" * 43
TV = Credentials("tv", SECRET)


@dataclass
class Approved:
    """Temporary credentials with the verifier a person brought back."""

    temporary: Answer
    verifier: str


async def approved(world: World) -> Approved:
    temporary = await initiate(world)
    back = returned(await approve(world, temporary["oauth_token"]))
    return Approved(temporary, back["oauth_verifier"])


async def typed(world: World) -> Approved:
    """The same where the person is shown what to type."""
    if await world.store().clients.get("tv") is None:
        await add_oauth1_client(world, "tv", redirect_uris=["oob"])
    temporary = await initiate(world, TV, callback="oob")
    page = await approve(world, temporary["oauth_token"])
    assert page.status_code == 200, page.text
    shown = page.text.partition('id="oauth_verifier"')[2].partition(">")[2].partition("<")[0]
    return Approved(temporary, shown)


async def typing(world: World, given: Approved, verifier: str) -> Answer:
    return await exchange(world, given.temporary, verifier, client_key="tv")


async def test_an_approval_buys_token_credentials(each_world: World) -> None:
    """RFC 5849 §2.3; S0 create_token_response"""
    given = await approved(each_world)
    answer = await exchange(each_world, given.temporary, given.verifier)
    assert answer.status == 200
    assert list(answer.members) == ["oauth_token", "oauth_token_secret"]
    headers = answer.response.headers
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert (headers["cache-control"], headers["pragma"]) == ("no-store", "no-cache")
    assert answer["oauth_token"].startswith(tokens.TOKEN_CREDENTIAL)
    assert answer["oauth_token"] != given.temporary["oauth_token"]
    assert len(answer["oauth_token_secret"]) == 43


async def test_temporary_credentials_are_spent_once(each_world: World) -> None:
    """THREATS 7"""
    given = await approved(each_world)
    bought = await exchange(each_world, given.temporary, given.verifier)
    again = await exchange(each_world, given.temporary, given.verifier)
    assert (again.status, again.problem) == (401, "token_used")
    credentials = Credentials(KEY, SECRET, bought["oauth_token"], bought["oauth_token_secret"])
    assert (await whoami(each_world, credentials)).status_code == 200


async def test_of_20_parallel_exchanges_one_wins(each_world: World) -> None:
    """THREATS 7; S0 delete_temporary_credential: exactly once, on every process"""
    given = await approved(each_world)
    settings = each_world.deployment.settings
    if settings.is_sqlite:
        places = [each_world]
        answers = await asyncio.gather(
            *(exchange(places[0], given.temporary, given.verifier) for _ in range(20))
        )
    else:
        async with another_process(each_world) as other:
            places = [each_world, other]
            answers = await asyncio.gather(
                *(exchange(places[n % 2], given.temporary, given.verifier) for n in range(20))
            )
    assert sorted(answer.status for answer in answers) == [200] + [401] * 19
    assert {answer.problem for answer in answers} == {None, "token_used"}


# The verifier


async def test_a_verifier_is_required(world: World) -> None:
    """RFC 5849 §2.3; THREATS 5"""
    given = await approved(world)
    held = given.temporary
    credentials = Credentials(KEY, SECRET, held["oauth_token"], held["oauth_token_secret"])
    for extra in ({}, {"oauth_verifier": ""}):
        answer = await send_signed(world, "POST", "/oauth1/token", credentials, extra=extra)
        assert answer.status_code == 400
        assert "oauth_parameters_absent=oauth_verifier" in answer.text
    assert (await exchange(world, held, given.verifier)).status == 200


async def test_five_wrong_verifiers_void_the_credentials(each_world: World) -> None:
    """THREATS 6; PARITY 6 Authlib 1.0 verifier: unlimited tries"""
    given = await approved(each_world)
    for _ in range(5):
        answer = await exchange(each_world, given.temporary, WRONG)
        assert (answer.status, answer.problem) == (401, "verifier_invalid")
    answer = await exchange(each_world, given.temporary, given.verifier)
    assert (answer.status, answer.problem) == (401, "token_rejected")


async def test_four_wrong_verifiers_do_not(world: World) -> None:
    """THREATS 6"""
    given = await approved(world)
    for _ in range(4):
        await exchange(world, given.temporary, WRONG)
    assert (await exchange(world, given.temporary, given.verifier)).status == 200


async def test_parallel_guesses_are_five_at_most(each_world: World) -> None:
    """THREATS 6: counted atomically"""
    given = await approved(each_world)
    answers = await asyncio.gather(
        *(exchange(each_world, given.temporary, f"{n:043}") for n in range(20))
    )
    problems = sorted(str(answer.problem) for answer in answers)
    assert problems == ["token_rejected"] * 15 + ["verifier_invalid"] * 5
    last = await exchange(each_world, given.temporary, given.verifier)
    assert last.problem == "token_rejected"


async def test_without_an_approval_right_and_wrong_verifiers_are_answered_alike(
    world: World,
) -> None:
    """THREATS 6: the answer tells a guesser nothing before the approval."""
    temporary = await initiate(world)
    guess = await exchange(world, temporary, WRONG)
    page = await world.browser.get(
        "/oauth1/authorize", params={"oauth_token": temporary["oauth_token"]}
    )
    assert page.status_code == 303
    # The right one, which nobody can know yet: learnt below, from the approval.
    right = returned(await approve(world, temporary["oauth_token"]))["oauth_verifier"]
    other = await initiate(world)
    early = await exchange(world, other, right)
    assert (guess.status, guess.response.content) == (early.status, early.response.content)
    assert guess.problem == "verifier_invalid"


async def test_the_right_verifier_counts_for_its_own_approval_alone(world: World) -> None:
    """THREATS 6: bound to one approval"""
    first, second = await approved(world), await approved(world)
    assert (await exchange(world, first.temporary, second.verifier)).problem == "verifier_invalid"
    assert (await exchange(world, first.temporary, first.verifier)).status == 200
    assert (await exchange(world, second.temporary, second.verifier)).status == 200


@pytest.mark.parametrize("change", [str.upper, lambda v: v + " ", lambda v: v[:-1]])
async def test_a_verifier_by_redirect_is_compared_as_it_is(
    world: World, change: Callable[[str], str]
) -> None:
    """RFC 5849 §2.3"""
    given = await approved(world)
    wrong = change(given.verifier)
    assert (await exchange(world, given.temporary, wrong)).problem == "verifier_invalid"


async def test_a_verifier_to_type_is_eight_plain_letters(world: World) -> None:
    """THREATS 6: 20⁸ of them, none a vowel"""
    shown = {(await typed(world)).verifier for _ in range(3)}
    assert len(shown) == 3
    for verifier in shown:
        assert len(verifier) == 8
        assert set(verifier) <= set("BCDFGHJKLMNPQRSTVWXZ")


@pytest.mark.parametrize(
    "spelling",
    [
        str.lower,
        lambda v: f" {v[:4]}-{v[4:]} ",
        lambda v: " ".join(v),
        lambda v: v[:4].lower() + "\u00a0" + v[4:],
    ],
    ids=["lower case", "hyphen", "spaces", "no-break space"],
)
async def test_what_a_person_types_counts_however_it_is_spelt(
    world: World, spelling: Callable[[str], str]
) -> None:
    given = await typed(world)
    answer = await typing(world, given, spelling(given.verifier))
    assert answer.status == 200


async def test_five_wrong_typed_verifiers_void_them_too(world: World) -> None:
    """THREATS 6"""
    given = await typed(world)
    for _ in range(5):
        assert (await typing(world, given, "BBBBBBBB")).problem == "verifier_invalid"
    assert (await typing(world, given, given.verifier)).problem == "token_rejected"


# Whose they are


async def test_another_clients_temporary_credentials_buy_nothing(world: World) -> None:
    """THREATS 7; PARITY 6 Authlib 1.0 exchange: cross-client"""
    await add_oauth1_client(world, "thief")
    early = await exchange(world, await initiate(world), WRONG, client_key="thief")
    assert (early.status, early.problem) == (401, "token_rejected")
    given = await approved(world)
    answer = await exchange(world, given.temporary, given.verifier, client_key="thief")
    assert (answer.status, answer.problem) == (401, "token_rejected")
    assert (await exchange(world, given.temporary, given.verifier)).status == 200


async def test_who_does_not_know_the_secret_destroys_nothing(world: World) -> None:
    """PARITY 6 Authlib 1.0 exchange: any failed request destroys the credential"""
    given = await approved(world)
    stolen = {**given.temporary.members, "oauth_token_secret": "not it"}
    for secret in (SECRET, "a wrong secret, a wrong secret"):
        held = Credentials(KEY, secret, stolen["oauth_token"], stolen["oauth_token_secret"])
        for verifier in (WRONG, given.verifier) * 4:
            extra = {"oauth_verifier": verifier}
            answer = await send_signed(world, "POST", "/oauth1/token", held, extra=extra)
            assert "oauth_problem=signature_invalid" in answer.text
    assert (await exchange(world, given.temporary, given.verifier)).status == 200


async def test_token_credentials_buy_nothing(world: World) -> None:
    """THREATS 7, 32"""
    credentials = await token_credentials(world)
    extra = {"oauth_verifier": WRONG}
    answer = await send_signed(world, "POST", "/oauth1/token", credentials, extra=extra)
    assert (answer.status_code, "signature_invalid" in answer.text) == (401, True)


async def test_temporary_credentials_are_never_a_token(world: World) -> None:
    """THREATS 7, 32: not before, not after the approval, not after the exchange"""
    given = await approved(world)
    fresh = await initiate(world)
    for temporary in (fresh, given.temporary):
        held = Credentials(KEY, SECRET, temporary["oauth_token"], temporary["oauth_token_secret"])
        assert (await whoami(world, held)).json()["code"] == "signature_invalid"
    await exchange(world, given.temporary, given.verifier)
    assert (await whoami(world, held)).json()["code"] == "signature_invalid"


async def test_a_code_of_the_other_protocol_buys_nothing(world: World) -> None:
    """THREATS 32"""
    code = await world.authorize()
    held = Credentials(KEY, SECRET, code, "")
    extra = {"oauth_verifier": WRONG}
    answer = await send_signed(world, "POST", "/oauth1/token", held, extra=extra)
    assert "oauth_problem=signature_invalid" in answer.text


async def test_an_approved_temporary_token_is_no_code(world: World) -> None:
    """THREATS 32"""
    await add_oauth1_client(
        world, "both", protocols=["oauth1", "oauth2"], grant_types=["authorization_code"]
    )
    temporary = await initiate(world, Credentials("both", SECRET))
    await approve(world, temporary["oauth_token"])
    answer = await world.redeem(
        temporary["oauth_token"], client_id="both", changes={"redirect_uri": CALLBACK}
    )
    assert answer.error == "invalid_grant"


# How long


async def test_temporary_credentials_end_after_ten_minutes(world: World) -> None:
    """THREATS 7; S0 get_temporary_credential: None when expired"""
    given = await approved(world)
    world.clock.forward(601)
    answer = await exchange(world, given.temporary, given.verifier)
    assert (answer.status, answer.problem) == (401, "token_expired")


async def test_they_last_until_then(world: World) -> None:
    world.clock.hold()
    given = await approved(world)
    world.clock.forward(590)
    assert (await exchange(world, given.temporary, given.verifier)).status == 200


async def test_a_disabled_client_buys_nothing(world: World) -> None:
    """THREATS 16"""
    given = await approved(world)
    await disable_client(world, KEY)
    answer = await exchange(world, given.temporary, given.verifier)
    assert (answer.status, answer.problem) == (401, "consumer_key_refused")


async def test_nothing_is_bought_for_a_disabled_person(world: World) -> None:
    """THREATS 16"""
    given = await approved(world)
    await disable_user(world)
    answer = await exchange(world, given.temporary, given.verifier)
    assert (answer.status, answer.problem) == (401, "token_rejected")


async def test_a_consent_withdrawn_meanwhile_ends_them(world: World) -> None:
    """THREATS 16"""
    given = await approved(world)
    user = await world.store().users.by_identifier("jane")
    assert user is not None
    await world.store().consents.withdraw(user.user_id, KEY, world.clock())
    answer = await exchange(world, given.temporary, given.verifier)
    assert (answer.status, answer.problem) == (401, "token_revoked")


async def test_a_long_callback_and_a_long_scope_are_kept_whole(strict_world: World) -> None:
    """THREATS 56: as long as may be registered, on a database that minds"""
    long = "https://app.example/" + "a" * 1_980
    await add_oauth1_client(strict_world, "long", redirect_uris=[long])
    credentials = Credentials("long", SECRET)
    temporary = await initiate(strict_world, credentials, callback=long)
    answer = await approve(strict_world, temporary["oauth_token"])
    assert answer.headers["location"].startswith(long + "?oauth_token=")
    verifier = returned(answer)["oauth_verifier"]
    assert (await exchange(strict_world, temporary, verifier, client_key="long")).status == 200
