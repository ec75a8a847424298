"""Which address may be talked to, and which may see a token."""

from typing import Final

import httpx2

from .errors import Misconfigured

_PORTS: Final = {"https": 443, "http": 80}
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Origin = tuple[str, str, int | None]


def origin_of(url: str) -> Origin:
    """Scheme, host and port of an absolute URL (RFC 6454 §4).

    Raises ValueError for one that is malformed, has no host, or carries a user name: what looks
    like a host before an `@` is none (`https://good.example@evil.example/`).
    """
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise ValueError(f"not a URL: {error}") from None
    if not parsed.host or parsed.userinfo:
        raise ValueError("a URL here has a host and no user information")
    return parsed.scheme, parsed.host.lower(), parsed.port or _PORTS.get(parsed.scheme)


def is_absolute(url: str) -> bool:
    """Whether a URL has a scheme of the web."""
    return url.lower().startswith(("https://", "http://"))


def checked_endpoint(url: str, *, allow_http: bool = False) -> str:
    """The URL, if secrets may be sent there: https, or http to this machine (RFC 6749 §3.1, §3.2).

    Raises Misconfigured.
    """
    try:
        scheme, host, _ = origin_of(url)
    except ValueError as error:
        raise Misconfigured(str(error)) from None
    if scheme == "https" or (scheme == "http" and (allow_http or _is_loopback(host))):
        return url
    raise Misconfigured(f"{scheme}://{host} would see secrets in the clear: use https")


def _is_loopback(host: str) -> bool:
    return host in _LOOPBACK or host.endswith(".localhost")
