"""A signed request to ours and to each peer, taking turns."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median

from benchmarks.cases import SIGNED
from benchmarks.comparison import MOST_A_SECOND, Effort
from benchmarks.data import Place
from benchmarks.load import Traffic
from benchmarks.measure import Cost, cost, middle
from benchmarks.peers.rows import PeerToken, signed_requests, write_rows
from benchmarks.place import Database
from benchmarks.processes import Server, server
from support import services

NEEDED = ("gunicorn", "psycopg")
TOKENS = 5_000
# More than a peer answers on one core.
MOST_OF_A_PEER = 5_000


@dataclass(frozen=True, slots=True)
class Peer:
    """target: how many times its cost ours shall be below. app: as gunicorn is told."""

    name: str
    target: float
    app: str


PEERS = (
    Peer("oauthlib, lean", 4.0, "benchmarks.peers.oauthlib_statements:app"),
    Peer("oauthlib, models", 4.0, "benchmarks.peers.oauthlib_models:app"),
    Peer("Authlib on Flask", 8.0, "benchmarks.peers.authlib_app:app"),
)


@dataclass(frozen=True, slots=True)
class Beside:
    """Medians; ratio: the median of the rounds' own ratios, the peer's cost over ours."""

    peer: Peer
    ours: Cost
    theirs: Cost
    ratio: float


def missing() -> list[str]:
    """What is not installed and needed to run the peers."""
    return [name for name in NEEDED if find_spec(name) is None]


async def compare_peers(
    database: Database, places: list[Place], ours: Server, effort: Effort
) -> list[Beside]:
    """Each peer beside ours; their rows are written into the same database."""
    tokens = await write_rows(database.connection, TOKENS)
    return [await _compare(peer, database, places, ours, tokens, effort) for peer in PEERS]


async def _compare(
    peer: Peer,
    database: Database,
    places: list[Place],
    ours: Server,
    tokens: list[PeerToken],
    effort: Effort,
) -> Beside:
    turns = []
    with serving(peer, database) as theirs:
        for seconds in [effort.warm_s] * (effort.warm_s > 0) + [effort.seconds] * effort.rounds:
            traffic = await SIGNED.traffic(
                database.connection, places, SIGNED.ours, ours.port, round(MOST_A_SECOND * seconds)
            )
            one = cost(ours, database.postmaster, traffic, seconds)
            asks = signed_requests(theirs.port, tokens, round(MOST_OF_A_PEER * seconds))
            other = cost(theirs, database.postmaster, Traffic(asks, once=True), seconds)
            turns.append((one, other))
    counted = turns[-effort.rounds :]
    return Beside(
        peer,
        middle([one for one, _ in counted]),
        middle([other for _, other in counted]),
        median(other.total_us / one.total_us for one, other in counted),
    )


@contextlib.contextmanager
def serving(peer: Peer, database: Database) -> Iterator[Server]:
    """A peer in one worker of gunicorn that keeps its connections."""
    port = services.free_port()
    with server(
        "gunicorn", peer.app, "--bind", f"127.0.0.1:{port}", "--workers", "1",
        "--worker-class", "gthread", "--threads", "4", "--keep-alive", "60",
        port=port, ready="/ready",
        BENCH_DATABASE=database.url,
        AUTHLIB_INSECURE_TRANSPORT="yes",
    ) as made:  # fmt: skip
        yield made
