"""Refused requests, explained to those whose app it was."""

import pytest

from consentry_admin.portal.advice import MEANINGS
from consentry_workers.flushing import flush
from portal.developer import Developer, client_id_of, text_of
from support.world import World


async def written(world: World) -> None:
    """What waits to be kept is kept now."""
    await flush(world.deployment)


async def test_a_refusal_is_explained(world: World, dora: Developer) -> None:
    """PAGES: the rule, what was received, what is registered, what to do"""
    href, _ = await dora.register("web")
    refused = await world.ask(client_id=client_id_of(href), redirect_uri="https://else.example/")
    await written(world)
    page = await dora.get(f"{href}/requests")
    assert "redirect_uri must equal a registered one" in text_of(page)
    id = refused.headers["x-request-id"]
    found = await dora.get(f"{href}/requests?q={id}")
    link = found.text.partition(f'href="{href}/requests/')[2].partition('"')[0]
    one = text_of(await dora.get(f"{href}/requests/{link}"))
    assert "https://else.example/" in one
    assert "https://printer.example/ready" in one
    assert "Register the address exactly as it was sent" in one
    assert id in one


async def test_what_was_served_stands_among_what_was_refused(
    world: World, dora: Developer, max_: Developer
) -> None:
    """PAGES: last refusals and successes of this app: time, endpoint, outcome, id"""
    href, secret = await dora.register("machine")
    theirs, _ = await max_.register("machine")
    served = await world.post(
        "/oauth2/token", {"grant_type": "client_credentials"},
        client_id=client_id_of(href), secret=secret,
    )  # fmt: skip
    assert served.status_code == 200
    world.clock.forward(1)
    await world.post("/oauth2/token", {"grant_type": "nonsense"},
                     client_id=client_id_of(href), secret=secret)  # fmt: skip
    await written(world)
    id = served.headers["x-request-id"]
    whole = text_of(await dora.get(f"{href}/requests"))
    assert whole.index("unsupported_grant_type") < whole.index("client_credentials")
    assert id in whole and "a few of each second" in whole
    good = text_of(await dora.get(f"{href}/requests?outcome=served"))
    assert "client_credentials" in good and "unsupported_grant_type" not in good
    bad = text_of(await dora.get(f"{href}/requests?outcome=refused"))
    assert "unsupported_grant_type" in bad and id not in bad
    assert "client_credentials" in text_of(await dora.get(f"{href}/requests?q={id}"))
    assert "No such request" in text_of(await max_.get(f"{theirs}/requests?q={id}"))
    assert (await max_.get(f"{href}/requests")).status_code == 404


async def test_a_wrong_secret_leads_to_the_credentials(world: World, dora: Developer) -> None:
    href, _ = await dora.register("machine")
    wrong = "not-the-secret-" * 3
    await world.token(
        {"grant_type": "client_credentials"}, client_id=client_id_of(href), secret=wrong
    )
    await written(world)
    page = await dora.get(f"{href}/requests")
    link = page.text.partition(f'href="{href}/requests/')[2].partition('"')[0]
    one = await dora.get(f"{href}/requests/{link}")
    assert "The secret is wrong or has ended." in text_of(one)
    assert f'href="{href}/credentials"' in one.text
    assert wrong not in one.text
    card = (
        (await dora.get("/developer")).text.partition(client_id_of(href))[2].partition("</li>")[0]
    )
    assert f'href="{href}/requests"' in card


async def test_other_apps_refusals_are_not_found(
    world: World, dora: Developer, max_: Developer
) -> None:
    """THREATS 37"""
    href, _ = await dora.register("web")
    theirs, _ = await max_.register("web")
    refused = await world.ask(client_id=client_id_of(theirs), redirect_uri="https://else.example/")
    await written(world)
    id = refused.headers["x-request-id"]
    assert "No such request of this app" in text_of(await dora.get(f"{href}/requests?q={id}"))
    assert (await dora.get(f"{href}/requests/{id}")).status_code == 404
    assert (await dora.get(f"{href}/requests/nonsense")).status_code == 404
    assert "No such request" in text_of(await dora.get(f"{href}/requests?q=nonsense"))


async def test_many_refusals_have_pages(world: World, dora: Developer) -> None:
    href, _ = await dora.register("web")
    for number in range(30):
        await world.ask(client_id=client_id_of(href), redirect_uri=f"https://no.example/{number}")
    await written(world)
    first = await dora.get(f"{href}/requests")
    onward = first.text.partition(f'href="{href}/requests?before=')[2].partition('"')[0]
    second = await dora.get(f"{href}/requests?before={onward.replace('&amp;', '&')}")
    assert first.text.count("<tr>") == 26
    assert second.text.count("<tr>") == 6
    for at in ("nonsense", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        odd = await dora.browser.get(f"{href}/requests", params={"before": f"{at}~{'0' * 32}"})
        assert odd.status_code == 200, at
    usage = text_of(await dora.get(f"{href}/usage"))
    assert "Refused 30 In the last 14 days" in usage
    assert "invalid_request" in usage


@pytest.mark.parametrize("error", MEANINGS)
def test_every_meaning_is_a_sentence(error: str) -> None:
    assert MEANINGS[error][0].isupper() or MEANINGS[error].startswith("oauth_")
    assert MEANINGS[error].endswith(".")
