"""What a tenant is set up with: scopes, APIs, keys, brand, hosts."""

import html
import json
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from consentry.crypto import base64url
from consentry.operations.data_key_rotation import AHEAD
from consentry.operations.data_keys import rotate_data_key
from consentry.operations.domain_claims import CHECKS, PERIOD_S
from tenant_admin.office import Office, context

API = "https://api.photos.example/v1"
API_PATH = f"/admin/apis/{quote(API, safe='')}"


# Scopes and APIs


async def test_a_scope_is_declared_changed_and_taken_back(office: Office) -> None:
    answer = await office.send("/admin/new-scope", name="photos.share", description="Share")
    assert answer.headers["location"] == "/admin/scopes?done=scope"
    path = "/admin/scopes/photos.share"
    await office.send(path, description="Share your photos")
    assert "Share your photos" in (await office.get("/admin/scopes")).text
    assert (await context(office.world)).scopes["photos.share"] == "Share your photos"
    assert "apps that ask for it" in (await office.get(f"{path}/delete")).text
    await office.send(f"{path}/delete")
    assert "photos.share" not in (await context(office.world)).scopes
    assert (await office.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "photos.read"}, "declared already"),
        ({"name": "two words"}, "is not a scope-token"),
        ({"name": "consentry:users"}, "server's own"),
        ({"name": "fine", "description": "x" * 501}, "at most 500 characters"),
    ],
)
async def test_a_scope_that_cannot_be_is_refused(
    still_office: Office, fields: dict[str, str], said: str
) -> None:
    answer = await still_office.send("/admin/new-scope", **fields)
    assert answer.status_code == 400 and said in html.unescape(answer.text)


async def test_a_scope_that_needs_escaping_has_a_page(office: Office) -> None:
    name = "a/b?c=%20&d#e"
    await office.send("/admin/new-scope", name=name, description="Odd")
    path = f"/admin/scopes/{quote(name, safe='')}"
    assert path in html.unescape((await office.get("/admin/scopes")).text)
    await office.send(path, description="Odder")
    assert (await context(office.world)).scopes[name] == "Odder"


async def test_an_api_is_declared_changed_and_taken_back(each_office: Office) -> None:
    given = {
        "identifier": API, "name": "Photos", "scopes": "photos.read  photos.print",
        "access_token_format": "jwt", "access_token_lifetime": "300",
        "resource_servers": "printer\nother",
    }  # fmt: skip
    answer = await each_office.send("/admin/new-api", **given)
    assert answer.headers["location"] == "/admin/apis?done=api"
    row = (await context(each_office.world)).apis[API]
    assert (row.scopes, row.resource_servers) == ("photos.read photos.print", "printer other")
    assert (row.access_token_format, row.access_token_lifetime) == ("jwt", 300)
    page = await each_office.get("/admin/apis")
    assert "JWT, 5 minutes" in page.text
    await each_office.send(API_PATH, name="", scopes="", access_token_format="",
                           access_token_lifetime="", resource_servers="")  # fmt: skip
    row = (await context(each_office.world)).apis[API]
    assert (row.scopes, row.access_token_format, row.access_token_lifetime) == ("", None, None)
    await each_office.send(f"{API_PATH}/delete")
    assert API not in (await context(each_office.world)).apis


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"identifier": "photos"}, "must be an absolute URI"),
        ({"access_token_lifetime": "an hour"}, "must be a whole number"),
        ({"access_token_lifetime": "5"}, "must be 30 to 86400"),
        ({"scopes": 'one "two'}, "is not a scope-token"),
        ({"access_token_format": "saml"}, "must be opaque or jwt"),
    ],
)
async def test_an_api_that_cannot_be_is_refused(
    still_office: Office, fields: dict[str, str], said: str
) -> None:
    answer = await still_office.send("/admin/new-api", **{"identifier": API, **fields})
    assert answer.status_code == 400 and said in html.unescape(answer.text).replace("Must", "must")
    assert API not in (await context(still_office.world)).apis


# Keys


async def test_a_key_that_is_rotated_ahead_is_published_before_it_signs(
    office: Office,
) -> None:
    world = office.world
    tokens = await world.redeem(await world.authorize())
    answer = await office.send("/admin/keys/rotate?alg=RS256", ahead="86400")
    assert answer.headers["location"] == "/admin/keys?done=rotated"
    world.forget()
    jwks = (await office.get("/oauth2/jwks")).json()["keys"]
    assert len([key for key in jwks if key["alg"] == "RS256"]) == 2
    page = await office.get("/admin/keys")
    assert page.text.count('aria-current="step"') == 3
    assert all(f"{key['kid']}</bdi>" in page.text for key in jwks)
    for state in ("Published", "Signs", "Verifies only", "Gone"):
        assert state in page.text
    assert (await world.userinfo(tokens.access_token)).status_code == 200


