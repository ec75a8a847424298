"""People are written to, and what the links lead to."""

import re
from dataclasses import replace
from uuid import uuid4

import httpx

from consentry.operations import user_changes, users
from consentry.operations.mail_tokens import LIFETIMES
from consentry.records.outbox import DEAD, DONE, DROPPED, WAITING, Effect
from consentry.tenancy.actor import OPERATORS
from mail.box import Box, fill, html_of, link_of, path_of, text_of
from support.world import PASSWORD, World, hidden, running_world
from tenant_admin.office import context

NEW = "another horse battery staple"


async def forget(world: World, who: str = "jane") -> None:
    """Ask for a link, and have it sent."""
    browser = world.new_browser()
    sent = await fill(browser, "/login/forgot", username=who)
    assert sent.status_code == 200, sent.text
    await world.work()


async def test_a_forgotten_password_is_replaced_by_a_link(each_world: World, box: Box) -> None:
    """THREATS 50"""
    world, browser = each_world, each_world.new_browser()
    await world.sign_in(browser)
    await forget(world)
    mail = box.only()
    assert mail["To"] == "jane@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert link_of(mail).startswith("http://photos.localhost:8000/login/reset?token=")
    anew = world.new_browser()
    done = await fill(anew, path_of(mail), password=NEW)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert (await anew.get("/account")).status_code == 200
    assert (await browser.get("/account")).headers["location"] == "/login", "others have ended"
    assert (await world.sign_in(world.new_browser(), password=PASSWORD)).status_code == 400
    assert (await world.sign_in(world.new_browser(), password=NEW)).status_code == 303
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None and jane.claims["email_verified"] is True


async def test_a_link_counts_once(world: World, box: Box) -> None:
    """THREATS 50"""
    await forget(world)
    path = path_of(box.only())
    page = await world.new_browser().get(path)
    assert page.status_code == 200, "looking at it spends nothing"
    assert (await fill(world.new_browser(), path, password=NEW)).status_code == 303
    again = await world.new_browser().get(path)
    assert (again.status_code, 'role="alert"' in again.text) == (400, True)


async def test_a_link_dies_with_the_password_it_was_to_replace(world: World, box: Box) -> None:
    await forget(world)
    await forget(world)
    first, second = map(path_of, box.all())
    assert (await fill(world.new_browser(), second, password=NEW)).status_code == 303
    assert (await world.new_browser().get(first)).status_code == 400


async def test_a_link_dies_in_time(world: World, box: Box) -> None:
    """THREATS 50"""
    world.clock.hold()
    await forget(world)
    world.clock.forward(LIFETIMES["reset"].total_seconds() - 5)
    assert (await world.new_browser().get(path_of(box.only()))).status_code == 200
    world.clock.forward(10)
    assert (await world.new_browser().get(path_of(box.only()))).status_code == 400


async def test_a_link_is_for_one_purpose_and_one_tenant(world: World, box: Box) -> None:
    """THREATS 32, 39"""
    await world.add_tenant("sounds")
    await forget(world)
    token = path_of(box.only()).partition("token=")[2]
    for path in ("/login/welcome", "/account/verify"):
        assert (await world.new_browser().get(f"{path}?token={token}")).status_code == 400
    there = await world.new_browser("sounds").get(f"/login/reset?token={token}")
    assert there.status_code == 400
    for forged in ("", "AAAA", token[:-4] + "AAAA", "%00"):
        answer = await world.new_browser().get(f"/login/reset?token={forged}")
        assert answer.status_code == 400, forged


async def test_nobody_learns_who_is_there(world: World, box: Box) -> None:
    """THREATS 48"""
    answers = set()
    for who in ("jane", "jane@example.com", "nobody", "", "x" * 400):
        page = await fill(world.new_browser(), "/login/forgot", username=who)
        answers.add((page.status_code, re.sub(r"[0-9a-f]{32}", "", page.text)))
    await world.work()
    assert len(answers) == 1
    assert len(box.all()) == 2


async def test_the_hosts_word_is_not_in_a_link(world: World, box: Box) -> None:
    """THREATS 50: an address of ours alone"""
    await world.store().configuration.add_domain("id.photos.example", world.clock())
    world.forget()
    browser = world.new_browser()
    browser.base_url = "http://id.photos.example:8000"
    await fill(browser, "/login/forgot", username="jane")
    await world.work()
    assert link_of(box.only()).startswith("http://photos.localhost:8000/")


async def test_asking_is_limited_by_account_and_by_address(sqlite_database: str, box: Box) -> None:
    """THREATS 49"""
    url = f"file:{box.folder}"
    async with running_world(sqlite_database, mail_url=url, limit_mail="1/3600") as world:
        asked = [
            (await fill(world.new_browser(), "/login/forgot", username=who)).status_code
            for who in ("jane", "JANE", *(f"nobody-{n}" for n in range(19)))
        ]
        assert asked == [200, 429] + [200] * 18 + [429]
        jane = world.new_browser()
        await world.sign_in(jane)
        proofs = [(await fill(jane, "/account/email")).status_code for _ in range(2)]
        assert proofs == [303, 429], "no more to one's own address"


