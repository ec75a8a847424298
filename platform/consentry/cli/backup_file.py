"""The files of `backup` and `restore`: whole or not there, and for their owner's eyes only."""

import gzip
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Final

from consentry.cli.errors import Failed

STANDARD: Final = "-"
GZIP: Final = b"\x1f\x8b"
# Far beyond any row; a file that is no backup may have no line at all.
LONGEST_LINE: Final = 1 << 26
NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


@contextmanager
def written(name: str) -> Iterator[Callable[[bytes], object]]:
    """What writes to standard output (`-`), or to a file that appears when all is in it.

    Of the name that ends in `.gz` the file is compressed; whatever the name, nobody but its
    owner may read it. Raises Failed.
    """
    if name == STANDARD:
        yield sys.stdout.buffer.write
        return
    path = Path(name)
    if path.exists() and not path.is_file():
        raise Failed(f"{name}: is there and is no file")
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(part, NEW, 0o600), "wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", 6, raw) as packed:
                    yield packed.write
            else:
                yield raw.write
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(path)
    except OSError as error:
        raise Failed(f"{name}: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def read(name: str) -> Iterator[Callable[[], Iterator[bytes]]]:
    """What gives the lines of a file, or of standard input (`-`), from the first each time.

    Raises Failed.
    """
    try:
        with _opened(name) as raw:
            start = raw.read(len(GZIP))
            yield lambda: _lines(raw, is_packed=start == GZIP)
    except OSError as error:
        raise Failed(f"{name}: {error.strerror or error}") from None


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    if name != STANDARD:
        with open(name, "rb") as found:
            yield found
        return
    # It is read twice; the copy has no name, so that nobody else can open it.
    with tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.seek(0)
        yield spool


def _lines(raw: IO[bytes], *, is_packed: bool) -> Iterator[bytes]:
    raw.seek(0)
    source: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if is_packed else raw
    try:
        yield from iter(partial(source.readline, LONGEST_LINE), b"")
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise Failed("the backup is cut or altered: it cannot be unpacked") from None
