"""Pages: a Jinja template in, an HTML answer under a strict policy out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from consentry.web.accent import parse_accent
from consentry.web.assets import asset_url, brand_url, static_route

__all__ = ["Brand", "action_source", "add_templates", "render", "static_route"]

# What `form-action` may name: a scheme, or scheme, host and port (CSP Level 3 §2.3.1).
_SOURCE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(//[A-Za-z0-9.-]+(:\d{1,5})?)?")


@dataclass(frozen=True)
class Brand:
    """How a tenant presents itself.

    accent: `#rrggbb` or `rrggbb`, None for ours; any other text is a ValueError.
    lang: BCP 47 tag of the page's language.
    """

    name: str
    accent: str | None
    lang: str = "en"

    def __post_init__(self) -> None:
        if self.accent is not None:
            object.__setattr__(self, "accent", parse_accent(self.accent))


def render(
    template: str,
    *,
    request: Request,
    brand: Brand,
    status: int = 200,
    form_action: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Response:
    """A page that no cache keeps and that runs nothing but our own files.

    form_action: where its forms may lead besides us, redirects included (see `action_source`).
    Raises ValueError for a source that does not belong in a policy, and UndefinedError when
    the template needs a value that is not given.
    """
    page = _templates.get_template(template)
    html = page.render(**context, request=request, brand=brand)
    fixed = {"Content-Security-Policy": _policy(form_action), "Cache-Control": "no-store"}
    return HTMLResponse(html, status_code=status, headers={**(headers or {}), **fixed})


def add_templates(package: str) -> None:
    """Let `render` find the folder `templates` of one more package; ours win a shared name."""
    _loaders.setdefault(package, PackageLoader(package))
    _templates.loader = ChoiceLoader(list(_loaders.values()))


def action_source(uri: str) -> str:
    """What `form_action` needs so that a form may end at `uri`.

    Its origin, or only its scheme where a policy cannot name the host: apps with a scheme of
    their own (RFC 8252 §7.1) and IPv6 literals.
    """
    parts = urlsplit(uri)
    port = f":{parts.port}" if parts.port is not None else ""
    origin = f"{parts.scheme}://{parts.hostname}{port}"
    return origin if parts.hostname and _SOURCE.fullmatch(origin) else f"{parts.scheme}:"


def _policy(form_action: Sequence[str]) -> str:
    for source in form_action:
        if _SOURCE.fullmatch(source) is None:
            raise ValueError(f"no source for form-action: {source!r}")
    allowed = " ".join(("'self'", *form_action))
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
        f"connect-src 'self'; form-action {allowed}; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    )


def _is_https(value: object) -> bool:
    """Whether a link may be shown (THREATS 42): https, a host, and no user name to mislead."""
    return _is_link(value, ("https",))


def _is_web(value: object) -> bool:
    return _is_link(value, ("https", "http"))


def _is_link(value: object, schemes: tuple[str, ...]) -> bool:
    if not isinstance(value, str) or not value.isprintable() or "\\" in value:
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc


def _initial(name: str) -> str:
    """The letter on a monogram: the first letter or digit of a name."""
    return next((char.upper() for char in name if char.isalnum()), "?")[:1]


def _day(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%b %Y}"


def _minute(moment: datetime) -> str:
    return f"{_day(moment)}, {moment.astimezone(UTC):%H:%M} UTC"


def _environment() -> Environment:
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    cast(Any, made).install_null_translations(newstyle=True)
    made.globals.update(static=asset_url, brand_url=brand_url)
    made.filters.update(initial=_initial, day=_day, minute=_minute)
    made.tests.update(https=_is_https, web=_is_web)
    return made


_templates = _environment()
_loaders: dict[str, PackageLoader] = {}
add_templates("consentry.web")
