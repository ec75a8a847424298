"""Signing in: who gets in, what it costs to guess, and what a guess tells."""

import asyncio
from types import SimpleNamespace
from uuid import UUID

import httpx
import pytest
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from consentry.crypto.passwords import hash_password, is_outdated, verify_password
from consentry.identity.password import network, renew
from consentry.main import Application
from consentry.records.user import User
from consentry.settings import Settings
from consentry.tenancy.context import open_tenant
from support.people import asked, enter, landed, page_of, step_of
from support.world import PASSWORD, PASSWORD_HASH, Clock, World, hidden, running_world

WRONG = "Username or password is wrong."


async def cheapen(world: World) -> str:
    """Jane's hash of the same password, as cheap as it was once; the hash."""
    kdf = Argon2id(salt=bytes(8), length=16, iterations=1, lanes=1, memory_cost=8)
    jane, cheap = await jane_of(world), kdf.derive_phc_encoded(PASSWORD.encode())
    assert await world.store().users.rehash(jane.user_id, jane.password_hash or "", cheap)
    return cheap


async def jane_of(world: World) -> User:
    """Jane as stored."""
    found = await world.store().users.by_identifier("jane")
    assert found is not None
    return found


async def is_signed_in(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/account")).status_code == 200


@pytest.mark.parametrize("name", ["jane", "JANE", "Jane@Example.COM", "jane@example.com"])
async def test_username_and_e_mail_work_in_any_case(world: World, name: str) -> None:
    answer = await world.sign_in(username=name)
    assert step_of(answer) == "/account"
    assert "Jane Doe" in (await world.browser.get("/account")).text


async def test_the_account_without_a_login_leads_to_sign_in(still_world: World) -> None:
    async with still_world.new_browser() as browser:
        assert step_of(await browser.get("/account")) == "/login"


async def test_each_sign_in_makes_a_new_session_and_ends_the_old(each_world: World) -> None:
    """THREATS 46, OWASP ASVS 3.2.1"""
    await each_world.sign_in()
    first = each_world.browser.cookies["consentry_login"]
    await each_world.sign_in()
    second = each_world.browser.cookies["consentry_login"]
    assert first != second
    async with each_world.new_browser(cookies={"consentry_login": first}) as thief:
        assert not await is_signed_in(thief)
    assert await is_signed_in(each_world.browser)


async def test_a_hash_that_became_too_cheap_is_replaced_at_sign_in(each_world: World) -> None:
    """OWASP ASVS 2.4: costs rise, and nobody has to choose a new password for it."""
    cheap = await cheapen(each_world)
    tokens = await each_world.redeem(await each_world.authorize())
    stored = (await jane_of(each_world)).password_hash or ""
    assert stored != cheap and not is_outdated(stored) and verify_password(PASSWORD, stored)
    await each_world.sign_in()
    assert (await jane_of(each_world)).password_hash == stored
    assert await is_signed_in(each_world.browser)
    assert await each_world.is_active(tokens.access_token)


async def test_a_wrong_password_replaces_no_hash(world: World) -> None:
    cheap = await cheapen(world)
    await world.sign_in(password="wrong")
    assert (await jane_of(world)).password_hash == cheap


async def test_two_sign_ins_at_once_both_renew_the_hash_and_both_get_in(world: World) -> None:
    await cheapen(world)
    browsers = [world.new_browser() for _ in range(3)]
    await asyncio.gather(*[world.sign_in(one) for one in browsers])
    assert all([await is_signed_in(one) for one in browsers])


async def test_a_password_changed_while_its_hash_is_renewed_lets_nobody_in(world: World) -> None:
    """THREATS 16"""
    await cheapen(world)
    row = await world.deployment.store.tenants.by_slug("photos")
    assert row is not None
    ctx = await open_tenant(world.deployment, row)
    stale = await jane_of(world)
    better = hash_password("another password")
    await world.store().users.set_password(stale.user_id, better, world.clock())
    assert await renew(ctx, stale, stale.password_hash or "", PASSWORD) is None
    assert (await jane_of(world)).password_hash == better


async def test_a_planted_session_id_is_never_adopted(world: World) -> None:
    """THREATS 46"""
    planted = "p" * 43
    async with world.new_browser(cookies={"consentry_login": planted}) as victim:
        answer = await world.sign_in(victim)
        assert planted not in str(answer.headers.get_list("set-cookie"))
    async with world.new_browser(cookies={"consentry_login": planted}) as thief:
        assert not await is_signed_in(thief)


async def test_signing_in_again_keeps_what_was_authorized(each_world: World) -> None:
    code = await each_world.authorize()
    bought = await each_world.redeem(code)
    await each_world.sign_in()
    assert await each_world.is_active(bought.access_token)
    assert (await each_world.refresh(bought.refresh_token)).status == 200


async def test_another_person_signing_in_ends_what_the_first_was_authorized(
    each_world: World,
) -> None:
    await each_world.add_user("john")
    bought = await each_world.redeem(await each_world.authorize())
    await each_world.sign_in(username="john")
    assert not await each_world.is_active(bought.access_token)


async def test_a_login_ends_by_itself(world: World) -> None:
    """Setting login_lifetime"""
    await world.sign_in()
    world.clock.forward(43_201)
    assert not await is_signed_in(world.browser)


async def refused(world: World) -> dict[str, httpx.Response]:
    """One answer for each way not to get in, from the same form."""
    john = await world.add_user("john")
    john.disabled_at = world.clock()
    await world.store().users.save(john)
    nell = await world.add_user("nell")
    nell.password_hash = None
    await world.store().users.save(nell)
    page = await world.browser.get("/login")
    tries = {
        "unknown": ("nobody", PASSWORD), "wrong": ("jane", "wrong"), "empty": ("jane", ""),
        "disabled": ("john", PASSWORD), "without": ("nell", PASSWORD),
        "long": ("x" * 400, PASSWORD), "nobody": ("", ""),
    }  # fmt: skip
    return {
        name: await enter(world.browser, page, user, password)
        for name, (user, password) in tries.items()
    }


async def test_every_refusal_reads_alike(world: World) -> None:
    """THREATS 48"""
    answers = await refused(world)
    assert {answer.status_code for answer in answers.values()} == {400}
    assert all(WRONG in answer.text for answer in answers.values())
    named = {"unknown": "nobody", "wrong": "jane", "disabled": "john", "without": "nell"}
    shapes = {answers[name].text.replace(f'value="{user}"', "") for name, user in named.items()}
    assert len(shapes) == 1
    headers = [{*answer.headers} - {"content-length"} for answer in answers.values()]
    assert all(one == headers[0] for one in headers)


async def test_every_refusal_costs_a_password_check(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """THREATS 48: each is answered after one derivation, as dear as for a wrong password."""
    spent: list[str] = []

    def check(password: bytes, phc: str) -> None:
        try:
            Argon2id.verify_phc_encoded(password, phc)
        except InvalidKey:
            # Another error would tell of a text that nothing was derived for.
            spent.append(phc.rsplit("$", 2)[0])
            raise

    kdf = SimpleNamespace(verify_phc_encoded=check)
    monkeypatch.setattr("consentry.crypto.passwords.Argon2id", kdf)
    page = await world.browser.get("/login")
    john = await world.add_user("john")
    john.disabled_at = world.clock()
    await world.store().users.save(john)

    for username, password in (
        ("jane", "wrong"), ("nobody", PASSWORD), ("jane", ""), ("john", PASSWORD),
    ):  # fmt: skip
        await enter(world.browser, page, username, password)
        assert spent == [PASSWORD_HASH.rsplit("$", 2)[0]], username
        spent.clear()


async def test_a_wrong_password_keeps_the_name_and_the_flow(world: World) -> None:
    page = await page_of(world)
    again = await enter(world.browser, page, "jane", "wrong")
    assert 'value="jane"' in again.text
    assert 'role="alert"' in again.text
    answer = await enter(world.browser, again, "jane", PASSWORD)
    assert step_of(answer) == "/oauth2/authorize"


async def guess(browser: httpx.AsyncClient, username: str, times: int) -> httpx.Response:
    """Wrong passwords, one after another; the last answer."""
    page = await browser.get("/login")
    for _ in range(times):
        answer = await enter(browser, page, username, "wrong")
    return answer


async def test_guessing_one_account_is_slowed(each_world: World) -> None:
    """THREATS 49: for the right password as well, or it would be an oracle."""
    answer = await guess(each_world.browser, "jane", 10)
    assert answer.status_code == 400
    limited = await each_world.sign_in()
    assert limited.status_code == 429
    assert 0 < int(limited.headers["retry-after"]) <= 60
    assert 'role="alert"' in limited.text
    each_world.clock.forward(int(limited.headers["retry-after"]))
    assert step_of(await each_world.sign_in()) == "/account"


async def test_an_unknown_account_is_slowed_alike(world: World) -> None:
    """THREATS 48, 49"""
    assert (await guess(world.browser, "nobody", 11)).status_code == 429


async def test_many_guesses_at_once_count_as_many(each_world: World) -> None:
    """THREATS 49: counted before they are checked."""
    page = await each_world.browser.get("/login")
    answers = await asyncio.gather(
        *(enter(each_world.browser, page, "jane", "wrong") for _ in range(25))
    )
    assert sum(answer.status_code == 400 for answer in answers) == 10


async def test_the_owners_known_device_still_gets_in(each_world: World) -> None:
    """THREATS 49: strangers who guess do not lock the owner out."""
    await each_world.sign_in()
    async with each_world.new_browser() as stranger:
        assert (await guess(stranger, "jane", 11)).status_code == 429
    assert step_of(await each_world.sign_in()) == "/account"


async def test_a_device_known_for_another_account_gives_no_more_tries(world: World) -> None:
    """THREATS 49"""
    await world.add_user("mallory")
    assert (await guess(world.browser, "jane", 10)).status_code == 400
    async with world.new_browser() as known:
        await world.sign_in(known, username="mallory")
        assert (await guess(known, "jane", 1)).status_code == 429


async def test_a_known_device_may_not_guess_for_ever(world: World) -> None:
    """THREATS 49"""
    await world.sign_in()
    assert (await guess(world.browser, "jane", 11)).status_code == 429


async def test_a_good_password_forgets_the_accounts_failures(world: World) -> None:
    await guess(world.browser, "jane", 9)
    await world.sign_in()
    assert (await guess(world.browser, "jane", 10)).status_code == 400


async def test_guessing_many_accounts_from_one_address_is_slowed(sqlite_database: str) -> None:
    """THREATS 49: and leaves the accounts it can no longer try alone."""
    async with running_world(sqlite_database, limit_sign_in_address="5/600") as world:
        page = await world.browser.get("/login")
        for n in range(5):
            assert (await enter(world.browser, page, f"user{n}", "wrong")).status_code == 400
        assert (await guess(world.browser, "jane", 12)).status_code == 429
        transport = httpx.ASGITransport(world.app, client=("198.51.100.7", 1))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://photos.localhost:8000"
        ) as elsewhere:
            assert step_of(await world.sign_in(elsewhere)) == "/account"


async def test_good_sign_ins_do_not_slow_their_address(sqlite_database: str) -> None:
    """THREATS 49: many people may share one."""
    async with running_world(sqlite_database, limit_sign_in_address="3/600") as world:
        for _ in range(6):
            async with world.new_browser() as colleague:
                assert step_of(await world.sign_in(colleague)) == "/account"


async def test_the_owners_known_device_gets_in_from_a_slowed_address(sqlite_database: str) -> None:
    """THREATS 49"""
    async with running_world(sqlite_database, limit_sign_in_address="5/600") as world:
        await world.sign_in()
        async with world.new_browser() as stranger:
            for n in range(6):
                await guess(stranger, f"user{n}", 1)
            assert (await world.sign_in(stranger)).status_code == 429
        assert step_of(await world.sign_in()) == "/account"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: str, counted: str) -> None:
    """THREATS 49: a household has 2⁶⁴ of them."""
    assert network(address) == counted


