"""Each case on Consentry and on the bare route, taking turns."""

import urllib.request
from dataclasses import dataclass
from statistics import median

from benchmarks import place as places_of
from benchmarks.cases import Case
from benchmarks.data import Place
from benchmarks.measure import Cost, cost, middle
from benchmarks.place import Database
from benchmarks.processes import Server

# More than either side answers on one core.
MOST_A_SECOND = 24_000


@dataclass(frozen=True, slots=True)
class Effort:
    """rounds: turns of each side. seconds: of each turn. warm_s: before the first; 0 for none.

    stock: the bare route runs on uvicorn's own connection class instead of Consentry's.
    """

    rounds: int
    seconds: float
    warm_s: float
    stock: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """A case's medians; ratio: the median of the rounds' own ratios."""

    case: Case
    ours: Cost
    bare: Cost
    ratio: float


async def compare(
    case: Case, database: Database, places: list[Place], ours: Server, effort: Effort
) -> Compared:
    """Turns of both sides on fresh rows, A B A B."""
    size = _document_bytes(case, ours.port)
    with places_of.bare(
        database, case.name, places[0], document_bytes=size, stock=effort.stock
    ) as bare:
        if effort.warm_s:
            await _turn(case, database, places, ours, bare, effort.warm_s)
        turns = [
            await _turn(case, database, places, ours, bare, effort.seconds)
            for _ in range(effort.rounds)
        ]
    return Compared(
        case,
        middle([one for one, _ in turns]),
        middle([other for _, other in turns]),
        median(other.total_us / one.total_us for one, other in turns),
    )


async def _turn(
    case: Case, database: Database, places: list[Place], ours: Server, bare: Server, seconds: float
) -> tuple[Cost, Cost]:
    made = []
    for server, make in ((ours, case.ours), (bare, case.bare)):
        traffic = await case.traffic(
            database.connection, places, make, server.port, round(MOST_A_SECOND * seconds)
        )
        made.append(cost(server, database.postmaster, traffic, seconds))
    return made[0], made[1]


def _document_bytes(case: Case, port: int) -> int:
    """How long the document is that the bare route shall answer with."""
    paths = {"discovery": "/.well-known/openid-configuration", "jwks": "/oauth2/jwks"}
    if case.name not in paths:
        return 0
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{paths[case.name]}", headers={"Host": f"photos.localhost:{port}"}
    )
    with urllib.request.urlopen(asked) as answer:  # noqa: S310
        return len(answer.read())
