"""THREATS 33, 34, 37-39: one tenant is nothing to another, whatever host is claimed."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest

from consentry.main import TENANT_ENDPOINTS, base_endpoints
from consentry.operations.mail_letters import PATHS
from consentry.operations.mail_tokens import Purpose, mint
from consentry.spec.oauth1.signing import Credentials, sign_request
from consentry.store.ports import Duplicate
from consentry.tenancy.context import open_tenant
from consentry_admin import account, portal, tenant
from support.signing import (
    add_oauth1_client,
    exchange,
    initiate,
    returned,
    send_signed,
    token_credentials,
)
from support.signing import approve as approved
from support.token_side import (
    another_process,
    bought,
    change_client,
    client_token,
    eventually,
    send,
    status_of,
)
from support.world import PASSWORD, PKCE, SECRET, World, answer_of, hidden, running_world

METADATA = "/.well-known/openid-configuration"
PHOTOS, MUSIC = "http://photos.localhost:8000", "http://music.localhost:8000"


@pytest.fixture(scope="module", autouse=True)
async def two_tenants(shared_world: World) -> None:
    """`music` has a Jane and a `printer` of its own, with the same words; `solo` is photos' own."""
    await shared_world.add_tenant("music")
    await shared_world.add_user(slug="music")
    await shared_world.add_client(slug="music", may_introspect="all")
    await shared_world.add_client("solo")
    await shared_world.add_user("only")
    for slug in ("photos", "music"):
        await add_oauth1_client(shared_world, slug=slug)
    await add_oauth1_client(shared_world, "own-signer")
    await shared_world.sign_in()


def carried(world: World) -> httpx.AsyncClient:
    """A browser at music with every cookie that photos gave."""
    cookies = {one.name: one.value or "" for one in world.browser.cookies.jar}
    assert "consentry_login" in cookies
    return world.new_browser("music", cookies=cookies)


async def token_endpoint(world: World) -> None:
    code, tokens = await world.authorize(), await bought(world)
    assert (await world.redeem(code, slug="music")).error == "invalid_grant"
    assert (await world.refresh(tokens.refresh_token, slug="music")).error == "invalid_grant"
    own = await world.token({"grant_type": "client_credentials"}, client_id="solo", slug="music")
    assert (own.status, own.error) == (401, "invalid_client")
    assert (await world.redeem(code)).status == 200
    assert (await world.refresh(tokens.refresh_token)).status == 200


async def introspection(world: World) -> None:
    api = "https://jwt.example"
    await world.add_api(api, access_token_format="jwt")
    tokens, own = await bought(world), await client_token(world)
    signed = await client_token(world, resource=api)
    for text in (
        tokens.access_token, tokens.refresh_token, own.access_token, signed.access_token,
        tokens.body["id_token"],
    ):  # fmt: skip
        assert await world.introspect(text, slug="music") == {"active": False}
    assert await world.is_active(tokens.access_token)
    assert await world.is_active(signed.access_token)


async def revocation(world: World) -> None:
    tokens, own = await bought(world), await client_token(world)
    for text in (tokens.access_token, tokens.refresh_token, own.access_token):
        answer = await world.revoke(text, slug="music")
        assert (answer.status_code, answer.content) == (200, b"")
        assert await world.is_active(text)


async def userinfo(world: World) -> None:
    tokens = await bought(world)
    assert (await world.userinfo(tokens.access_token, slug="music")).status_code == 401
    assert (await world.userinfo(tokens.access_token)).status_code == 200


async def jwks(world: World) -> None:
    kids = []
    for slug in ("photos", "music"):
        async with world.new_browser(slug) as client:
            keys = (await client.get("/oauth2/jwks")).json()["keys"]
        kids.append({key["kid"] for key in keys})
    assert kids[0] and kids[1] and not kids[0] & kids[1]


