"""Events of an audit trail as pages show them."""

from collections.abc import Iterable, Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import orjson

from consentry.records.audit import AuditRow

NO_NAMES: Final[Mapping[UUID, str]] = MappingProxyType({})


def event_view(row: AuditRow, names: Mapping[UUID, str] = NO_NAMES) -> dict[str, Any]:
    """An event in words; detail: JSON with line breaks, empty without any.

    names: of people by id, for targets whose name the event has not kept.
    """
    detail = orjson.dumps(row.detail, option=orjson.OPT_INDENT_2).decode() if row.detail else ""
    return {
        "seq": row.seq,
        "at": row.at.astimezone(UTC),
        "action": row.action,
        "actor": row.actor_name or row.actor_id or row.actor_kind,
        "actor_kind": row.actor_kind,
        "target": " ".join(filter(None, (row.target_kind, _named(row, names)))),
        "address": row.address,
        "request_id": row.request_id,
        "detail": detail,
    }


def targeted(rows: Iterable[AuditRow]) -> set[UUID]:
    """The ids of the people that events are about."""
    return {id for row in rows if (id := _person(row)) is not None}


def _person(row: AuditRow) -> UUID | None:
    try:
        return UUID(row.target_id) if row.target_kind == "user" else None
    except ValueError:
        return None


def _named(row: AuditRow, names: Mapping[UUID, str]) -> str:
    """The target by the name people know, if the event has kept it or we know it."""
    kept, person = row.detail.get("username"), _person(row)
    if isinstance(kept, str):
        return kept
    return row.target_id if person is None else names.get(person, row.target_id)
