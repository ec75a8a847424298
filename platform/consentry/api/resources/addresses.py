"""The address of a thing."""

from urllib.parse import quote

from consentry.api.operation import BASE


def address(*steps: str) -> str:
    """A path below the API, each step percent-encoded: ids may hold slashes."""
    return "/".join((BASE, *(quote(one, safe="") for one in steps)))
