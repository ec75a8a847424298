"""Every page of both hosts, asked for by everybody there may be."""

import re

import httpx

from consentry.records.member import ClientMember
from consentry_admin import account, operator, portal, tenant
from operator_console.desk import BASE, Desk, opened_desk
from portal.conftest import login_of, with_people
from support.world import World

NOBODYS = "00000000-0000-0000-0000-000000000000"
APP = "/developer/apps/{client_id}"
SIGNED_IN = {"jane", "dora", "max", "ada"}
# Who is let in: Dora builds apps, Max also manages this one, Ada is administrator.
WHO = {"/account": SIGNED_IN, "/developer": {"dora", "max", "ada"}, "/admin": {"ada"}}


def filled(path: str) -> str:
    """The address of an app that is there, or of something else that is not."""
    found = path.replace("{client_id}", "printer").replace("{kind}", "web")
    return re.sub(r"\{\w+\}", NOBODYS, found)


def seen(answer: httpx.Response) -> str:
    """`asked` to sign in, `kept` out, told that there is `none`, or let `in`."""
    if answer.headers.get("location") == "/login":
        return "asked"
    return {403: "kept", 404: "none"}.get(answer.status_code, "in")


async def signed_in(world: World) -> dict[str, httpx.AsyncClient]:
    """A browser of everybody at the tenant photos, by name."""
    await with_people(world)
    found = {}
    for name in sorted(SIGNED_IN):
        cookies = {"consentry_login": await login_of(world, name)}
        found[name] = world.new_browser(cookies=cookies)
    max_ = await world.store().users.by_identifier("max")
    assert max_ is not None
    row = ClientMember(
        tenant_id=max_.tenant_id, client_id="printer", user_id=max_.user_id,
        role="owner", since=world.clock(),
    )  # fmt: skip
    await world.store().members.save(row)
    return found


async def strange(desk: Desk) -> dict[str, httpx.AsyncClient]:
    """Browsers of nobody, of another tenant's administrator and of an operator."""
    await desk.world.add_tenant("letters")
    await desk.world.add_user("eve", slug="letters", roles="admin")
    letters = desk.world.new_browser("letters")
    assert (await desk.world.sign_in(letters, "eve")).status_code == 303
    cookies = {"nobody": {}, "eve": dict(letters.cookies), "op": dict(desk.browser.cookies)}
    return {name: desk.world.new_browser(cookies=kept) for name, kept in cookies.items()}


def expected(name: str, path: str) -> set[str]:
    """What somebody of the tenant may see at an address."""
    if name not in WHO["/" + path.split("/")[1]]:
        return {"kept"}
    return {"none"} if name == "dora" and path.startswith(APP) else {"in", "none"}


async def test_every_page_is_for_whom_it_is(sqlite_database: str) -> None:
    """THREATS 37, 39"""
    async with opened_desk(sqlite_database) as desk:
        people, strangers = await signed_in(desk.world), await strange(desk)
        for path in (*account.PAGES, *portal.PAGES, *tenant.PAGES):
            for name, browser in people.items():
                assert seen(await browser.get(filled(path))) in expected(name, path), (name, path)
            for name, browser in strangers.items():
                assert seen(await browser.get(filled(path))) == "asked", (name, path)
        operator_alone = strangers.pop("op")
        for path in operator.PAGES:
            address = BASE + path.replace("{slug}", "photos").replace("{user_id}", NOBODYS)
            assert seen(await operator_alone.get(address)) in {"in", "none"}, path
            for name, browser in {**people, **strangers}.items():
                assert seen(await browser.get(address)) == "asked", (name, path)
