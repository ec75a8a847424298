"""Events of an audit trail as pages show them."""

from datetime import UTC
from typing import Any

import orjson

from consentry.records.audit import AuditRow


def event_view(row: AuditRow) -> dict[str, Any]:
    """An event in words; detail: JSON with line breaks, empty without any."""
    detail = orjson.dumps(row.detail, option=orjson.OPT_INDENT_2).decode() if row.detail else ""
    return {
        "seq": row.seq,
        "at": row.at.astimezone(UTC),
        "action": row.action,
        "actor": row.actor_name or row.actor_id or row.actor_kind,
        "actor_kind": row.actor_kind,
        "target": " ".join(filter(None, (row.target_kind, _named(row)))),
        "address": row.address,
        "request_id": row.request_id,
        "detail": detail,
    }


def _named(row: AuditRow) -> str:
    """The target by the name people know, if the event has kept it."""
    name = row.detail.get("username")
    return name if isinstance(name, str) else row.target_id