async def authorize(world: World) -> None:
    async with carried(world) as there:
        unknown = await world.ask(there, PKCE, client_id="solo")
        assert unknown.status_code == 400 and "location" not in unknown.headers
        quiet = await world.ask(there, PKCE, prompt="none")
        assert answer_of(quiet) | {"error": "login_required", "iss": MUSIC} == answer_of(quiet)
        asked = await there.get((await world.ask(there, PKCE)).headers["location"])
        assert 'name="password"' in asked.text
    here = await world.ask(pkce=PKCE, prompt="none", id_token_hint="x")
    assert answer_of(here)["iss"] == PHOTOS


async def end_session(world: World) -> None:
    hint = (await bought(world)).body["id_token"]
    async with carried(world) as there:
        for query in ({"id_token_hint": hint}, {"client_id": "solo"}):
            answer = await there.get("/oauth2/logout", params=query)
            assert answer.status_code == 400 and "location" not in answer.headers


async def metadata(world: World) -> None:
    for path in (METADATA, "/.well-known/oauth-authorization-server"):
        for slug, issuer in (("photos", PHOTOS), ("music", MUSIC)):
            async with world.new_browser(slug) as client:
                seen = (await client.get(path)).json()
            assert seen["issuer"] == issuer
            assert {v.startswith(issuer) for n, v in seen.items() if n.endswith("endpoint")} == {
                True
            }


async def login(world: World) -> None:
    async with world.new_browser() as browser:
        page = await browser.get("/login")
        cookies = {one.name: one.value or "" for one in browser.cookies.jar}
    async with world.new_browser("music", cookies=cookies) as there:
        words = {"username": "jane", "password": PASSWORD}
        assert (await there.post("/login", data={**hidden(page), **words})).status_code == 403
    async with world.new_browser("music") as there:
        refused = await world.sign_in(there, username="only")
        assert "consentry_login" not in there.cookies
        assert 'role="alert"' in refused.text


async def in_flow(world: World) -> httpx.URL:
    """A page of photos in the middle of a request."""
    asked = await world.ask(pkce=PKCE, prompt="consent", scope="openid")
    page = await world.browser.get(asked.headers["location"])
    while page.status_code == 303:
        page = await world.browser.get(page.headers["location"])
    assert page.status_code == 200
    return page.url


async def consent(world: World) -> None:
    url = await in_flow(world)
    assert url.path == "/consent"
    page = await world.browser.get(url)
    async with carried(world) as there:
        shown = await there.get("/consent", params=dict(url.params))
        assert (shown.status_code, "location" in shown.headers) == (400, False)
        sent = await there.post("/consent", data={**hidden(page), "decision": "approve"})
        assert sent.status_code in (400, 403) and "location" not in sent.headers


async def mailed(path: str, world: World) -> None:
    """A link that photos sent; the form for one has the token of its own page alone."""
    jane = await world.store().users.by_identifier("jane")
    tenant = await world.deployment.store.tenants.by_slug("photos")
    assert jane is not None and tenant is not None
    ctx = await open_tenant(world.deployment, tenant)
    purpose: Purpose = next((one for one, at in PATHS.items() if at == path), "reset")
    token = mint(ctx, purpose, jane)
    here = await world.new_browser().get(path, params={"token": token})
    async with carried(world) as there:
        shown = await there.get(path, params={"token": token})
        sent = await there.post(path, data={**hidden(here), "password": "a password of theirs"})
    assert shown.status_code in (400, 404)
    assert sent.status_code in (403, 404)


async def select(world: World) -> None:
    asked = await world.ask(pkce=PKCE, prompt="select_account")
    url = httpx.URL(asked.headers["location"])
    assert url.path == "/login/select"
    page = await world.browser.get(url)
    async with carried(world) as there:
        shown = await there.get("/login/select", params=dict(url.params))
        assert shown.status_code == 400
        sent = await there.post("/login/select", data={**hidden(page), "decision": "continue"})
        assert sent.status_code in (400, 403)


async def logout(world: World) -> None:
    page = await world.browser.get("/logout")
    async with carried(world) as there:
        await there.get("/logout")
        await there.post("/logout", data={**hidden(page), "decision": "logout"})
    assert (await world.browser.get("/account")).status_code == 200


