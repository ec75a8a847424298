"""The `resource` parameter (RFC 8707)."""

import re

from .errors import InvalidTarget

# RFC 3986 §4.3: absolute-URI, which has no fragment.
_ABSOLUTE_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+"
)


def check_resources(resources: tuple[str, ...]) -> tuple[str, ...]:
    """The resources asked for, none twice, in order.

    Raises InvalidTarget unless each is an absolute URI without fragment (RFC 8707 §2).
    """
    for resource in resources:
        if not _ABSOLUTE_URI.fullmatch(resource):
            raise InvalidTarget(
                "resource must be an absolute URI without fragment",
                rule="resource",
                received=resource,
            )
    return tuple(dict.fromkeys(resources))