async def test_a_key_that_is_rotated_now_keeps_verifying(each_office: Office) -> None:
    """THREATS 53"""
    world = each_office.world
    before = await world.redeem(await world.authorize())
    await each_office.send("/admin/keys/rotate?alg=RS256", ahead="0")
    world.forget()
    after = await world.redeem(await world.authorize())
    jwks = KeySet.import_key_set((await each_office.get("/oauth2/jwks")).json())
    signed = [jwt.decode(tokens.body["id_token"], jwks) for tokens in (before, after)]
    assert signed[0].header["kid"] != signed[1].header["kid"]
    assert signed[0].claims["sub"] == signed[1].claims["sub"]
    trail = await each_office.get("/admin/audit", action="key.rotate")
    assert "key.rotate" in trail.text and "ada" in trail.text


async def test_an_urgent_rotation_overtakes_a_planned_one(office: Office) -> None:
    """THREATS 53"""
    await office.world.redeem(await office.world.authorize())
    for ahead in ("604800", "0"):
        await office.send("/admin/keys/rotate?alg=RS256", ahead=ahead)

    async def states() -> list[str]:
        page = await office.get("/admin/keys")
        section = page.text.split('id="keys-RS256"')[1].partition("</section>")[0]
        return re.findall(r"key-row--(\w+)", section)

    assert await states() == ["active", "retiring", "retiring"]
    assert "never: another took its place" in (await office.get("/admin/keys")).text
    office.world.clock.forward(3_600)
    assert await states() == ["active", "retired", "retired"]
    office.world.clock.forward(8 * 86_400)
    await office.sign_in()
    assert await states() == ["active", "retired", "retired"]


async def test_a_key_that_others_may_have_is_revoked_by_a_page_that_asks(
    each_office: Office,
) -> None:
    """THREATS 53"""
    world = each_office.world
    before = await world.redeem(await world.authorize())
    old = json.loads(base64url.decode(before.body["id_token"].split(".")[0]))["kid"]
    ask = f"/admin/keys/revoke?kid={old}"
    assert ask in html.unescape((await each_office.get("/admin/keys")).text)
    assert "a new RS256 key is made" in (await each_office.get(ask)).text
    answer = await each_office.send(ask, kid=old)
    assert answer.headers["location"] == "/admin/keys?done=key-revoked"
    world.forget()
    assert old not in (await each_office.get("/oauth2/jwks")).text
    page = (await each_office.get("/admin/keys")).text
    assert "key-row--revoked" in page and ask not in html.unescape(page)
    assert (await each_office.get("/admin/keys/revoke?kid=none")).status_code == 404
    assert (await each_office.send(ask, kid="none")).status_code == 404


async def test_data_keys_are_shown_with_what_each_does(each_office: Office) -> None:
    page = await each_office.get("/admin/keys")
    assert shown_data_keys(page.text) == [("1", "Seals")]
    await rotate_data_key(await context(each_office.world))
    page = await each_office.get("/admin/keys")
    assert shown_data_keys(page.text) == [("2", "Published"), ("1", "Seals")]
    each_office.world.clock.forward(AHEAD.total_seconds() + 1)
    await each_office.world.run_job("data-keys")
    each_office.world.forget()
    page = await each_office.get("/admin/keys")
    assert shown_data_keys(page.text) == [("2", "Seals"), ("1", "Opens only")]


def shown_data_keys(page: str) -> list[tuple[str, str]]:
    """Version and state of each data key on the page."""
    rows = page.partition('id="data-keys')[2]
    return re.findall(r"<td>(\d+)</td>\s*<td data-label=\"State\">.*?>([^<]+)<", rows)


async def test_keys_long_gone_are_not_all_shown(office: Office) -> None:
    for _ in range(6):
        await office.send("/admin/keys/rotate?alg=ES256", ahead="0")
        office.world.clock.forward(90_000)
        await office.sign_in()
    page = await office.get("/admin/keys")
    section = page.text.split('id="keys-ES256"')[1].partition("</section>")[0]
    assert section.count("key-row--active") == 1 and section.count("key-row--retired") == 3


@pytest.mark.parametrize(
    "fields", [{"alg": "HS256", "ahead": "0"}, {"ahead": "-1"}, {"ahead": ""}, {"alg": ""}]
)
async def test_a_rotation_that_cannot_be_is_refused(
    still_office: Office, fields: dict[str, str]
) -> None:
    sent = {"alg": "RS256", "ahead": "0", **fields}
    answer = await still_office.send("/admin/keys/rotate?alg=RS256", **sent)
    assert answer.status_code == 400 and "error" in answer.text


