"""How each app was told is there to read, and to be tried again."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from uuid import uuid4

import httpx
import pytest

from consentry.records.member import ClientMember
from consentry.records.outbox import Effect
from logout.app import Told, sign_out
from tenant_admin.office import Office, people

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
async def given_up(told: Told) -> AsyncIterator[Told]:
    """The app refused a logout; Dev manages it, and people look after the tenant."""
    await people(told.world)
    dev = await told.world.store().users.by_identifier("dev")
    assert dev is not None
    now = told.world.clock()
    row = ClientMember(
        tenant_id=dev.tenant_id, client_id="album", user_id=dev.user_id, role="member", since=now
    )
    await told.world.store().members.save(row)
    told.status = "400 Bad Request"
    await told.enter()
    await sign_out(told.world.browser)
    await told.world.work()
    told.status = "200 OK"
    yield told


async def again_of(told: Told) -> str:
    (notice,) = await told.notices()
    return f"/developer/apps/album/logouts/{notice.effect_id}/again"


async def test_administrators_see_all_and_whose_they_were(given_up: Told) -> None:
    page = await (await Office(given_up.world).sign_in()).get("/admin/logouts")
    for text in ("Given up", "400: the app refused it", "album.example.com", "jane"):
        assert text in page.text, text
    assert f'href="{await again_of(given_up)}"' in page.text


async def test_who_manages_the_app_tells_it_again(given_up: Told) -> None:
    desk = await Office(given_up.world).sign_in("dev")
    page = await desk.get("/developer/apps/album/logouts")
    assert "Given up" in page.text and "jane" not in page.text
    path = await again_of(given_up)
    answer = await desk.send(path)
    assert answer.headers["location"] == "/developer/apps/album/logouts?done=told"
    twice = await desk.send(path)
    assert (twice.status_code, "still to be told" in twice.text) == (409, True)
    await given_up.world.work()
    assert await given_up.states() == [("done", 1, "200")]
    assert len({claims["jti"] for claims in await given_up.claims()}) == 2
    page = await desk.get("/developer/apps/album/logouts")
    assert "Told" in page.text and "Try again" not in page.text.partition("<td")[2]
    trail = await (await Office(given_up.world).sign_in()).get(
        "/admin/audit", action="logout.again"
    )
    assert "album" in trail.text


async def test_other_peoples_apps_have_no_logouts(given_up: Told) -> None:
    """THREATS 37"""
    await given_up.world.add_user("max", roles="developer")
    desk = await Office(given_up.world).sign_in("max")
    path = await again_of(given_up)
    for address in ("/developer/apps/album/logouts", path):
        assert (await desk.get(address)).status_code == 404
    await given_up.world.add_client("other")
    admin = await Office(given_up.world).sign_in()
    assert (await admin.get(path.replace("album", "other"))).status_code == 404
    assert (await admin.get(path.replace("again", "x/again"))).status_code == 404
    nothing = "/developer/apps/album/logouts/nothing/again"
    assert (await admin.get(nothing)).status_code == 404


async def test_what_an_app_is_called_is_text(told: Told) -> None:
    """THREATS 42"""
    await people(told.world)
    await told.world.add_client(
        "album", client_name=HOSTILE, backchannel_logout_uri=told.uri, scope="openid"
    )
    await told.enter(scope="openid")
    await sign_out(told.world.browser)
    page = await (await Office(told.world).sign_in()).get("/admin/logouts")
    assert "&lt;script&gt;" in page.text and HOSTILE not in page.text
    assert "Waiting" in page.text


async def test_many_are_walked_page_by_page(told: Told) -> None:
    await people(told.world)
    now = told.world.clock()
    payload = {"user_id": str(uuid4()), "session_id": str(uuid4())}
    await told.world.store().outbox.add([
        Effect(
            tenant_id=uuid4(), effect_id=uuid4(), kind="backchannel_logout", subject="album",
            payload=payload, created_at=now - timedelta(seconds=number), due_at=now,
            outcome=f"outcome {number}.",
        )
        for number in range(30)
    ])  # fmt: skip
    desk = await Office(told.world).sign_in()
    seen, path = "", "/admin/logouts"
    for _ in range(2):
        page = await desk.get(path)
        seen += page.text
        found = re.search(r'href="([^"]*before=[^"]*)"', page.text)
        path = unescape(found[1]) if found else path
    assert [seen.count(f"outcome {number}.") for number in range(30)] == [1] * 30
    for before in ("x", "2026-01-01~x", "9999-12-31T23:59:59-23:59~" + "0" * 32):
        assert (await desk.get("/admin/logouts", before=before)).status_code == 200


async def api(told: Told, scope: str) -> httpx.AsyncClient:
    """A program of the tenant with this scope."""
    await told.world.add_client("robot", grant_types=["client_credentials"], scope=scope)
    grant = {"grant_type": "client_credentials", "scope": scope}
    token = (await told.world.token(grant, client_id="robot")).access_token
    browser = told.world.new_browser()
    browser.headers["Authorization"] = f"Bearer {token}"
    return browser


async def test_who_looks_after_a_pairwise_app_does_not_learn_whose_session_it_was(
    given_up: Told,
) -> None:
    """OIDC Core §8.1: by its name here two apps could tell that they serve the same person."""
    path = "/api/v1/clients/album/logouts"
    narrow = await api(given_up, "consentry:clients.read")
    wide = await api(given_up, "consentry:clients.read consentry:authorizations.read")
    for subject_type, is_told in (("public", True), ("pairwise", False)):
        await given_up.world.add_client(
            "album", backchannel_logout_uri=given_up.uri, subject_type=subject_type
        )
        (one,) = (await narrow.get(path)).json()["items"]
        assert ("user_id" in one) == is_told
        (one,) = (await wide.get(path)).json()["items"]
        assert "user_id" in one


async def test_programs_list_them_and_tell_again(given_up: Told) -> None:
    caller = await api(given_up, "consentry:clients consentry:authorizations")
    for path in ("/api/v1/logouts", "/api/v1/clients/album/logouts"):
        (one,) = (await caller.get(path)).json()["items"]
        assert (one["state"], one["attempts"]) == ("dead", 1)
        assert one["outcome"] == "400: the app refused it"
    again = f"/api/v1/clients/album/logouts/{one['logout_id']}/again"
    assert (await caller.post(again)).json() == {"logout_id": one["logout_id"]}
    assert (await caller.post(again)).status_code == 409
    await given_up.world.work()
    assert await given_up.states() == [("done", 1, "200")]
    narrow = await api(given_up, "consentry:authorizations.read")
    assert (await narrow.get("/api/v1/logouts")).status_code == 200
    assert (await narrow.get("/api/v1/clients/album/logouts")).status_code == 403
    assert (await narrow.post(again)).status_code == 403