async def own_account(path: str, world: World) -> None:
    """Whoever is signed in at photos is nobody at music, whatever is sent there."""
    tokens, here = await bought(world), path.format(client_id="printer", key="0")
    fields = hidden(await world.browser.get("/account/password"))
    sent = {**fields, "password": PASSWORD, "current_password": PASSWORD, "new_password": PASSWORD}
    async with carried(world) as there:
        for method, data in (("GET", None), ("POST", sent)):
            answer = await there.request(method, here, data=data)
            if answer.status_code != 405:
                assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert (await world.browser.get("/account")).status_code == 200
    assert await world.is_active(tokens.access_token)


async def desk(path: str, world: World) -> None:
    """An administrator of photos has no desk at music, whatever is asked or sent there."""
    browser = await at_the_desk(world)
    fields = hidden(await browser.get("/account/password"))
    cookies = {one.name: one.value or "" for one in browser.cookies.jar}
    here = re.sub(r"{\w+}", "0", path)
    async with world.new_browser("music", cookies=cookies) as there:
        for method, data in (("GET", None), ("POST", {**fields, "password": PASSWORD})):
            answer = await there.request(method, here, data=data)
            if answer.status_code != 405:
                assert (answer.status_code, answer.headers["location"]) == (303, "/login")


async def at_the_desk(world: World) -> httpx.AsyncClient:
    """A browser of photos' own administrator."""
    if await world.store().users.by_identifier("ada") is None:
        await world.add_user("ada", roles="admin")
    browser = world.new_browser()
    assert (await world.sign_in(browser, "ada")).status_code == 303
    assert (await browser.get("/admin")).status_code == 200
    return browser


async def theme(world: World) -> None:
    token = hidden(await world.browser.get("/account"))["csrf_token"]
    async with carried(world) as there:
        answer = await there.post("/theme", data={"csrf_token": token, "theme": "dark"})
    assert answer.status_code == 403


async def initiation(world: World) -> None:
    """A client of photos alone is nobody at music."""
    own = Credentials("own-signer", SECRET)
    assert (await initiate(world, own, slug="music")).problem == "signature_invalid"
    assert (await initiate(world, own)).status == 200


async def oauth1_authorization(world: World) -> None:
    temporary, browser = await initiate(world), world.new_browser("music")
    page = await approved(world, temporary["oauth_token"], browser)
    assert page.status_code == 400
    assert "oauth_verifier" in returned(await approved(world, temporary["oauth_token"]))


async def oauth1_token(world: World) -> None:
    temporary = await initiate(world)
    verifier = returned(await approved(world, temporary["oauth_token"]))["oauth_verifier"]
    elsewhere = await exchange(world, temporary, verifier, slug="music")
    assert elsewhere.problem == "signature_invalid"
    assert (await exchange(world, temporary, verifier)).status == 200


async def verification(world: World) -> None:
    """Music is told nothing of a request that photos would let in."""
    credentials = await token_credentials(world)
    signed = sign_request(
        credentials, "GET", "https://api.example/",
        timestamp=int(world.clock().timestamp()), nonce="of-photos",
    )  # fmt: skip
    asked = {"method": "GET", "url": signed.url, "headers": signed.headers}
    for slug, expected in (("music", "signature_invalid"), ("photos", None)):
        async with world.new_browser(slug) as client:
            said = await client.post("/oauth1/verify", json=asked, auth=("printer", SECRET))
        assert said.json().get("reason") == expected, slug


async def whoami(world: World) -> None:
    tokens, credentials = await bought(world), await token_credentials(world)
    bearer = {"Authorization": f"Bearer {tokens.access_token}"}
    for slug, status in (("music", 401), ("photos", 200)):
        async with world.new_browser(slug) as client:
            assert (await client.get("/api/v1/whoami", headers=bearer)).status_code == status
        signed = await send_signed(world, "GET", "/api/v1/whoami", credentials, slug=slug)
        assert signed.status_code == status, slug