async def test_a_key_that_signs_for_long_is_brought_up(office: Office) -> None:
    await office.world.redeem(await office.world.authorize())
    assert "older than 90 days" not in (await office.get("/admin")).text
    office.world.clock.ahead += timedelta(days=91)
    await office.sign_in()
    assert "RS256" in (await office.get("/admin")).text.split("older than 90 days")[0][-200:]


# Brand and hosts


async def test_the_brand_is_what_people_see(office: Office) -> None:
    fields = {"name": "Bilder & mehr", "accent": "#0a7d38", "act": "save"}
    answer = await office.send("/admin/brand", **fields)
    assert answer.headers["location"] == "/admin/brand?done=brand"
    office.world.forget()
    page = await office.world.new_browser().get("/login")
    assert "Bilder &amp; mehr" in page.text and "brand-0a7d38.css" in page.text


async def test_a_preview_changes_nothing(still_office: Office) -> None:
    answer = await still_office.send("/admin/brand", name="Other", accent="#FFEE00", act="preview")
    assert answer.status_code == 200
    assert "brand-ffee00.css" in answer.text and "black, at a contrast of 1" in answer.text
    tried = await still_office.get("/admin/brand", accent="#ffee00")
    assert "brand-ffee00.css" in tried.text
    ctx = await context(still_office.world)
    assert (ctx.tenant.name, ctx.policy.accent) == ("Photos", None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"name": ""}, "1 to 200 characters"), ({"accent": "red"}, "six hex digits")],
)
async def test_a_brand_that_cannot_be_is_refused(
    still_office: Office, fields: dict[str, str], said: str
) -> None:
    sent = {"name": "Photos", "accent": "#3457d5", "act": "save", **fields}
    answer = await still_office.send("/admin/brand", **sent)
    assert answer.status_code == 400 and said in answer.text


async def test_the_usual_colour_is_not_pinned(office: Office) -> None:
    await office.send("/admin/brand", name="Photos", accent="#3457D5", act="save")
    assert (await context(office.world)).policy.accent is None


async def test_hosts_are_listed_with_the_issuers(office: Office) -> None:
    store = office.world.store()
    await store.configuration.add_domain("id.photos.example", office.world.clock())
    office.world.forget()
    page = await office.get("/admin/domains")
    assert page.text.index("photos.localhost:8000") < page.text.index("id.photos.example")
    assert page.text.count("Issuer<") == 1


async def test_a_host_is_claimed_proven_and_removed(office: Office) -> None:
    """THREATS 35: a host is proven."""
    host, tokens = "id.photos.example", list[str]()

    async def found(_: str) -> list[str]:
        return tokens

    object.__setattr__(office.world.deployment, "txt_records", found)
    wrong = await office.send("/admin/domains", host="photos.localhost")
    assert wrong.status_code == 400 and "is the operator" in wrong.text
    answer = await office.send("/admin/domains", host=host)
    assert answer.headers["location"] == "/admin/domains?done=claimed"
    page = (await office.get("/admin/domains")).text
    assert f"_consentry-challenge.{host}" in page
    assert f"https://{host}/.well-known/consentry-challenge" in page
    early = await office.send("/admin/domains", act="check", host=host)
    assert early.status_code == 400 and "found neither" in early.text
    tokens += re.findall(r'id="token-1">([^<]+)<', page)
    proven = await office.send("/admin/domains", act="check", host=host)
    assert proven.headers["location"] == "/admin/domains?done=proven"
    page = (await office.get("/admin/domains")).text
    assert host in page and "Check now" not in page
    remove = f"/admin/domains/{host}/remove"
    assert "another tenant may claim it" in (await office.get(remove)).text
    await office.send(remove)
    office.world.forget()
    assert host not in (await office.get("/admin/domains")).text


async def test_who_checks_too_often_is_told_when_to_come_back(office: Office) -> None:
    """RFC 6585 §4"""
    world, host = office.world, "id.photos.example"
    await office.send("/admin/domains", host=host)
    for _ in range(CHECKS):
        await world.store().throttles.take(
            "domain-checks", count=CHECKS, period_s=PERIOD_S, now=world.clock()
        )
    answer = await office.send("/admin/domains", act="check", host=host)
    assert answer.status_code == 429 and "look again in" in answer.text
    assert 0 < int(answer.headers["retry-after"]) <= PERIOD_S


async def test_a_claim_is_dropped(office: Office) -> None:
    await office.send("/admin/domains", host="id.photos.example")
    await office.send("/admin/domains", act="drop", host="id.photos.example")
    assert (await office.get("/admin/domains/id.photos.example/remove")).status_code == 404
    assert "id.photos.example" not in (await office.get("/admin/domains")).text
