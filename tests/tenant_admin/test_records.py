"""What happened and what counts: overview, clients, authorizations, audit."""

import csv
import html
import io
import json
import re

from account.furnished import add_authorization, jane_of
from consentry.operations.audit import record
from consentry.operations.changing import changing
from support.world import running_world
from tenant_admin.office import ADMIN, Office, context, fill

_ONE = re.compile(r'href="(/admin/authorizations/[0-9a-f-]{36}/revoke)"')


# Overview and clients


async def test_the_overview_counts_what_is_stored(sqlite_database: str) -> None:
    # A world of its own: what others are refused in a shared one counts, too.
    async with running_world(sqlite_database) as world:
        await fill(world)
        page = await (await Office(world).sign_in()).get("/admin")
    shown = re.findall(r'stat__label">([^<]+)</p>\s*<p class="stat__value">([^<]+)<', page.text)
    counted = {label: int(value.replace(",", "")) for label, value in shown}
    assert counted["Users"] == 6 and counted["Clients"] == 6
    assert counted["Live authorizations"] == 5
    assert counted["Refused today"] == 40 and counted["Sign-ins in 24 h"] >= 2
    rows = re.findall(r"/developer/apps/(\w+)/requests", page.text)
    assert rows == ["viewer", "calendar"]
    assert "Keys about to sign" in page.text


async def test_an_empty_tenant_has_an_overview(office: Office) -> None:
    page = await office.get("/admin")
    assert "Nothing was refused" in page.text


async def test_a_refusal_is_counted_for_its_client(office: Office) -> None:
    await office.world.token({"grant_type": "refresh_token", "refresh_token": "none"})
    form = {"grant_type": "refresh_token", "client_id": "nobody", "client_secret": "x"}
    for _ in range(2):
        await office.world.browser.post("/oauth2/token", data=form)
    await office.world.deployment.usage.flush(office.world.deployment.store)
    page = await office.get("/admin")
    assert "/developer/apps/printer/requests" in page.text and "invalid_grant" in page.text
    refused = page.text.partition('id="refused"')[2].partition("</table>")[0]
    assert re.findall(r'"Refused">([\d,]+)<', refused) == ["2", "1"]
    assert ">unknown<" in refused and "invalid_client" in refused


async def test_usage_of_all_apps_is_shown_and_given_as_a_file(each_office: Office) -> None:
    each_office.world.clock.within_an_hour()
    world = each_office.world
    await world.redeem(await world.authorize())
    await world.token({"grant_type": "refresh_token", "refresh_token": "none"})
    await world.deployment.usage.flush(world.deployment.store)
    await world.run_job("people")
    for by, rows, people in (("day", 15, "2"), ("hour", 25, "")):
        page = await each_office.get("/admin/usage", by=by)
        assert "authorization_code" in page.text and "invalid_grant" in page.text
        assert ('id="people"' in page.text) == (by == "day")
        file = await each_office.get("/admin/usage.csv", by=by)
        lines = [line.split(",") for line in file.text.splitlines()]
        assert lines[0][:4] == ["at", "requests", "tokens", "refused"] and len(lines) == rows
        assert (lines[-1][2:4], lines[-1][-1]) == (["1", "1"], people), "jane and ada"


async def test_all_clients_are_listed_with_owners(still_office: Office) -> None:
    page = await still_office.get("/admin/clients")
    names = re.findall(r'href="/developer/apps/(\w+)/settings"', page.text)
    assert names == ["calendar", "console", "frames", "legacy", "printer", "viewer"]
    owners = page.text.split('data-label="Owners">')[1:]
    assert [ADMIN in one.partition("</td>")[0] for one in owners] == [
        True, False, False, False, False, True,
    ]  # fmt: skip
    assert (await still_office.get("/developer/apps/legacy/settings")).status_code == 200
    found = await still_office.get("/admin/clients", q="photo v")
    assert re.findall(r'href="/developer/apps/(\w+)/settings"', found.text) == ["viewer"]


# Authorizations


async def test_authorizations_are_searched_by_person_and_by_app(still_office: Office) -> None:
    async def count(**asked: str) -> int:
        page = await still_office.get("/admin/authorizations", **asked)
        assert page.status_code == 200
        return len(set(_ONE.findall(page.text)))

    assert await count() == 5
    assert await count(user="JANE@example.com") == 5
    assert await count(client="viewer") == 2
    assert await count(user="jane", client="legacy") == 1
    assert await count(user="bert") == 0
    nobody = await still_office.get("/admin/authorizations", user="nobody")
    assert "Nobody of that name" in nobody.text and not _ONE.findall(nobody.text)