ATTEMPTS: dict[str, Callable[[World], Awaitable[None]]] = {
    "/oauth2/token": token_endpoint,
    "/oauth2/introspect": introspection,
    "/oauth2/revoke": revocation,
    "/oauth2/userinfo": userinfo,
    "/oauth2/jwks": jwks,
    "/oauth2/authorize": authorize,
    "/oauth2/logout": end_session,
    METADATA: metadata,
    "/.well-known/oauth-authorization-server": metadata,
    "/login": login,
    "/login/select": select,
    **{path: partial(mailed, path) for path in ("/login/forgot", *PATHS.values())},
    "/consent": consent,
    "/logout": logout,
    **{path: partial(own_account, path) for path in account.ENDPOINTS},
    **{path: partial(desk, path) for path in (*portal.ENDPOINTS, *tenant.ENDPOINTS)},
    "/theme": theme,
    "/oauth1/initiate": initiation,
    "/oauth1/authorize": oauth1_authorization,
    "/oauth1/token": oauth1_token,
    "/oauth1/verify": verification,
    "/api/v1/whoami": whoami,
}


def test_every_address_of_a_tenant_is_tried() -> None:
    """THREATS 39"""
    assert set(ATTEMPTS) == set(TENANT_ENDPOINTS)


@pytest.mark.parametrize("path", ATTEMPTS)
async def test_what_is_one_tenants_is_nothing_at_another(shared_world: World, path: str) -> None:
    """THREATS 37, 38, 39"""
    await ATTEMPTS[path](shared_world)


async def test_the_same_words_are_two_people_and_two_clients(shared_world: World) -> None:
    """THREATS 37"""
    there = shared_world.new_browser("music")
    code = await shared_world.authorize(there)
    tokens = await shared_world.redeem(code, slug="music")
    assert tokens.status == 200
    await change_client(shared_world, "printer", client_name="Another name")
    assert await shared_world.is_active(tokens.access_token, slug="music")
    assert not await shared_world.is_active(tokens.access_token)


async def test_a_throttle_at_one_tenant_is_none_at_another(sqlite_database: str) -> None:
    """THREATS 38"""
    async with running_world(sqlite_database, limit_client_secret="1/3600") as world:
        await world.add_tenant("music")
        await world.add_client(slug="music")
        own = {"grant_type": "client_credentials"}
        seen = [(await world.token(own, secret="wrong")).status for _ in range(2)]
        assert seen == [401, 429]
        assert (await world.token(own, secret="wrong", slug="music")).status == 401


async def test_a_spent_jti_at_one_tenant_is_none_at_another(sqlite_world: World) -> None:
    """THREATS 38"""
    assert await sqlite_world.store().nonces.spend("x", "y", sqlite_world.clock())
    await sqlite_world.add_tenant("music")
    assert await sqlite_world.store("music").nonces.spend("x", "y", sqlite_world.clock())


# Whose host


@pytest.mark.parametrize(
    "hosts",
    [
        [], [b""], [b"photos.localhost:8000", b"photos.localhost:8000"],
        [b"photos.localhost:8000", b"music.localhost:8000"],
        [b"photos.localhost:8000, music.localhost:8000"], [b"photos localhost:8000"],
        [b"photos.localhost:8000/"], [b"photos.localhost:8000?"], [b"photos.localhost:8000#"],
        [b"jane@photos.localhost:8000"], [b"photos.localhost:80a"], [b"photos.localhost:"],
        [b"photos..localhost:8000"], [b".photos.localhost:8000"], [b"photos.localhost.:8000"],
        [b"-photos.localhost:8000"], [b"ph\xc3\xb6tos.localhost:8000"], [b"[::1"],
        [b"http://photos.localhost:8000"], [b"photos.localhost:8000\t"], [b"photos_.localhost"],
        [b"x" * 300], [b"photos.localhost:8000\0"], [b"photos%2elocalhost:8000"],
    ],
)  # fmt: skip
async def test_a_malformed_or_repeated_host_is_refused(
    shared_world: World, hosts: list[bytes]
) -> None:
    """RFC 9112 §3.2, THREATS 33"""
    assert await status_of(shared_world, METADATA, *hosts) == 400


