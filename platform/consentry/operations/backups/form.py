"""The form of a backup: JSON Lines, a header first, a seal over everything last.

Between them stands, for each table, a line with its name and columns, and then a line for each
row: its values in the order of the columns, times as RFC 3339, bytes in base64.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

import orjson

from consentry.crypto.root import RootKeys
from consentry.crypto.seal import Unsealable
from consentry.operations.errors import Refused
from consentry.store.ports import Store
from consentry.tenancy.actor import OPERATORS
from consentry_migrations import HEAD

FORMAT: Final = 1
KIND: Final = "consentry backup"
PURPOSE: Final = "backup"


def line(content: Any) -> bytes:
    """One line of the file."""
    return orjson.dumps(content) + b"\n"


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line says.

    tenant: the slug when the file holds one tenant only. root_keys: ids (hex) of every root
    key that is needed to use what is inside, the one that sealed the file among them.
    """

    created_at: datetime
    tenant: str | None
    root_keys: tuple[str, ...]
    migration: str = HEAD

    def to_line(self) -> bytes:
        """As it is written."""
        return line(
            {
                "kind": KIND,
                "format": FORMAT,
                "migration": self.migration,
                "created_at": self.created_at.isoformat(),
                "tenant": self.tenant,
                "root_keys": self.root_keys,
            }
        )

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """Raises Refused for what is no backup, or not of this form."""
        try:
            said = orjson.loads(text)
            if said["kind"] != KIND:
                raise ValueError
        except (ValueError, TypeError, KeyError):
            raise Refused("", "the file is not a backup of Consentry") from None
        if said.get("format") != FORMAT:
            raise Refused("", f"the backup has format {said.get('format')}, not {FORMAT}")
        try:
            made = datetime.fromisoformat(said["created_at"])
            return cls(made, said["tenant"], tuple(said["root_keys"]), said["migration"])
        except (ValueError, TypeError, KeyError):
            raise Refused("", "the backup was altered: its header cannot be read") from None

    def check(self, root_keys: RootKeys) -> None:
        """Raises Refused unless this release, with these root keys, can use what is inside."""
        if self.migration != HEAD:
            raise Refused(
                "",
                f"the backup is of migration {self.migration}, this release is at {HEAD}: restore "
                "it by the release that made it, then run `consentry migrate` of this one",
            )
        lacking = [one for one in self.root_keys if not root_keys.holds(one)]
        if lacking:
            raise Refused(
                "CONSENTRY_SECRET_KEY", f"is not the root key of the backup (id {lacking[0]})"
            )


@dataclass(frozen=True, slots=True)
class Trailer:
    """What the last line says: rows by table, and the SHA-256 of every byte before it."""

    rows: dict[str, int]
    sha256: bytes

    def to_line(self, root_keys: RootKeys) -> bytes:
        """As it is written: a digest alone, anyone could make anew; a root key seals it."""
        sealed = root_keys.wrap(OPERATORS.bytes, PURPOSE, FORMAT, self.sha256)
        return line(
            {"rows": self.rows, "sha256": self.sha256.hex(), "seal": b64encode(sealed).decode()}
        )

    def check(self, said: Any, root_keys: RootKeys) -> None:
        """Raises Refused unless the last line says the same."""
        try:
            sealed = b64decode(said["seal"], validate=True)
            is_ours = root_keys.unwrap(OPERATORS.bytes, PURPOSE, FORMAT, sealed) == self.sha256
            is_same = said["rows"] == self.rows and said["sha256"] == self.sha256.hex()
        except (Unsealable, ValueError, TypeError, KeyError):
            is_ours = False
        if not (is_ours and is_same):
            raise Refused("", "the backup was altered: it is not as it was sealed")


@dataclass(frozen=True, slots=True)
class Held:
    """What a backup holds: its header, and rows by table."""

    header: Header
    rows: dict[str, int]

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


async def check_schema(store: Store) -> None:
    """Raises Refused unless the database has just the columns this release knows."""
    found = await store.schema_revision()
    if found != HEAD:
        raise Refused("", f"the database is at migration {found}, this release at {HEAD}")
