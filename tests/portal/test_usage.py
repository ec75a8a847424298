"""How an app is used: told to its own people, by day and by hour, as charts and as a file."""

import pytest

from consentry_workers.flushing import flush
from portal.developer import Developer, client_id_of, text_of
from support.world import World


async def ask(world: World, href: str, secret: str | None, grant_type: str) -> int:
    """The status of a token request of the app."""
    form = {"grant_type": grant_type}
    sent = await world.post("/oauth2/token", form, client_id=client_id_of(href), secret=secret)
    return sent.status_code


@pytest.mark.parametrize("by", ["day", "hour"])
async def test_use_is_shown_by_day_and_by_hour_and_as_a_file(
    world: World, dora: Developer, by: str
) -> None:
    """PAGES: tokens, users, refusals per day, p95; by grant type"""
    href, secret = await dora.register("machine")
    assert await ask(world, href, secret, "client_credentials") == 200
    assert await ask(world, href, secret, "client_credentials") == 200
    assert await ask(world, href, secret, "nonsense") == 400
    await flush(world.deployment)
    shown = text_of(await dora.get(f"{href}/usage?by={by}"))
    assert f"By {by} (UTC)" in shown
    assert "Tokens 2 " in shown and "Refused 1 " in shown and "client_credentials 2" in shown
    assert "unsupported_grant_type" in shown
    file = await dora.get(f"{href}/usage.csv?by={by}")
    assert file.headers["content-type"].startswith("text/csv")
    lines = file.text.splitlines()
    assert lines[0] == "at,requests,tokens,refused,p95_ms,people"
    assert len(lines) == {"day": 15, "hour": 25}[by]
    told = [line.split(",")[1:4] for line in lines[1:]]
    assert [sum(map(int, column)) for column in zip(*told, strict=True)] == [3, 2, 1]


async def test_people_are_told_by_day(world: World, dora: Developer) -> None:
    """PAGES: users per day"""
    href, _ = await dora.register("machine")
    assert 'id="people"' in (await dora.get(f"{href}/usage")).text
    assert 'id="people"' not in (await dora.get(f"{href}/usage?by=hour")).text


async def test_an_app_nobody_used_has_nothing_to_show(dora: Developer) -> None:
    href, _ = await dora.register("machine")
    shown = text_of(await dora.get(f"{href}/usage"))
    assert "Nothing in this time." in shown and "It never proved itself yet." in shown


async def test_other_apps_use_is_not_found(dora: Developer, max_: Developer) -> None:
    """THREATS 37"""
    theirs, _ = await max_.register("machine")
    for path in ("usage", "usage.csv"):
        assert (await dora.get(f"{theirs}/{path}")).status_code == 404
