"""Whether a file is a backup as it was sealed, read from its first to its last line."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import orjson

from consentry.crypto.root import RootKeys
from consentry.operations.backups.form import Header, Held, Trailer
from consentry.operations.errors import Refused

ROW: Final = b"["


def checked(lines: Iterator[bytes], root_keys: RootKeys) -> Held:
    """What the file holds, once all of it was read and nothing is missing or altered.

    Raises Refused with one line that says what is wrong.
    """
    first = next(lines, b"")
    header = Header.parse(first)
    header.check(root_keys)
    digest, rows, table = hashlib.sha256(first), dict[str, int](), ""
    for number, text in enumerate(lines, 2):
        if not text.endswith(b"\n"):
            break
        if text.startswith(ROW) and table:
            rows[table] += 1
        elif (said := _parsed(text, number)).keys() == {"table", "columns"}:
            table = said["table"]
            rows[table] = 0
        else:
            Trailer(rows, digest.digest()).check(said, root_keys)
            if next(lines, None) is not None:
                raise Refused("", "the backup goes on after its end")
            return Held(header, rows)
        digest.update(text)
    raise Refused("", "the backup is cut: its end is missing")


def _parsed(text: bytes, number: int) -> dict[str, Any]:
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise Refused("", f"the backup was altered: line {number} cannot be read")
    return said