async def test_a_disabled_person_is_not_written_to(world: World, box: Box) -> None:
    await fill(world.new_browser(), "/login/forgot", username="jane")
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    jane.disabled_at = world.clock()
    await world.store().users.save(jane)
    await world.work()
    await forget(world)
    assert box.all() == []


async def test_a_password_that_is_too_short_keeps_the_link(world: World, box: Box) -> None:
    await forget(world)
    short = await fill(world.new_browser(), path_of(box.only()), password="short")
    assert (short.status_code, "8 to 1024 characters" in short.text) == (400, True)
    assert (await fill(world.new_browser(), path_of(box.only()), password=NEW)).status_code == 303


async def test_each_form_needs_its_token(world: World, box: Box) -> None:
    """THREATS 40"""
    await forget(world)
    token = path_of(box.only()).partition("token=")[2]
    for path in ("/login/forgot", "/login/reset", "/login/welcome", "/account/verify"):
        data = {"username": "jane", "token": token, "password": NEW}
        assert (await world.new_browser().post(path, data=data)).status_code == 403


async def test_nothing_is_offered_where_no_mail_is_sent(sqlite_database: str) -> None:
    async with running_world(sqlite_database) as world:
        browser = world.new_browser()
        assert "/login/forgot" not in (await browser.get("/login")).text
        assert (await browser.get("/login/forgot")).status_code == 404
        assert not world.deployment.mailer


async def test_a_person_is_told_of_a_new_app_once(world: World, box: Box) -> None:
    await world.authorize()
    await world.work()
    mail = box.only()
    assert "printer.example.com may now act" in text_of(mail)
    assert link_of(mail) == "http://photos.localhost:8000/account/apps"
    await world.authorize(prompt="consent")
    await world.work()
    assert len(box.all()) == 1


async def test_a_tenant_may_keep_quiet_about_new_apps(world: World, box: Box) -> None:
    await world.settings(notify_new_app=False)
    await world.authorize()
    await world.work()
    assert box.all() == []


async def test_names_are_text_wherever_a_mail_shows_them(world: World, box: Box) -> None:
    """THREATS 42; RFC 5322 §2.2: no line of a header is somebody's name"""
    evil = "<script>alert(1)</script>"
    tenant = await world.deployment.store.tenants.by_slug("photos")
    assert tenant is not None
    tenant.name = f"{evil}\r\nBcc: eve@example.com"
    await world.deployment.store.tenants.save(tenant)
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    jane.claims = {"name": evil}
    await world.store().users.save(jane)
    world.forget()
    await forget(world)
    mail = box.only()
    assert "<script>" not in html_of(mail) and "&lt;script&gt;" in html_of(mail)
    assert mail["Bcc"] is None
    assert evil in text_of(mail)


async def test_what_waits_holds_no_link(world: World, box: Box) -> None:
    """THREATS 52, 54: a link is made when it is sent"""
    await fill(world.new_browser(), "/login/forgot", username="jane")
    (waiting,) = await world.store().outbox.page("mail", limit=9)
    assert waiting.state == WAITING
    assert set(waiting.payload) == {"letter", "user_id"}
    await world.work()
    token = path_of(box.only()).partition("token=")[2]
    rows = await world.store().audit.page(limit=50)
    assert token not in str([row.model_dump() for row in rows])


async def test_an_address_is_written_as_every_server_takes_it(world: World, box: Box) -> None:
    """RFC 5890 §2.3.2.1; RFC 6531 §3.6 for what could not be"""
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    for email in ("jane@münchen.example", "jané@example.com"):
        jane.email = email
        await world.store().users.save(jane)
        await forget(world)
    assert box.only()["To"] == "jane@xn--mnchen-3ya.example"
    (dead, done) = await world.store().outbox.page("mail", limit=9)
    assert (dead.state, dead.attempts, done.state) == (DEAD, 1, DONE)


async def test_a_letter_of_a_newer_release_waits_for_it(world: World, box: Box) -> None:
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    payload = {"letter": "of a new sort", "user_id": str(jane.user_id)}
    now = world.clock()
    await world.store().outbox.add([
        Effect(
            tenant_id=jane.tenant_id, effect_id=uuid4(), kind="mail", subject=str(jane.user_id),
            payload=payload, created_at=now, due_at=now,
        )
    ])  # fmt: skip
    await world.work()
    (found,) = await world.store().outbox.page("mail", limit=9)
    assert (found.state, found.attempts, box.all()) == (WAITING, 0, [])


async def test_nothing_of_their_mail_outlives_a_person(world: World, box: Box) -> None:
    """The notice to a former address holds it."""
    ada = await context(world)
    max_ = await world.add_user("max")
    for user in (max_, await world.add_user("moritz")):
        await user_changes.update_user(ada, user.user_id, {"email": f"new{user.username}@x.test"})
    await users.delete_user(ada, "max")
    (left,) = await world.store().outbox.page("mail", limit=9)
    assert left.payload["address"] == "moritz@example.com"


