"""My apps, a new one, and what it is registered with."""

from typing import Any

import pytest

from portal.conftest import signed_in, with_people
from portal.developer import REDIRECTS, Developer, alerts, client_id_of, secret_of, text_of
from support.world import World
from support.worlds import strict_world

__all__ = ["strict_world"]

KINDS = {
    "web": ("client_secret_basic", "web", ["authorization_code", "refresh_token"]),
    "single-page": ("none", "web", ["authorization_code", "refresh_token"]),
    "native": ("none", "native", ["authorization_code", "refresh_token"]),
    "agent": ("none", "native", ["authorization_code", "refresh_token"]),
    "machine": ("client_secret_basic", None, ["client_credentials"]),
}


async def stored(world: World, href: str) -> dict[str, Any]:
    found = await world.store().clients.get(client_id_of(href))
    assert found is not None
    return dict(found.row.metadata_)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_is_registered_as_it_needs(
    world: World, dora: Developer, kind: str
) -> None:
    method, application_type, grants = KINDS[kind]
    href, secret = await dora.register(kind)
    metadata = await stored(world, href)
    assert metadata["token_endpoint_auth_method"] == method
    assert metadata.get("application_type") == application_type
    assert metadata["grant_types"] == grants
    assert metadata["scope"] == "photos.read"
    assert metadata["redirect_uris"] == ([REDIRECTS[kind]] if kind in REDIRECTS else [])
    assert (secret is not None) == (method != "none")
    page = await dora.get(f"{href}/quickstart")
    assert page.status_code == 200


async def test_an_oauth1_app_signs_by_sha256_unless_more_is_chosen(
    world: World, dora: Developer
) -> None:
    shown = await dora.get("/developer/new/oauth1")
    ticked = [line for line in shown.text.splitlines() if " checked>" in line]
    assert [name for name in ("HMAC-SHA1", "RSA-SHA1") if any(name in one for one in ticked)] == []
    assert any("HMAC-SHA256" in one for one in ticked)
    href, secret = await dora.register("oauth1")
    metadata = await stored(world, href)
    assert metadata["oauth1_signature_methods"] == ["HMAC-SHA256", "RSA-SHA256"]
    assert metadata["protocols"] == ["oauth1"]
    assert secret
    fields = {"client_name": "Frame", "redirect_uris": "oob"}
    refused = await dora.send("/developer/new/oauth1", **fields)
    assert alerts(refused) == ["At least one is needed."]


async def test_a_secret_is_shown_once(dora: Developer) -> None:
    answer = await dora.send(
        "/developer/new/machine", client_name="Backup", **{"scope:photos.read": "on"}
    )
    where = answer.headers["location"]
    first, second = await dora.get(where), await dora.get(where)
    assert secret_of(first) and secret_of(second) is None
    assert str(secret_of(first)) not in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("http://printer.example/", "must be https; http is for"),
        ("https://*.printer.example/", "or a wildcard"),
        ("https://printer.example/#top", "must not have a fragment"),
        ("https://jane@printer.example/", "must not have user information"),
        ("https://printer.example/../x", "must not have .. in its path"),
        ("javascript:alert(1)", "is not allowed (RFC 8252"),
        ("printer.example/ready", "must be absolute, with a scheme"),
        ("<script>", "has a character that is not allowed"),
    ],
)
async def test_a_redirect_uri_that_is_refused_says_why(dora: Developer, uri: str, why: str) -> None:
    """THREATS 10, as it is typed and when it is sent"""
    typed = await dora.browser.get(
        "/developer/redirect-check", params={"kind": "web", "redirect_uris": f"https://a.b/\n{uri}"}
    )
    assert why in text_of(typed)
    assert "must be asked for exactly like this" in text_of(typed)
    assert uri not in typed.text or "<" not in uri
    sent = await dora.send(
        "/developer/new/web", client_name="Printer", redirect_uris=f"https://a.b/\n{uri}"
    )
    assert sent.status_code == 400
    assert alerts(sent) == ["Has an address we refuse."]
    assert why in text_of(sent)
    assert 'value="Printer"' in sent.text


async def test_what_is_missing_or_not_offered_is_refused(dora: Developer) -> None:
    nameless = await dora.send("/developer/new/web", redirect_uris="https://a.b/")
    assert alerts(nameless) == ["Is required."]
    nowhere = await dora.send("/developer/new/web", client_name="Printer")
    assert "required by the grant type authorization_code" in alerts(nowhere)[0].lower()
    fields = {"client_name": "Greedy", "scope:consentry:users": "on"}
    greedy = await dora.send("/developer/new/machine", **fields)
    assert "an administrator's to give" in alerts(greedy)[0]
    odd = await dora.send("/developer/new/machine", client_name="Odd", scope="a\tb")
    assert odd.status_code == 400
    assert (await dora.get("/developer/new/submarine")).status_code == 404


async def test_developers_see_their_own_apps_and_administrators_all(
    dora: Developer, max_: Developer, ada: Developer, alone: World
) -> None:
    await dora.register("web", client_name="Of Dora")
    await max_.register("web", client_name="Of Max")
    assert "Of Dora" in text_of(await dora.get("/developer"))
    assert "Of Max" not in text_of(await dora.get("/developer"))
    both = text_of(await ada.get("/developer"))
    assert "Of Dora" in both and "Of Max" in both and "printer.example.com" in both
    found = text_of(await ada.get("/developer?q=of+m"))
    assert "Of Max" in found and "Of Dora" not in found
    assert "No app matches" in text_of(await ada.get("/developer?q=nothing"))


