"""RFC 5849 §3.4.1.2: which address was signed, behind proxies, on custom domains, per tenant."""

from typing import Any

import httpx
import pytest

from consentry.spec.oauth1.signing import Credentials
from support.signing import (
    KEY,
    Answer,
    add_oauth1_client,
    approve,
    deliver,
    exchange,
    initiate,
    returned,
    sign,
    token_credentials,
    whoami,
)
from support.world import CALLBACK, SECRET, World, running_world

PROXY = "192.0.2.1"
CLIENT = Credentials(KEY, SECRET)
DOMAIN = "id.photos.example"


async def moved(world: World, signed_for: str, sent_to: str, **options: Any) -> httpx.Response:
    """A request signed for one address and sent to another."""
    signed = sign(world, "GET", "/api/v1/whoami", CLIENT, host=signed_for)
    return await deliver(
        world, "GET", type(signed)(f"http://{sent_to}/api/v1/whoami", signed.headers, b""),
        **options,
    )  # fmt: skip


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


INVALID = (401, "signature_invalid")


# Proxies (THREATS 34)


async def test_the_scheme_is_the_deployments_own(sqlite_database: str) -> None:
    """S1 Behind a proxy: a TLS terminator need not say anything when base_url does"""
    async with running_world(sqlite_database, base_url="https://id.example") as world:
        await add_oauth1_client(world)
        place: dict[str, Any] = {"host": "photos.id.example"}
        assert (await whoami(world, CLIENT, scheme="https", **place)).status_code == 200
        assert code_of(await whoami(world, CLIENT, scheme="http", **place)) == INVALID


async def test_a_trusted_proxy_says_host_and_scheme(sqlite_database: str) -> None:
    """THREATS 34, RFC 7239 §5.3, §5.4"""
    async with running_world(sqlite_database, trusted_proxies=f"{PROXY}/32") as world:
        await add_oauth1_client(world)
        public = "photos.localhost:8000"
        for headers in (
            {"X-Forwarded-Host": public, "X-Forwarded-Proto": "https"},
            {"Forwarded": f'host="{public}";proto=https'},
        ):
            signed = sign(world, "GET", "/api/v1/whoami", CLIENT, scheme="https", host=public)
            inside = type(signed)("http://10.0.0.7:8080/api/v1/whoami", signed.headers, b"")
            answer = await deliver(world, "GET", inside, address=PROXY, headers=headers)
            assert answer.status_code == 200
            again = sign(world, "GET", "/api/v1/whoami", CLIENT, scheme="http", host=public)
            answer = await deliver(world, "GET", again, address=PROXY, headers=headers)
            assert code_of(answer) == INVALID


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "music.localhost:8000"},
        {"X-Forwarded-Proto": "https"},
        {"Forwarded": "host=music.localhost:8000;proto=https"},
        {"X-Original-URL": "/oauth1/token", "X-Forwarded-Port": "443"},
    ],
    ids=["host", "scheme", "Forwarded", "others"],
)
async def test_a_strangers_forwarding_headers_change_nothing(
    photos: World, headers: dict[str, str]
) -> None:
    """THREATS 34"""
    assert (await whoami(photos, CLIENT, sent_headers=headers)).status_code == 200
    https = await whoami(photos, CLIENT, sent_headers=headers, scheme="https")
    assert code_of(https) == INVALID


# Hosts


async def test_a_signature_is_for_the_host_that_was_asked(world: World) -> None:
    """RFC 5849 §3.4.1.2: every host of the tenant, each by itself"""
    await world.store().configuration.add_domain(DOMAIN, world.clock())
    world.app.registry.drop(None)
    own, domain = "photos.localhost:8000", f"{DOMAIN}:8000"
    for host in (own, domain):
        assert (await moved(world, host, host)).status_code == 200
    assert code_of(await moved(world, own, domain)) == INVALID
    assert code_of(await moved(world, domain, own)) == INVALID


