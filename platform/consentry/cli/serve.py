"""`consentry serve`."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from consentry.cli.errors import Failed
from consentry.cli.session import deployment, read_settings
from consentry.cli.words import command

if TYPE_CHECKING:
    from consentry.settings import Settings

APP = "consentry.main:create_app"


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(nouns, "serve", serve, "answer HTTP until told to stop")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, help="port to listen on (8000)")
    parser.add_argument("--workers", type=_workers, default=1, help="processes (1)")


def serve(asked: argparse.Namespace) -> int:
    """Serve; refuses to start on a bad setting, a schema that does not fit, another's root key."""
    settings = read_settings()
    if settings.is_sqlite and asked.workers > 1:
        raise Failed("--workers: SQLite serves from one process; several need PostgreSQL")
    asyncio.run(_ready())
    return _serve(asked, settings)


async def _ready() -> None:
    from consentry.operations.operators import first_operator
    from consentry.operations.starting import check_root_keys

    async with deployment() as found:
        await check_root_keys(found)
        await first_operator(found)


def _serve(asked: argparse.Namespace, settings: "Settings") -> int:
    from consentry.serve import serve as run

    try:
        return run(
            APP,
            host=asked.host,
            port=asked.port,
            workers=asked.workers,
            drain_seconds=settings.drain,
            request_seconds=settings.request_timeout,
            log_level=settings.log_level,
        )
    except OSError as error:
        reason = error.strerror or error
        raise Failed(f"cannot listen on {asked.host} port {asked.port}: {reason}") from None


def _port(text: str) -> int:
    if not text.isdecimal() or not int(text) <= 65_535:
        raise argparse.ArgumentTypeError("must be 0 to 65535")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError("must be 1 to 256")
    return int(text)
