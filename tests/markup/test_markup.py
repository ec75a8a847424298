"""The HTML of every page there is, held against the standard by a validator."""

import asyncio
import json
import pathlib
import re
import shutil
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consentry.operations.operators import add_operator
from consentry.tenancy.operators import open_operators
from consentry.web.pages import Brand, add_pages, render
from consentry_admin import account, operator, portal, tenant
from markup.walk import Walk
from operator_console.background import died, ran
from operator_console.desk import BASE, Desk, opened_desk
from portal.developer import Developer
from support.page_samples import SAMPLES
from support.world import World
from tenant_admin.office import Office, fill

HERE = pathlib.Path(__file__).parent
PATIENCE_S = 60
# What an address may be about: there is one of each.
FURNISHED = {
    "client_id", "host", "id", "identifier", "key", "kind", "logout_id", "name", "refusal_id",
    "secret_id", "slug", "user_id",
}  # fmt: skip
# These answer no page to GET: a file, or the way to another address.
NO_PAGES = {
    "/account/data/download",
    "/admin/audit/export",
    "/admin/tenants/{slug}/manifest",
    "/admin/usage.csv",
    "/developer/apps/{client_id}/usage.csv",
}


async def complaints(pages: dict[str, str]) -> list[dict[str, str]]:
    """What the validator finds wrong with any of them."""
    node = shutil.which("node")
    assert node, "this test drives a validator of Node.js: install Node.js 20.19 or newer"
    assert (HERE / "node_modules").is_dir(), "run `python3 dev.py test` once: it installs it"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        node, str(HERE / "validate.mjs"), stdin=pipe, stdout=pipe, stderr=pipe
    )
    told = process.communicate(json.dumps(pages).encode())
    out, err = await asyncio.wait_for(told, PATIENCE_S)
    assert process.returncode == 0, err.decode()
    return [json.loads(line) for line in out.decode().splitlines()]


async def furnished(desk: Desk) -> tuple[Office, str]:
    """A tenant with something of everything: its administrator, and where an app of theirs is."""
    world = desk.world
    await fill(world)
    office = await Office(world).sign_in()
    await office.send("/admin/domains", host="new.photos.example")
    await office.send("/admin/scopes/photos.share", description="")
    developer = Developer(office.browser)
    await developer.register("oauth1")
    web, _ = await developer.register("web")
    await developer.send(f"{web}/credentials", label="second")
    await refused(world)
    await stopped(desk)
    await died(world, count=21)
    await ran(world, detail={"login": {"rows": 2, "oldest_expired_s": 9.0, "problem": ""}})
    return office, web


async def refused(world: World) -> None:
    """Somebody's wrong requests, put on record."""
    for uri in ("https://evil.example/", "https://viewer.example/cb/"):
        query = {"client_id": "viewer", "response_type": "code", "redirect_uri": uri}
        async with world.new_browser() as browser:
            await browser.get("/oauth2/authorize", params=query)
    await world.deployment.refusals.flush(world.deployment.store)


async def stopped(desk: Desk) -> None:
    """A person, an app, two tenants and an operator that were switched off."""
    world, store = desk.world, desk.world.store()
    for slug in ("asleep", "leaving"):
        await world.add_tenant(slug)
    await desk.send("/admin/tenants/asleep/suspend")
    await desk.send("/admin/tenants/leaving/delete", slug="leaving")
    bert = await store.users.by_identifier("bert")
    legacy = await store.clients.get("legacy")
    assert bert is not None and legacy is not None
    bert.disabled_at = legacy.row.disabled_at = world.clock()
    await store.users.save(bert)
    await store.clients.save(legacy.row)
    world.forget()
    made = await add_operator(await open_operators(world.deployment), "second")
    await desk.send(f"/admin/operators/{made.user.user_id}/disable")


async def sampled() -> dict[str, str]:
    """Pages of a sample of everything they are given, mistakes included."""
    add_pages("consentry_admin")
    add_pages("support")

    async def endpoint(request: Request) -> Response:
        given: dict[str, Any] = SAMPLES[request.query_params["template"]]
        template = request.query_params["template"]
        return render(template, request=request, brand=Brand("Photos", "#3457d5"), **given)

    app = Starlette(routes=[Route("/page", endpoint)])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as browser:
        return {
            name: (await browser.get("/page", params={"template": name})).text for name in SAMPLES
        }


async def walked(desk: Desk) -> list[Walk]:
    """What Jane, the administrator and an operator find on all that is theirs."""
    office, web = await furnished(desk)
    world, store = desk.world, desk.world.store()
    jane, ada = world.new_browser(), office.browser
    await world.sign_in(jane, "jane")
    users = [await store.users.by_identifier(name) for name in ("jane", "bert")]
    ways = (
        (Walk("jane", jane, account.PAGES), ["/account", "/account/delete"]),
        (Walk("ada", ada, {**portal.PAGES, **tenant.PAGES}), [
            "/admin", "/developer", "/admin/authorizations?user=jane", f"{web}/credentials",
            *[f"/admin/users/{user.user_id}" for user in users if user],
            f"{web}/danger", f"{web}/logouts", "/developer/apps/legacy/danger",
            "/developer/apps/viewer/requests",
            "/developer/redirect-check?redirect_uris=http://a.example/",
        ]),
        (Walk("operator", desk.browser, operator.PAGES), [
            "/admin", *[f"/admin/tenants/{slug}" for slug in ("photos", "asleep", "leaving")],
            "/admin/new-tenant?slug=api",
        ]),
    )  # fmt: skip
    for walk, starts in ways:
        await walk.through(*starts)
    for walk, _ in ways:
        await walk.send_empty()
    return [walk for walk, _ in ways]


def left_out(walk: Walk) -> list[str]:
    """Kinds of pages that were not met, of those that are about what the world has."""
    return sorted(
        kind
        for kind in walk.kinds - walk.met - NO_PAGES
        if set(re.findall(r"\{(\w+)\}", kind)) <= FURNISHED
    )


async def test_the_html_of_every_page_is_valid(
    sqlite_database: str, tmp_path: pathlib.Path
) -> None:
    """WHATWG HTML, as html-validate reads it"""
    async with opened_desk(sqlite_database, mail_url=f"file:{tmp_path}/mail") as desk:
        walks = await walked(desk)
    assert [left_out(walk) for walk in walks] == [[], [], []]
    pages = await sampled()
    for walk in walks:
        pages |= walk.pages
    found = await complaints(pages)
    assert found == [], "\n".join(" ".join(one.values()) for one in found)


async def test_the_validator_complains_about_what_is_wrong() -> None:
    page = '<!doctype html><html lang="en"><head><title>x</title></head><body>{}</body></html>'
    wrong = {"p": page.format("<p><div>x</div></p>"), "id": page.format('<p id="a" id="b">x</p>')}
    found = await complaints({**wrong, "good": page.format("<p>x</p>")})
    assert {one["page"] for one in found} == {"p", "id"}
