"""How long pages take with 10,000 tenants, and 10,000 clients and 100,000 people in one."""

import http.client
import os
import re
import time
from dataclasses import dataclass
from html import unescape
from statistics import quantiles

from benchmarks import place as places_of
from benchmarks.crowd import COOKIE, WEBHOOK, Crowd, write_tenant
from benchmarks.data import new_places, write_places
from benchmarks.processes import Server, cpu_seconds

MOST_MS = 50.0
CALLS = f"/admin/webhooks/{WEBHOOK}"
LISTS = (
    "/admin/tenants", "/admin/users", "/admin/clients", "/admin/authorizations", "/admin/audit",
    "/admin/logouts", CALLS,
)  # fmt: skip
OPERATOR = (
    "/admin/tenants", "/admin/tenants?q=t5", "/admin/tenants/photos", "/admin/operators",
    "/admin/audit", "/admin/jobs", "/admin/health",
)  # fmt: skip
TENANT = (
    "/admin", "/admin/users", "/admin/users?q=person5", "/admin/clients", "/admin/clients?q=app5",
    "/admin/authorizations", "/admin/authorizations?client=app7", "/admin/scopes", "/admin/apis",
    "/admin/keys", "/admin/policy", "/admin/brand", "/admin/domains", "/admin/audit",
    "/admin/usage", "/admin/usage?by=hour", "/admin/logouts", "/admin/webhooks", CALLS,
    f"{CALLS}/deliveries/{WEBHOOK}",
    "/developer", "/developer/new", "/developer/apps/app7/quickstart",
    "/developer/apps/app7/settings", "/developer/apps/app7/credentials",
    "/developer/apps/app7/try", "/developer/apps/app7/requests", "/developer/apps/app7/usage",
    "/developer/apps/app7/usage?by=hour", "/developer/apps/app7/logouts",
    "/developer/apps/app7/people", "/developer/apps/app7/danger",
    "/account", "/account/profile", "/account/apps", "/account/apps/app7", "/account/sessions",
    "/account/activity", "/account/data", "/account/delete",
)  # fmt: skip
_NEXT = re.compile(r'href="([^"]*[?&](?:after|before)=[^"]*)"')


@dataclass(frozen=True, slots=True)
class Size:
    """tenants: how many. crowd: what is in one of them. asked: how often each page is."""

    tenants: int
    crowd: Crowd
    asked: int


FULL = Size(10_000, Crowd(100_000, 10_000, 100_000, 20_000, 20_000, 100_000, 60, 20_000, 500), 200)
QUICK = Size(20, Crowd(500, 100, 500, 100, 100, 100, 20, 100, 20), 10)


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds from the request to the last byte of the answer, one at a time.

    server_ms, database_ms: of CPU, on average; other work on the machine disturbs them less.
    """

    page: str
    p50_ms: float
    p95_ms: float
    server_ms: float
    database_ms: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Pages:
    """Every page's times, and the load average of a minute before and after."""

    pages: list[Timed]
    load_before: float
    load_after: float


async def measure(postgres_url: str, size: Size) -> Pages:
    """Fill a database, start a server on it, ask for each page many times."""
    async with places_of.new_database(postgres_url, "bench_pages") as database:
        places = new_places(size.tenants)
        await write_places(database.connection, places)
        people = await write_tenant(database.connection, places[0], size.crowd)
        with places_of.consentry(database) as server:
            before = os.getloadavg()[0]
            found = []
            for host, cookie, paths in (
                ("localhost", people.operator, OPERATOR),
                ("photos.localhost", people.admin, TENANT),
            ):
                visitor = Visitor(server, database.postmaster, host, cookie)
                for path in paths:
                    found += visitor.timed(path, size.asked)
            return Pages(found, before, os.getloadavg()[0])


class Visitor:
    """A signed-in browser that keeps its connection."""

    def __init__(self, server: Server, postmaster: int, host: str, cookie: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._headers = {"Host": f"{host}:{server.port}", "Cookie": f"{COOKIE}={cookie}"}
        self._host, self._processes = host, (server.pid, postmaster)

    def timed(self, path: str, times: int) -> list[Timed]:
        """A page; of a list also the page behind it."""
        first, text = self._one(path, times)
        if path not in LISTS or not (onward := _NEXT.search(text)):
            return [first]
        second, _ = self._one(unescape(onward[1]), times, f"{path}, next page")
        return [first, second]

    def _one(self, path: str, times: int, name: str = "") -> tuple[Timed, str]:
        text, taken, used = self._get(path), [], self._used()
        for _ in range(times):
            began = time.perf_counter()
            self._get(path)
            taken.append(1000 * (time.perf_counter() - began))
        cut = quantiles(taken, n=100)
        server, database = (
            1000 * (now - before) / times for before, now in zip(used, self._used(), strict=True)
        )
        title = f"{'base ' if self._host == 'localhost' else ''}{name or path}"
        title = title.replace(WEBHOOK, "{id}")
        return Timed(title, cut[49], cut[94], server, database, len(text.encode())), text

    def _used(self) -> list[float]:
        return [cpu_seconds(pid, with_children=True) for pid in self._processes]

    def _get(self, path: str) -> str:
        self._line.request("GET", path, headers=self._headers)
        answer = self._line.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {text[:300]}")
        return text