async def test_guesses_are_remembered_across_a_restart(sqlite_database: str) -> None:
    """THREATS 49"""
    async with running_world(sqlite_database) as world:
        await guess(world.browser, "jane", 10)
        tenants = dict(world.tenants)
    settings = Settings(
        _env_file=None, database_url=sqlite_database, base_url="http://localhost:8000",
        secret_key="only-for-tests-" * 4, access_log=False,
    )  # fmt: skip
    clock = Clock()
    app = Application(settings, clock)
    again = World(app, await app.start(), clock)
    again.tenants = tenants
    try:
        assert (await again.sign_in()).status_code == 429
    finally:
        await app.stop()


async def test_limits_can_be_lifted(sqlite_database: str) -> None:
    """CONTRACT: CONSENTRY_LIMITS=off"""
    async with running_world(sqlite_database, limits="off") as world:
        assert (await guess(world.browser, "jane", 12)).status_code == 400
        assert step_of(await world.sign_in()) == "/account"


async def test_more_people_than_may_wait_are_asked_to_come_back(sqlite_database: str) -> None:
    """THREATS 56: passwords are checked on bounded threads with a bounded queue."""
    options = {"password_threads": 1, "password_queue": 2, "limits": "off"}
    async with running_world(sqlite_database, **options) as world:
        page = await world.browser.get("/login")
        answers = await asyncio.gather(
            *(enter(world.browser, page, "jane", PASSWORD) for _ in range(12))
        )
        by_status = {one.status_code: one for one in answers}
        assert set(by_status) == {303, 503}
        assert by_status[503].headers["retry-after"]
        assert 'role="alert"' in by_status[503].text
        assert step_of(await world.sign_in()) == "/account"


