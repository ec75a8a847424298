"""Names and texts that others chose are shown as text (THREATS 42, 44)."""

import re
import shutil
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest

from account.furnished import add_authorization, add_login
from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.records.member import ClientMember
from consentry.tenancy.signing import ensure_keys
from consentry_admin.tenant import PAGES
from support.world import World, running_world
from tenant_admin.office import (
    ADMIN,
    DELIVERY,
    WEBHOOK,
    Office,
    add_webhook,
    context,
    people,
    refusal,
)

MARK = "xss0"
EVIL = f"\"'><img src=x onerror={MARK}>{{{{7*7}}}}<script>{MARK}</script> 100% %(x)s"
SCOPE = f"'><img/src=x/onerror={MARK}>%s"
API = f"https://api.example/'%3E%3Cimg%20onerror={MARK}%3E"


@pytest.fixture(scope="module")
async def evil_office(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """A tenant where every name and text is an attack."""
    path = tmp_path_factory.mktemp("evil") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with running_world(f"sqlite:///{path}") as world:
        await people(world)
        await _poison(world)
        yield await Office(world).sign_in()


async def _poison(world: World) -> None:
    store, now = world.store(), world.clock()
    evil = await world.add_user("evil", roles="developer")
    evil.username, evil.email = EVIL, f'"{EVIL[:50]}"@example.com'
    evil.claims = {"name": EVIL, EVIL: EVIL, "address": {"formatted": EVIL}}
    await store.users.save(evil)
    client_id = f"<{MARK}>'\"%&"
    await world.add_client(client_id, secret=None, client_name=EVIL, scope=SCOPE,
                           grant_types=["client_credentials", "authorization_code"])  # fmt: skip
    await store.configuration.save_scope(SCOPE, EVIL)
    await store.configuration.add_domain("id.photos.example", now)
    await world.add_api(API, name=EVIL, scopes=SCOPE, resource_servers=client_id)
    await store.members.save(
        ClientMember(tenant_id=evil.tenant_id, client_id=client_id, user_id=evil.user_id,
                     role="owner", since=now)
    )  # fmt: skip
    await store.consents.grant(evil.user_id, client_id, "", SCOPE, now)
    await add_authorization(world, evil, client_id, scope=SCOPE)
    await add_login(world, evil, EVIL, now, "203.0.113.7")
    refused = refusal(evil.tenant_id, 0, now)
    refused.client_id, refused.error = client_id, f"<{MARK}>"
    await store.refusals.add([refused])
    minute = int(now.timestamp()) // 60
    world.deployment.usage.count(evil.tenant_id, minute, client_id, "token", refused.error, 0.001)
    await world.deployment.usage.flush(world.deployment.store)
    async with changing(await context(world)) as ctx:
        await record(ctx, f"<{MARK}>", target=("user", EVIL), detail={EVIL: EVIL})
    await add_webhook(world, EVIL[:200], f"<{MARK}>")
    tenant = await world.deployment.store.tenants.by_slug("photos")
    assert tenant is not None
    tenant.name = EVIL
    await world.deployment.store.tenants.save(tenant)
    world.forget()


@pytest.mark.parametrize("path", PAGES)
async def test_no_name_of_others_becomes_markup(evil_office: Office, path: str) -> None:
    """THREATS 42, THREATS 44"""
    page = await evil_office.get(await _sample(evil_office.world, path))
    assert page.status_code == 200, page.text
    if path.endswith(("/export", ".csv")):
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["content-disposition"].startswith("attachment")
        return
    assert MARK in page.text
    assert tags_of(page.text).isdisjoint({"img", MARK})
    # Only as an encoded part of an address of our own.
    for value in re.findall(r'\shx-[a-z-]+="([^"]*)"', page.text):
        assert "<" not in value and "'" not in value and "&#39;" not in value, value


def tags_of(page: str) -> set[str]:
    """The names of all elements; none of them runs what it carries."""
    seen: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.add(tag)
            assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]
            assert tag != "script" or dict(attrs)["src"]

    Reader().feed(page)
    return seen


async def _sample(world: World, path: str) -> str:
    evil = (await world.store().users.by_identifier(EVIL)) or (
        await world.store().users.by_identifier(ADMIN)
    )
    assert evil is not None
    rows = await world.store().authorizations.of_user(evil.user_id, world.clock())
    if path == "/admin/authorizations/revoke":
        path += f"?user={quote(EVIL)}"
    if path == "/admin/keys/revoke":
        path += f"?kid={(await ensure_keys(await context(world))).keys[0].row.kid}"
    if path in ("/admin/brand", "/admin/keys/rotate"):
        path += f"?accent={quote(EVIL)}&alg={quote(EVIL)}"
    return (
        path.replace("{user_id}", str(evil.user_id))
        .replace("{client_id}", quote(f"<{MARK}>'\"%&", safe=""))
        .replace("{name}", quote(SCOPE, safe=""))
        .replace("{host}", "id.photos.example")
        .replace("{identifier}", quote(API, safe=""))
        .replace("{webhook_id}", str(WEBHOOK))
        .replace("{delivery_id}", str(DELIVERY))
        .replace("{id}", str(rows[0].id) if rows else "")
    )


async def test_what_is_typed_comes_back_as_text(evil_office: Office) -> None:
    """THREATS 42"""
    tried = [
        ("/admin/new-user", {"username": EVIL + "\u0007", "email": EVIL, "name": EVIL}),
        ("/admin/new-scope", {"name": EVIL, "description": EVIL}),
        ("/admin/new-api", {"identifier": EVIL, "name": EVIL, "scopes": EVIL}),
        ("/admin/new-webhook", {"url": EVIL, "description": EVIL}),
        ("/admin/brand", {"name": EVIL, "accent": EVIL, "act": "save"}),
        ("/admin/policy", {"access_token_lifetime": EVIL, "act": "save"}),
    ]
    for path, fields in tried:
        answer = await evil_office.send(path, **fields)
        assert answer.status_code == 400, path
        assert tags_of(answer.text).isdisjoint({"img", MARK})
    for path, name in (("/admin/users", "q"), ("/admin/clients", "q"), ("/admin/scopes", "q"),
                       ("/admin/apis", "q"), ("/admin/audit", "who"), ("/admin/audit", "action"),
                       ("/admin/authorizations", "user"), ("/admin/authorizations", "client"),
                       ("/admin", "done")):  # fmt: skip
        answer = await evil_office.get(path, **{name: EVIL})
        assert answer.status_code == 200
        assert tags_of(answer.text).isdisjoint({"img", MARK}), path