@pytest.mark.parametrize(
    "host",
    [b"nobody.localhost:8000", b"photos.localhost", b"photos.localhost:8001", b"localhost.",
     b"photos.photos.localhost:8000", b"photos.localhost.evil.example:8000", b"127.0.0.1:8000",
     b"evil.example", b"photos", b"[::1]:8000", b"photos-.localhost", b"photos.localhost:08000"],
)  # fmt: skip
async def test_an_unknown_host_is_nowhere(shared_world: World, host: bytes) -> None:
    """CONTRACT: unknown host 404; THREATS 33"""
    expected = 400 if host in (b"localhost.", b"photos-.localhost") else 404
    assert await status_of(shared_world, METADATA, host) == expected


async def test_the_case_of_a_host_does_not_matter(shared_world: World) -> None:
    """RFC 9110 §4.2.3"""
    assert await status_of(shared_world, METADATA, b"PhotoS.LocalHost:8000") == 200


async def test_the_base_host_is_no_tenant(shared_world: World) -> None:
    """CONTRACT «Addresses»: what it shares with tenants are the operators' own pages"""
    deployment = shared_world.deployment
    own = base_endpoints(deployment.settings, deployment.store)
    for path in ATTEMPTS.keys() - own.keys():
        assert await status_of(shared_world, path, b"localhost:8000") == 404, path
    for path in ("/oauth2/token", "/oauth1/token", "/developer", "/account", "/admin/users"):
        assert path not in own


FORWARDED = [
    ("X-Forwarded-Host", "music.localhost:8000"),
    ("Forwarded", "host=music.localhost:8000;proto=https;for=198.51.100.7"),
    ("X-Original-Host", "music.localhost:8000"),
    ("X-Host", "music.localhost:8000"),
]


@pytest.mark.parametrize("header", FORWARDED, ids=[name for name, _ in FORWARDED])
async def test_forwarding_headers_of_strangers_are_not_read(
    shared_world: World, header: tuple[str, str]
) -> None:
    """THREATS 34"""
    sent = [header, ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "198.51.100.7")]
    answer = await send(shared_world, METADATA, method="GET", headers=sent)
    assert answer.json()["issuer"] == PHOTOS
    assert "strict-transport-security" not in answer.headers


async def test_forwarding_headers_of_a_configured_proxy_are_read(sqlite_database: str) -> None:
    """THREATS 34, RFC 7239 §8.1"""
    proxy = "192.0.2.1"
    async with running_world(sqlite_database, trusted_proxies=f"{proxy}/32") as world:
        await world.add_tenant("music")

        async def issuer(peer: str, *headers: tuple[str, str]) -> Any:
            answer = await send(world, METADATA, method="GET", address=peer, headers=headers)
            return answer.json().get("issuer", answer.status_code)

        for header in FORWARDED[:2]:
            assert await issuer(proxy, header) == MUSIC
            assert await issuer("192.0.2.2", header) == PHOTOS
        assert await issuer(proxy, ("X-Forwarded-Host", "evil.example")) == 404
        assert await issuer(proxy, ("X-Forwarded-Host", "a b")) == 400
        https = await send(
            world, METADATA, method="GET", address=proxy, headers=[("X-Forwarded-Proto", "https")]
        )
        assert "strict-transport-security" in https.headers
        assert https.json()["issuer"] == PHOTOS