async def test_who_has_no_address_any_more_is_not_written_to_and_who_has_no_mailer_waits(
    world: World, box: Box
) -> None:
    await fill(world.new_browser(), "/login/forgot", username="jane")
    mailer = world.deployment.mailer
    world.deployment = replace(world.deployment, mailer=None)
    await world.work()
    (found,) = await world.store().outbox.page("mail", limit=9)
    assert (found.state, "sends no mail" in found.outcome) == (WAITING, True)
    world.deployment = replace(world.deployment, mailer=mailer)
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    jane.email = None
    await world.store().users.save(jane)
    world.clock.forward(10)
    await world.work()
    (found,) = await world.store().outbox.page("mail", limit=9)
    assert (found.state, found.outcome) == (DROPPED, "the person has no address")
    assert box.all() == []


async def test_a_mail_that_cannot_be_written_is_tried_again(world: World, box: Box) -> None:
    box.folder.write_text("a file stands where the folder should be")
    await forget(world)
    (waiting,) = await world.store().outbox.page("mail", limit=9)
    assert (waiting.state, waiting.attempts) == (WAITING, 1)
    box.folder.unlink()
    world.clock.forward(10)
    await world.work()
    assert box.only()["Message-ID"].startswith(f"<{waiting.effect_id.hex}@")


async def administrator(world: World) -> httpx.AsyncClient:
    """Ada, signed in."""
    await world.add_user("ada", roles="admin")
    browser = world.new_browser()
    await world.sign_in(browser, "ada")
    return browser


async def test_an_invited_person_chooses_their_password(each_world: World, box: Box) -> None:
    world, ada = each_world, await administrator(each_world)
    fields = {"username": "max", "email": "max@example.com", "invite": "on"}
    made = await fill(ada, "/admin/new-user", **fields)
    assert made.status_code == 303, made.text
    await world.work()
    mail = box.only()
    assert (mail["To"], "username is max" in text_of(mail)) == ("max@example.com", True)
    assert (await world.sign_in(world.new_browser(), "max", "")).status_code == 400
    box.empty()
    done = await fill(world.new_browser(), path_of(mail), password=NEW)
    assert done.status_code == 303
    assert (await world.sign_in(world.new_browser(), "max", NEW)).status_code == 303
    assert (await world.new_browser().get(path_of(mail))).status_code == 400
    await world.work()
    assert box.only()["Subject"] == "Your password was changed"


async def test_who_has_no_address_is_not_invited(world: World, box: Box) -> None:
    ada = await administrator(world)
    refused = await fill(ada, "/admin/new-user", username="max", invite="on")
    assert (refused.status_code, "Is needed to send a link to" in refused.text) == (400, True)
    assert await world.store().users.by_identifier("max") is None


async def test_an_address_is_proven_by_its_owner_and_another_is_not(world: World, box: Box) -> None:
    """OIDC Core §5.1: email_verified"""
    ada, jane = await administrator(world), world.new_browser()
    await world.sign_in(jane)
    assert "Not confirmed" in (await jane.get("/account/profile")).text
    assert (await fill(jane, "/account/email")).status_code == 303
    await world.work()
    path = path_of(box.only())
    assert "jane@example.com" in (await world.new_browser().get(path)).text
    assert (await fill(world.new_browser(), path)).status_code == 200
    found = await world.store().users.by_identifier("jane")
    assert found is not None and found.claims["email_verified"] is True
    assert "Not confirmed" not in (await jane.get("/account/profile")).text
    box.empty()
    href = f"/admin/users/{found.user_id}/edit"
    page = await ada.get(href)
    version = hidden(page)["version"]
    claims = re.search(r'name="claims"[^>]*>([^<]*)<', page.text)
    assert claims is not None
    changed = {"username": "jane", "email": "new@example.com", "claims": '{"name": "Jane"}'}
    assert (await fill(ada, href, version=version, **changed)).status_code == 303
    await world.work()
    mail = box.only()
    assert (mail["To"], mail["Subject"]) == ("jane@example.com", "Your e-mail address was changed")
    found = await world.store().users.by_identifier("jane")
    assert found is not None and "email_verified" not in found.claims
    assert (await world.new_browser().get(path)).status_code == 400, "it was for the old one"


async def test_operators_are_written_to_at_the_base_host(sqlite_database: str, box: Box) -> None:
    given = {"mail_url": f"file:{box.folder}", "operator_password": "a first password"}
    async with running_world(sqlite_database, **given) as world:
        operators = world.deployment.store.inside(OPERATORS)
        operator = await operators.users.by_identifier("operator")
        assert operator is not None
        operator.email = "ops@example.com"
        await operators.users.save(operator)
        browser = world.new_browser()
        browser.base_url = "http://localhost:8000"
        await fill(browser, "/login/forgot", username="operator")
        await world.work()
        link = link_of(box.only())
        assert link.startswith("http://localhost:8000/login/reset?token=")
        done = await fill(browser, path_of(box.only()), password=NEW)
        assert (done.status_code, done.headers["location"]) == (303, "/admin")
