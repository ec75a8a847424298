"""Static files: read once at start, served from memory under addresses that name their content.

A path is looked up in a table of known names, never on disk, so there is no path to climb.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from consentry.web.accent import DEFAULT_ACCENT, accent_css

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
}
_packages = ["consentry.web"]
_BRAND = re.compile(r"brand-([0-9a-f]{6})\.css")


@dataclass(frozen=True)
class Asset:
    """One file: its bytes, media type and 16 hex digits of its SHA-256."""

    body: bytes
    media_type: str
    digest: str


def add_static(package: str) -> None:
    """Serve the folder `static` of one more package too; ours win a shared name."""
    if package not in _packages:
        _packages.append(package)
        _assets.cache_clear()


def static_route() -> Route:
    """The route that answers `GET` and `HEAD /static/{path}`; reads every file now."""
    _assets()
    return Route("/static/{path:path}", _serve, methods=["GET"], name="static")


def asset_url(name: str) -> str:
    """Address of a static file that changes with its content. KeyError if there is none."""
    return f"/static/{name}?v={_assets()[name].digest}"


def brand_url(accent: str | None) -> str:
    """Address of the stylesheet that sets the accent colour (six hex digits, None: ours)."""
    digits = accent or DEFAULT_ACCENT
    return f"/static/brand-{digits}.css?v={_brand(digits).digest}"


async def _serve(request: Request) -> Response:
    asset = _find(request.path_params["path"])
    if asset is None:
        return PlainTextResponse("not found\n", status_code=404)
    # Only the address that names this very content may be kept for ever: while versions are
    # mixed, a replica with other content must not fill a cache under the new address.
    current = request.query_params.get("v") == asset.digest
    keep = "public, max-age=31536000, immutable" if current else "no-cache"
    headers = {"ETag": f'"{asset.digest}"', "Cache-Control": keep}
    if asset.digest in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(asset.body, headers=headers, media_type=asset.media_type)


def _find(name: str) -> Asset | None:
    brand = _BRAND.fullmatch(name)
    return _brand(brand[1]) if brand else _assets().get(name)


@cache
def _assets() -> Mapping[str, Asset]:
    found: dict[str, Asset] = {}
    for package in reversed(_packages):
        folder = files(package) / "static"
        found |= _walk(folder, "") if folder.is_dir() else {}
    return found


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    found: list[tuple[str, Asset]] = []
    for entry in folder.iterdir():
        kind = entry.name.rpartition(".")[2]
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif kind in _MEDIA_TYPES:
            found.append((prefix + entry.name, _asset(entry.read_bytes(), _MEDIA_TYPES[kind])))
    return found


@lru_cache(maxsize=1024)
def _brand(digits: str) -> Asset:
    return _asset(accent_css(digits).encode(), _MEDIA_TYPES["css"])


def _asset(body: bytes, media_type: str) -> Asset:
    return Asset(body, media_type, hashlib.sha256(body).hexdigest()[:16])