async def test_a_long_list_has_pages(world: World, ada: Developer, alone: World) -> None:
    for number in range(30):
        await world.add_client(f"app-{number:02}", secret=None)
    first = await ada.get("/developer")
    assert "app-23" in first.text and "app-24" not in first.text
    second = await ada.get("/developer?after=app-23")
    assert "app-24" in second.text and "Previous" in second.text


async def test_settings_are_changed_and_what_they_do_not_show_stays(
    world: World, dora: Developer, ada: Developer
) -> None:
    href, _ = await dora.register("web")
    where = f"{href}/settings"
    fields = {
        "client_name": "Printer", "redirect_uris": "https://new.example/", "scope:openid": "on",
        "post_logout_redirect_uris": "https://new.example/bye",
        "client_uri": "https://new.example/about",
    }  # fmt: skip
    assert (await ada.send(where, **fields, **{"scope:consentry:clients": "on"})).status_code == 303
    assert (await dora.send(where, **fields)).status_code == 303
    metadata = await stored(world, href)
    assert metadata["redirect_uris"] == ["https://new.example/"]
    assert metadata["post_logout_redirect_uris"] == ["https://new.example/bye"]
    assert set(metadata["scope"].split()) == {"openid", "consentry:clients"}
    assert metadata["token_endpoint_auth_method"] == "client_secret_basic"
    bad = await dora.send(where, **{**fields, "client_uri": "http://elsewhere.example/"})
    assert bad.status_code == 400
    assert alerts(bad)[0].startswith("Must be https")


async def test_where_an_app_is_told_of_logouts_is_set_on_the_page(
    world: World, dora: Developer
) -> None:
    """Back-Channel Logout §2.2, Front-Channel Logout §2"""
    href, _ = await dora.register("web")
    where, out = f"{href}/settings", "https://new.example/out"
    fields = {
        "client_name": "Printer", "redirect_uris": "https://new.example/",
        "backchannel_logout_uri": out, "frontchannel_logout_uri": out,
    }  # fmt: skip
    wrong = await dora.send(where, **{**fields, "frontchannel_logout_uri": "https://a.example/"})
    assert wrong.status_code == 400 and "those of a redirect URI" in alerts(wrong)[0]
    on = {"frontchannel_logout_session_required": "on"}
    assert (await dora.send(where, **fields, **on)).status_code == 303
    metadata = await stored(world, href)
    assert (metadata["backchannel_logout_uri"], metadata["frontchannel_logout_uri"]) == (out, out)
    assert metadata["frontchannel_logout_session_required"] is True
    page = await dora.get(where)
    assert page.text.count(f'value="{out}"') == 2 and f'href="{href}/logouts"' in page.text
    bare = {name: fields[name] for name in ("client_name", "redirect_uris")}
    assert (await dora.send(where, **bare)).status_code == 303
    assert not {"backchannel_logout_uri", "frontchannel_logout_uri"} & set(
        name for name, value in (await stored(world, href)).items() if value
    )


async def test_nobodys_change_is_lost(dora: Developer) -> None:
    href, _ = await dora.register("web")
    where = f"{href}/settings"
    fields = {"client_name": "First", "redirect_uris": "https://a.example/"}
    page = await dora.get(where)
    stale = page.text.partition('name="version" value="')[2].partition('"')[0]
    assert (await dora.send(where, **fields)).status_code == 303
    late = await dora.send(where, **{**fields, "client_name": "Second", "version": stale})
    assert late.status_code == 400
    assert "changed meanwhile" in alerts(late)[0]


async def test_an_oauth1_app_changes_its_methods(world: World, dora: Developer) -> None:
    href, _ = await dora.register("oauth1")
    fields = {"client_name": "Frame", "redirect_uris": "oob"}
    sent = await dora.send(f"{href}/settings", **fields, **{"method:HMAC-SHA1": "on"})
    assert sent.status_code == 303
    assert (await stored(world, href))["oauth1_signature_methods"] == ["HMAC-SHA1"]
    none = await dora.send(f"{href}/settings", **fields)
    assert alerts(none) == ["At least one is needed."]


async def test_many_scopes_are_typed_instead_of_ticked(
    world: World, dora: Developer, alone: World
) -> None:
    for number in range(45):
        await world.store().configuration.save_scope(f"scope{number}", "")
    world.forget()
    page = await dora.get("/developer/new/machine")
    assert 'type="checkbox"' not in page.text
    fields = {"client_name": "Backup", "scope": "scope7 scope9"}
    answer = await dora.send("/developer/new/machine", **fields)
    assert answer.status_code == 303


@pytest.mark.parametrize("name", ["q", "after"])
async def test_a_search_for_what_no_database_holds_finds_nothing(
    strict_world: World, name: str
) -> None:
    """On PostgreSQL, which takes no NUL."""
    if await strict_world.store().users.by_identifier("dora") is None:
        await with_people(strict_world)
    dora = await signed_in(strict_world, "dora")
    answer = await dora.browser.get("/developer", params={name: "a\0b"})
    assert answer.status_code == 200
