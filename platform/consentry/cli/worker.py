"""`consentry worker`."""

import argparse
import asyncio
import signal
from typing import TYPE_CHECKING

from consentry.cli.errors import Failed
from consentry.cli.session import deployment, read_settings
from consentry.cli.words import command

if TYPE_CHECKING:
    from consentry.settings import Settings

# From the signal to stop until what still runs is handed back; it is gone soon after.
PATIENCE_S = 15


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(nouns, "worker", worker, "run jobs from the queue in Redis until told to stop")
    parser.add_argument(
        "--check",
        action="store_true",
        help="only say, by the exit status, if a worker of this host is at work",
    )
    parser.add_argument(
        "--metrics-port", type=_port, default=0, help="port that shows its metrics (none)"
    )
    parser.add_argument(
        "--metrics-host", default="127.0.0.1", help="address to show them on (127.0.0.1)"
    )


def worker(asked: argparse.Namespace) -> int:
    """Work; refuses to start without CONSENTRY_REDIS_URL, and where `serve` does."""
    from consentry.telemetry import configure_logging

    settings = read_settings()
    if settings.redis_url is None:
        raise Failed("CONSENTRY_REDIS_URL: is not set; without Redis `serve` runs the jobs itself")
    url = settings.redis_url.get_secret_value()
    if asked.check:
        return asyncio.run(_check(url))
    configure_logging(settings.log_level)
    return asyncio.run(_work(url, settings, asked))


async def _check(url: str) -> int:
    from redis.exceptions import RedisError

    from consentry_workers.queue import is_working

    try:
        found = await is_working(url)
    except (RedisError, OSError) as error:
        raise Failed(f"Redis cannot be reached ({type(error).__name__})") from None
    if not found:
        raise Failed("no worker of this host has shown itself in the last seconds")
    return 0


async def _work(url: str, settings: "Settings", asked: argparse.Namespace) -> int:
    from consentry import __version__, metrics, tracing
    from consentry.operations.starting import check_root_keys, schema_fits
    from consentry_workers.queue import work
    from consentry_workers.watching import watching

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        tracing.start(__version__)
    except ValueError as error:
        raise Failed(str(error)) from None
    async with deployment() as found:
        await check_root_keys(found)
        await schema_fits(found.store)
        if asked.metrics_port:
            try:
                metrics.show_on(asked.metrics_host, asked.metrics_port)
            except OSError as error:
                raise Failed(
                    f"cannot listen on {asked.metrics_host} port {asked.metrics_port}: "
                    f"{error.strerror or error}"
                ) from None
        async with watching(found, "worker"):
            await work(found, url, stop, patience_s=PATIENCE_S)
    await asyncio.to_thread(tracing.stop)
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or not int(text) <= 65_535:
        raise argparse.ArgumentTypeError("must be 0 to 65535")
    return int(text)
