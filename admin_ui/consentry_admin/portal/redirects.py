"""Redirect URIs as they are typed: each line right, or why it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from consentry.spec.oauth1.callback import OOB
from consentry.spec.redirect_uri import LOOPBACK_HOSTS, check_registrable, split
from consentry_admin.portal.door import for_developer
from consentry_admin.portal.kinds import KINDS
from consentry_admin.visit import Visit

PATH = "/developer/redirect-check"
MOST = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """One line. problem: why it may not be registered, None if it may. note: worth knowing."""

    uri: str
    problem: str | None = None
    note: str | None = None


def lines_of(text: str | None) -> list[str]:
    """What a field of one address a line holds, without blank lines and repeats."""
    lines = [line.strip() for line in (text or "").splitlines()]
    return list(dict.fromkeys(line for line in lines if line))


def checked(uris: Sequence[str], *, is_oauth1: bool = False) -> list[Checked]:
    """Each address under the rules of registration (RFC 9700 §4.1, RFC 8252 §7, §8)."""
    return [_checked(uri, is_oauth1=is_oauth1) for uri in uris[:MOST]]


def _checked(uri: str, *, is_oauth1: bool) -> Checked:
    if is_oauth1 and uri == OOB:
        return Checked(uri, note="people type a verifier instead of returning")
    try:
        check_registrable(uri)
    except ValueError as reason:
        return Checked(uri, problem=str(reason))
    return Checked(uri, note=_note(uri))


def _note(uri: str) -> str:
    parts = split(uri)
    if parts.scheme not in ("http", "https"):
        return "opens the app that owns this scheme (RFC 8252 §7.1)"
    if parts.scheme == "http" and parts.host == "localhost":
        return "this machine; 127.0.0.1 instead would fit any port (RFC 8252 §8.3)"
    if parts.scheme == "http" and parts.host in LOOPBACK_HOSTS:
        return "this machine, any port (RFC 8252 §7.3)"
    return "must be asked for exactly like this"


@for_developer
async def check(visit: Visit) -> Response:
    """What is wrong with the addresses of the query, before they are sent."""
    query = visit.request.query_params
    kind = KINDS.get(query.get("kind", ""))
    lines = lines_of(query.get("redirect_uris"))
    found = checked(lines, is_oauth1=kind is not None and kind.is_oauth1)
    return visit.page("portal/redirect_check.html", lines=found)
