"""A list on a page: searched, sorted and cut into pages by its address alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from starlette.requests import Request

PAGE_SIZE = 20

Place = tuple[datetime, UUID]
"""When something happened, and its id: where a page of the newest ends."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of one page, and the addresses of its neighbours.

    q: what is searched for. sort: the column's name, with `-` in front for descending.
    total: of all that match, None where counting would cost too much. previous, next:
    addresses, None at the ends.
    """

    path: str
    rows: Sequence[Any]
    q: str = ""
    sort: str = ""
    total: int | None = None
    previous: str | None = None
    next: str | None = None

    def sorted_by(self, column: str) -> str:
        """The address of this list by a column, or the other way round if it is by that now."""
        return address(self.path, q=self.q, sort=f"-{column}" if self.sort == column else column)

    def direction(self, column: str) -> str | None:
        """`ascending`, `descending`, or None if it is not sorted by that column."""
        if self.sort == f"-{column}":
            return "descending"
        return "ascending" if self.sort == column else None


def sent_path(request: Request) -> str:
    """The path of a request as it came, still percent-encoded."""
    raw: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    return raw.partition(b"?")[0].decode("latin-1")


def address(path: str, **query: str) -> str:
    """A path with those of the parameters that say something."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def listed(
    request: Request,
    rows: Sequence[Any],
    *,
    text: Callable[[Any], str],
    sorts: Mapping[str, Callable[[Any], Any]],
    size: int = PAGE_SIZE,
) -> Listing:
    """One page of rows that are all at hand, as the query asks for it: `q`, `sort`, `page`.

    text: what of a row is searched, whatever the case. sorts: keys by the column's name; the
    rows stay in their order for any other. A page that is not there is the nearest that is.
    """
    query = request.query_params
    path, q, sort = sent_path(request), query.get("q", "")[:200].strip(), query.get("sort", "")
    found = [row for row in rows if q.casefold() in text(row).casefold()]
    key = sorts.get(sort.removeprefix("-"))
    if key is None:
        sort = ""
    else:
        found.sort(key=key, reverse=sort.startswith("-"))
    asked = query.get("page", "1")
    last = max(1, -(-len(found) // size))
    number = min(max(int(asked), 1), last) if asked.isdecimal() and len(asked) < 9 else 1

    def page(at: int) -> str | None:
        if not 1 <= at <= last:
            return None
        return address(path, q=q, sort=sort, page=str(at) if at > 1 else "")

    shown = found[(number - 1) * size : number * size]
    return Listing(path, shown, q, sort, len(found), page(number - 1), page(number + 1))


def newest(
    path: str, rows: Sequence[Any], *, before: str, onward: Place | None, **kept: str
) -> Listing:
    """One page of rows that are read newest first, `before` the place in the query.

    onward: of the last one, None at the end. kept: what else is in the query.
    """
    ahead = f"{onward[0].isoformat()}~{onward[1].hex}" if onward else ""
    return Listing(
        path,
        rows,
        previous=address(path, **kept) if before else None,
        next=address(path, **kept, before=ahead) if ahead else None,
    )


def place_of(text: str) -> Place | None:
    """What `before` of an address says; None for what is no place of ours."""
    at, _, id = text.partition("~")
    try:
        moment, last = datetime.fromisoformat(at), UUID(hex=id)
        return (moment.astimezone(UTC), last) if moment.tzinfo else None
    except (ValueError, OverflowError):
        # Near either end of the calendar a time of another zone is none in UTC.
        return None
