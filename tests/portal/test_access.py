"""Who may come in: on every address of the portal."""

import pytest

from consentry_admin.portal import PAGES
from portal.conftest import signed_in
from portal.developer import Developer
from support.world import World

HOSTILE = "\"'></title><script>window.hit=1</script><img src=x onerror=window.hit=1>"
NOBODYS = "00000000-0000-0000-0000-000000000000"
APP = "/developer/apps/{client_id}"


def at(path: str, href: str) -> str:
    """An address of one app."""
    filled = path.replace(APP, href).replace("{kind}", "web")
    return filled.replace("{secret_id}", NOBODYS).replace("{refusal_id}", NOBODYS).replace(
        "{user_id}", NOBODYS
    )  # fmt: skip


async def test_strangers_are_asked_to_sign_in(world: World) -> None:
    async with world.new_browser() as stranger:
        for path, methods in PAGES.items():
            for method in methods:
                answer = await stranger.request(method, at(path, "/developer/apps/printer"))
                assert answer.headers["location"] == "/login", path


async def test_who_is_no_developer_is_told_so(world: World) -> None:
    jane = await signed_in(world, "jane")
    for path, methods in PAGES.items():
        for method in methods:
            answer = await jane.browser.request(method, at(path, "/developer/apps/printer"))
            assert answer.status_code == 403, path


async def test_another_developers_app_is_no_app_at_all(
    world: World, dora: Developer, max_: Developer
) -> None:
    """THREATS 37: found or not, the same answer"""
    href, _ = await dora.register("oauth1")
    unknown = "/developer/apps/nobodys"
    for path, methods in PAGES.items():
        if not path.startswith(APP):
            continue
        for method in methods:
            theirs = await max_.browser.request(method, at(path, href))
            nobodys = await max_.browser.request(method, at(path, unknown))
            assert (theirs.status_code, nobodys.status_code) == (404, 404), path


async def test_every_form_needs_its_token(world: World, dora: Developer) -> None:
    """THREATS 40"""
    href, _ = await dora.register("oauth1")
    before = await world.store().clients.get(href.rpartition("/")[2])
    for path, methods in PAGES.items():
        if "POST" not in methods:
            continue
        for data in ({}, {"csrf_token": "AAAA"}):
            answer = await dora.browser.post(at(path, href), data=data)
            assert answer.status_code == 403, path
    assert await world.store().clients.get(href.rpartition("/")[2]) == before


async def test_a_foreign_origin_is_refused(dora: Developer) -> None:
    """THREATS 40"""
    href, _ = await dora.register("machine")
    page = await dora.get(f"{href}/delete")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = await dora.browser.post(
        f"{href}/delete", data={"csrf_token": token}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("kind", ["web", "oauth1"])
async def test_names_are_never_markup(
    world: World, dora: Developer, kind: str, alone: World
) -> None:
    """THREATS 42, 44"""
    await world.store().configuration.save_scope("evil", HOSTILE)
    world.forget()
    href, _ = await dora.register(kind, client_name=HOSTILE, **{"scope:evil": "on"})
    await dora.send(f"{href}/credentials", act="secret", label=HOSTILE)
    await dora.send(f"{href}/try", act="start")
    for path in ["/developer", "/developer?q=" + HOSTILE.replace("&", "%26").replace("#", "%23"),
                 *PAGES]:  # fmt: skip
        page = await dora.get(at(path, href))
        assert "<script>window" not in page.text, path
        assert "<img src=x" not in page.text, path


async def test_members_manage_and_owners_also_choose(
    world: World, dora: Developer, max_: Developer
) -> None:
    href, _ = await dora.register("web")
    people = f"{href}/people"
    assert (await dora.send(people, identifier="max@example.com", role="member")).status_code == 303
    assert (await max_.get(f"{href}/settings")).status_code == 200
    assert (await max_.send(f"{href}/credentials", act="secret")).status_code == 303
    assert (await max_.send(f"{href}/delete")).status_code == 403
    invited = await max_.browser.post(people, data={})
    assert invited.status_code == 403
    assert "add somebody" not in (await max_.get(people)).text.lower()
