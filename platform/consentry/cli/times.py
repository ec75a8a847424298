"""Times as words."""

from datetime import UTC, datetime

from consentry.cli.errors import Failed


def read_time(option: str, text: str | None) -> datetime | None:
    """A time of ISO 8601, in UTC when it names no zone; None for none. Raises Failed."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Failed(f"{option}: write a time such as 2026-01-31T12:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