async def test_the_whole_flow_goes_by_a_custom_domain(world: World) -> None:
    """CONTRACT: `domains`"""
    await world.store().configuration.add_domain(DOMAIN, world.clock())
    world.app.registry.drop(None)
    place: dict[str, Any] = {"host": f"{DOMAIN}:8000"}
    temporary = await initiate(world, **place)
    transport = httpx.ASGITransport(world.app, client=("203.0.113.9", 1))
    origin = f"http://{DOMAIN}:8000"
    async with httpx.AsyncClient(transport=transport, base_url=origin) as browser:
        back = returned(await approve(world, temporary["oauth_token"], browser))
    bought = await exchange(world, temporary, back["oauth_verifier"], **place)
    held = Credentials(KEY, SECRET, bought["oauth_token"], bought["oauth_token_secret"])
    for options in (place, {}):
        assert (await whoami(world, held, **options)).status_code == 200


@pytest.mark.parametrize("host", ["PHOTOS.localhost:8000", "Photos.LocalHost:8000"])
async def test_a_hosts_case_means_nothing(photos: World, host: str) -> None:
    """RFC 5849 §3.4.1.2"""
    assert (await moved(photos, host, "photos.localhost:8000")).status_code == 200
    assert (await moved(photos, "photos.localhost:8000", host)).status_code == 200


async def test_a_default_port_is_left_out_and_another_is_not(sqlite_database: str) -> None:
    """RFC 5849 §3.4.1.2"""
    async with running_world(sqlite_database, base_url="http://id.example") as world:
        await add_oauth1_client(world)
        bare, port = "photos.id.example", "photos.id.example:80"
        assert (await moved(world, port, bare)).status_code == 200
        assert (await moved(world, bare, bare)).status_code == 200
        assert code_of(await moved(world, "photos.id.example:8080", bare)) == INVALID


# Tenants (THREATS 37-39)


async def test_two_tenants_with_equal_clients_share_nothing(world: World) -> None:
    """THREATS 37, 39: the same key, the same secret, the same person's name"""
    await world.add_tenant("music")
    await world.add_user("jane", "music")
    await add_oauth1_client(world, slug="music")
    there = world.new_browser("music")
    held = await token_credentials(world)
    theirs = await token_credentials(world, slug="music", browser=there)
    assert (await whoami(world, held)).json()["sub"] != (
        await whoami(world, theirs, slug="music")
    ).json()["sub"]
    assert code_of(await whoami(world, held, slug="music")) == INVALID
    assert code_of(await whoami(world, theirs)) == INVALID


async def test_temporary_credentials_are_of_one_tenant(world: World) -> None:
    """THREATS 39: unknown at the other one's pages and endpoints"""
    await world.add_tenant("music")
    await world.add_user("jane", "music")
    await add_oauth1_client(world, slug="music")
    temporary = await initiate(world)
    page = await approve(world, temporary["oauth_token"], world.new_browser("music"))
    assert (page.status_code, 'role="alert"' in page.text) == (400, True)
    verifier = returned(await approve(world, temporary["oauth_token"]))["oauth_verifier"]
    answer = await exchange(world, temporary, verifier, slug="music")
    assert answer.problem == "signature_invalid"
    assert (await exchange(world, temporary, verifier)).status == 200


async def test_a_nonce_is_used_at_its_own_tenant(world: World) -> None:
    """THREATS 38"""
    await world.add_tenant("music")
    await add_oauth1_client(world, slug="music")
    for slug in ("photos", "music"):
        assert (await whoami(world, CLIENT, slug=slug, nonce="same")).status_code == 200


async def test_an_unknown_or_disabled_tenant_answers_nobody(world: World) -> None:
    """THREATS 33"""
    unknown = Answer(
        await deliver(world, "POST", sign(world, "POST", "/oauth1/initiate", CLIENT,
                                          host="evil.example", extra={"oauth_callback": CALLBACK}))
    )  # fmt: skip
    assert unknown.status == 404
    held = await token_credentials(world)
    tenant = await world.deployment.store.tenants.by_slug("photos")
    assert tenant is not None
    tenant.disabled_at = world.clock()
    await world.deployment.store.tenants.save(tenant)
    world.app.registry.drop(None)
    assert (await whoami(world, held)).status_code == 403
    assert (await initiate(world)).status == 403
