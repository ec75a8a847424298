"""How many statements a request costs: what a database further away makes of it."""

import pathlib
import re
from collections.abc import Awaitable, Callable

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from support.world import World

SCALING = pathlib.Path(__file__).resolve().parents[2] / "docs/scaling.md"
MACHINES = {"grant_type": "client_credentials"}


async def test_a_request_costs_as_many_statements_as_the_documentation_says(
    each_traced: World, spans: InMemorySpanExporter
) -> None:
    rounds = [await a_round(each_traced, spans) for _ in range(3)]
    # News of a change makes a process ask once more, whenever it comes.
    found = {name: min(one[name] for one in rounds) for name in rounds[0]}
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", SCALING.read_text(), re.MULTILINE)
    assert {name: int(count) for name, count in rows} == found


async def a_round(world: World, spans: InMemorySpanExporter) -> dict[str, int]:
    """The statements of one request to each endpoint."""

    async def counted(act: Callable[[], Awaitable[object]]) -> int:
        spans.clear()
        await act()
        told = [dict(one.attributes or {}) for one in spans.get_finished_spans()]
        return sum("db.query.text" in said for said in told)

    async def page(path: str) -> int:
        async with world.new_browser() as browser:
            return await counted(lambda: browser.get(path))

    first = await world.redeem(await world.authorize())
    code = await world.authorize()
    return {
        "discovery": await page("/.well-known/openid-configuration"),
        "keys": await page("/oauth2/jwks"),
        "client_credentials": await counted(lambda: world.token(MACHINES)),
        "authorization_code": await counted(lambda: world.redeem(code)),
        "refresh_token": await counted(lambda: world.refresh(first.refresh_token)),
        "introspection": await counted(lambda: world.introspect(first.access_token)),
        "userinfo": await counted(lambda: world.userinfo(first.access_token)),
        "revocation": await counted(lambda: world.revoke(first.access_token)),
    }