async def test_a_foreign_tenants_session_is_none(world: World) -> None:
    """THREATS 36, 39"""
    await world.add_tenant("music")
    await world.sign_in()
    cookies = {name: world.browser.cookies[name] for name in world.browser.cookies}
    async with world.new_browser("music", cookies=cookies) as browser:
        assert not await is_signed_in(browser)


async def test_a_cookie_that_comes_twice_counts_for_nothing(world: World) -> None:
    """THREATS 36: another host may have set the second."""
    await world.sign_in()
    cookie = f"consentry_login={world.browser.cookies['consentry_login']}"
    async with world.new_browser() as browser:
        assert (await browser.get("/account", headers={"Cookie": cookie})).status_code == 200
        twice = await browser.get("/account", headers={"Cookie": f"{cookie}; consentry_login=x"})
        assert step_of(twice) == "/login"


async def test_a_disabled_persons_login_counts_no_more(each_world: World) -> None:
    """THREATS 16"""
    await each_world.sign_in()
    jane = await each_world.store().users.by_identifier("jane")
    assert jane is not None
    jane.disabled_at = each_world.clock()
    await each_world.store().users.save(jane)
    assert not await is_signed_in(each_world.browser)


async def test_sign_in_names_who_asks_and_where_the_person_returns(world: World) -> None:
    page = await landed(world.browser, await asked(world))
    assert "printer.example.com" in page.text
    assert "127.0.0.1" in page.text
    assert hidden(page)["flow"]


async def test_a_wrong_password_is_on_record_without_what_was_typed(world: World) -> None:
    page = await page_of(world)
    answer = await enter(world.browser, page, "jane", "not-her-password")
    await world.deployment.refusals.flush(world.deployment.store)
    refusal = await world.store().refusals.get(UUID(hex=answer.headers["x-request-id"]))
    assert refusal is not None
    assert (refusal.endpoint, refusal.error) == ("login", "access_denied")
    assert refusal.received == ""