async def test_a_list_of_authorizations_is_walked(office: Office) -> None:
    jane = await jane_of(office.world)
    for _ in range(30):
        await add_authorization(office.world, jane, "printer")
    seen: list[str] = []
    address = "/admin/authorizations?client=printer"
    while address:
        page = await office.get(address)
        seen += dict.fromkeys(_ONE.findall(page.text))
        found = re.search(r'href="([^"]*after=[^"]*)"', page.text)
        address = html.unescape(found[1]) if found else ""
    assert len(seen) == len(set(seen)) == 30


async def test_one_authorization_ends_and_the_others_stay(office: Office) -> None:
    world = office.world
    tokens = [await world.redeem(await world.authorize()) for _ in range(2)]
    page = await office.get("/admin/authorizations")
    path = _ONE.findall(page.text)[0]
    asked = await office.get(path)
    assert "jane" in asked.text and "photos.read" in asked.text
    answer = await office.send(path)
    assert answer.headers["location"] == "/admin/authorizations?done=revoked"
    assert sum([await world.is_active(one.access_token) for one in tokens]) == 1
    again = await office.browser.get(path)
    assert again.status_code in (200, 404)


async def test_all_of_a_search_end_after_their_number_is_told(each_office: Office) -> None:
    world = each_office.world
    await world.add_user("max")
    kept = await world.redeem(await world.authorize(world.new_browser(), username="max"))
    tokens = [await world.redeem(await world.authorize()) for _ in range(2)]
    path = "/admin/authorizations/revoke?user=jane&client=printer"
    asked = await each_office.get(path)
    assert "revokes 2 live authorizations of 1 user" in asked.text
    answer = await each_office.send(path)
    assert answer.headers["location"] == "/admin/authorizations?done=revoked-all"
    assert [await world.is_active(one.access_token) for one in tokens] == [False, False]
    assert await world.is_active(kept.access_token)


async def test_not_everything_ends_at_once(still_office: Office) -> None:
    path = "/admin/authorizations/revoke?user=jane"
    for fields in ({"user": ""}, {"user": "nobody"}, {"user": " ", "client": " "}):
        answer = await still_office.send(path, **{"client": "", **fields})
        assert answer.status_code == 404
    page = await still_office.get("/admin/authorizations")
    assert len(set(_ONE.findall(page.text))) == 5


# Audit


async def test_what_administrators_do_is_in_the_trail(office: Office) -> None:
    await office.send("/admin/new-scope", name="photos.share", description="Share")
    page = await office.get("/admin/audit")
    assert "scope.create" in page.text and "scope photos.share" in page.text
    assert "203.0.113.9" in page.text and ADMIN in page.text


async def test_a_trail_is_filtered(still_office: Office) -> None:
    async def actions(**asked: str) -> set[str]:
        page = await still_office.get("/admin/audit", **asked)
        return set(re.findall(r"<code><bdi>([a-z_]+\.[a-z_]+)</bdi></code>", page.text))

    today = f"{still_office.world.clock():%Y-%m-%d}"
    assert {"user.update", "key.rotate"} <= await actions()
    assert await actions(action="key.rotate") == {"key.rotate"}
    assert {"user.update", "key.rotate"} <= await actions(who=ADMIN)
    assert await actions(who="bert") == set()
    assert await actions(kind="user", id="nobody") == set()
    assert "key.rotate" in await actions(since=today, until=today)
    assert await actions(until="2020-01-01") == set() == await actions(since="2999-01-01")
    assert "key.rotate" in await actions(since="soon", until="9999-12-31")


async def test_a_trail_is_exported_as_it_is_filtered(each_office: Office) -> None:
    for number in range(3):
        await each_office.send("/admin/new-scope", name=f"s{number}", description="=1+1")
    lines = await each_office.get("/admin/audit/export", form="jsonl", action="scope.create")
    assert lines.headers["content-type"] == "application/jsonl"
    assert lines.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    events = [json.loads(line) for line in lines.text.splitlines()]
    assert [event["target_id"] for event in events] == ["s0", "s1", "s2"]
    assert all(event["actor_name"] == ADMIN for event in events)
    table = await each_office.get("/admin/audit/export", form="csv", action="scope.create")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["target_id"] for row in rows] == ["s0", "s1", "s2"]
    assert table.headers["content-type"].startswith("text/csv")


async def test_a_long_trail_is_walked(office: Office) -> None:
    async with changing(await context(office.world)) as ctx:
        for number in range(60):
            await record(ctx, "scope.create", target=("scope", f"s{number:02}"))
    first = await office.get("/admin/audit", action="scope.create")
    link = html.unescape(re.findall(r'href="([^"]*before=[^"]*)"', first.text)[0])
    rest = await office.get(link)
    seen = re.findall(r"<bdi>scope (s\d\d)</bdi>", first.text + rest.text)
    assert seen == [f"s{number:02}" for number in range(59, -1, -1)]
