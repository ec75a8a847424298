"""Who is shown the figures: who asks the base host, or who asks a replica by its address."""

import httpx
import pytest

from support.world import World, running_world

PROXY = "192.0.2.1"
BASE, TENANT = "localhost:8000", "photos.localhost:8000"
ADDRESSES = ("10.0.0.7:8000", "[fd00::7]:8000")


async def asked(world: World, host: str, **headers: str) -> int:
    """The status that `/metrics` has for a trusted proxy which sends these headers."""
    transport = httpx.ASGITransport(world.app, client=(PROXY, 4711))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        answer = await client.get("/metrics", headers=headers)
    assert (b"consentry_requests_total" in answer.content) == (answer.status_code == 200)
    return answer.status_code


async def test_the_base_host_shows_the_figures_and_no_other(sqlite_database: str) -> None:
    async with running_world(sqlite_database, trusted_proxies=PROXY) as world:
        assert await asked(world, BASE) == 200
        for host in (TENANT, *ADDRESSES):
            assert await asked(world, host) == 404


async def test_addresses_show_the_figures_and_names_do_not(sqlite_database: str) -> None:
    async with running_world(sqlite_database, trusted_proxies=PROXY, metrics="address") as world:
        for host in ADDRESSES:
            assert await asked(world, host) == 200
        for host in (BASE, TENANT, "unknown.example"):
            assert await asked(world, host) == 404


@pytest.mark.parametrize(
    "header", [{"X-Forwarded-Host": "10.0.0.7"}, {"Forwarded": "host=10.0.0.7"}]
)
async def test_a_word_passed_on_by_a_proxy_makes_no_address(
    sqlite_database: str, header: dict[str, str]
) -> None:
    """Many proxies leave a header of the caller's as it came (RFC 7239 §8.1)."""
    async with running_world(sqlite_database, trusted_proxies=PROXY, metrics="address") as world:
        assert await asked(world, BASE, **header) == 404


@pytest.mark.parametrize("header", ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host"])
async def test_what_a_proxy_passed_on_gets_no_figures_though_it_names_an_address(
    sqlite_database: str, header: str
) -> None:
    """Asked for `http://name/metrics` with another `Host`, some go by the one and pass on both."""
    async with running_world(sqlite_database, trusted_proxies=PROXY, metrics="address") as world:
        assert await asked(world, ADDRESSES[0], **{header: "10.0.0.7"}) == 404