async def test_a_client_is_throttled_by_its_own_address_behind_a_proxy(
    sqlite_database: str,
) -> None:
    """THREATS 34, 49"""
    proxy, wrong = "192.0.2.1", "grant_type=client_credentials&client_id=printer&client_secret=x"
    form = ("Content-Type", "application/x-www-form-urlencoded")
    settings = {"trusted_proxies": f"{proxy}/32", "limit_client_secret": "1/60"}
    async with running_world(sqlite_database, **settings) as world:
        await change_client(world, "printer", token_endpoint_auth_method="client_secret_post")

        async def guess(client: str, peer: str = proxy) -> int:
            headers = [form, ("X-Forwarded-For", client)]
            answer = await send(world, "/oauth2/token", wrong, address=peer, headers=headers)
            return answer.status_code

        assert [await guess("198.51.100.1") for _ in range(2)] == [401, 429]
        assert await guess("198.51.100.2") == 401
        # Only the last hop is the proxy's own word.
        assert await guess("198.51.100.9, 198.51.100.1") == 429
        # What a proxy that writes X-Forwarded-For left as it came is the client's own word.
        mine = ("Forwarded", "for=198.51.100.8")
        answer = await send(
            world, "/oauth2/token", wrong, address=proxy,
            headers=[form, ("X-Forwarded-For", "198.51.100.1"), mine],
        )  # fmt: skip
        assert answer.status_code == 429
        # A stranger's word about itself changes nothing.
        seen = [await guess(f"198.51.100.{n}", "203.0.113.5") for n in (3, 4)]
        assert seen == [401, 429]


async def test_a_custom_domain_is_one_tenants_own(world: World) -> None:
    """THREATS 35"""
    host = b"id.photos.example:8000"
    await world.add_tenant("music")
    assert await status_of(world, METADATA, host) == 404
    await world.store().configuration.add_domain("id.photos.example", world.clock())
    world.app.registry.drop(None)
    assert await status_of(world, METADATA, host) == 200
    assert await status_of(world, METADATA, b"ID.Photos.Example:8000") == 200
    assert await status_of(world, METADATA, b"id.photos.example:9000") == 404
    with pytest.raises(Duplicate):
        await world.store("music").configuration.add_domain("id.photos.example", world.clock())
    await world.store().configuration.remove_domain("id.photos.example")
    world.forget()
    assert await status_of(world, METADATA, host) == 404


async def test_a_disabled_tenant_answers_403_everywhere(sqlite_world: World) -> None:
    """CONTRACT «Errors»"""
    world = sqlite_world
    tokens = await bought(world)
    await set_disabled(world, True)
    world.forget()
    for path in ATTEMPTS:
        assert await status_of(world, path, b"photos.localhost:8000") == 403, path
    answer = await world.post("/oauth2/introspect", {"token": tokens.access_token})
    assert (answer.status_code, answer.json()["error"]) == (403, "access_denied")
    await set_disabled(world, False)
    world.forget()
    assert await world.is_active(tokens.access_token)


async def set_disabled(world: World, disabled: bool) -> None:
    tenant = await world.deployment.store.tenants.by_slug("photos")
    assert tenant is not None
    tenant.disabled_at = world.clock() if disabled else None
    await world.deployment.store.tenants.save(tenant)


async def test_another_process_follows_a_change_within_a_second(world: World) -> None:
    """CONTRACT: running processes follow within a second"""
    async with another_process(world) as other:
        token = (await client_token(other)).access_token
        assert await status_of(other, METADATA, b"new.localhost:8000") == 404

        async def says(status: int, host: bytes = b"photos.localhost:8000") -> bool:
            return await status_of(other, METADATA, host) == status

        await world.add_tenant("new")
        await eventually(lambda: says(200, b"new.localhost:8000"))
        await change_client(world, "printer", token_endpoint_auth_method="client_secret_post")

        async def refused() -> bool:
            return (await client_token(other)).status == 401

        await eventually(refused)
        await set_disabled(world, True)
        await eventually(lambda: says(403))
        await set_disabled(world, False)
        await eventually(lambda: says(200))
        await change_client(world, "printer", token_endpoint_auth_method="client_secret_basic")

        async def active() -> bool:
            answer = await other.post("/oauth2/introspect", {"token": token})
            return bool(answer.json().get("active"))

        await eventually(active)
