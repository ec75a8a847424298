"""Pages: a Jinja template in, an HTML answer under a strict policy out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote, urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from consentry.web.accent import parse_accent
from consentry.web.assets import add_static, asset_url, brand_url, static_route
from consentry.web.charts import bars, line_points

__all__ = ["Brand", "action_source", "add_pages", "render", "static_route"]

# What `form-action` and `frame-src` may name: a scheme, or scheme, host and port
# (CSP Level 3 §2.3.1).
_SOURCE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(//[A-Za-z0-9.-]+(:\d{1,5})?)?")

_APP_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+-]*\.[A-Za-z0-9.+-]*:")


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
    frame_src: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    theme: str | None = None,
    nonce: str | None = None,
    **context: object,
) -> Response:
    """A page that no cache keeps and that runs nothing but our own files.

    form_action: where its forms may lead besides us, redirects included (see `action_source`).
    frame_src: the origins its frames may show; without one it has none.
    theme: `light` or `dark` where a person chose one. nonce: unguessable and new for each
    answer; then the page's scripts, and each element htmx minds, must carry it.
    Raises ValueError for a source that does not belong in a policy, and UndefinedError when
    the template needs a value that is not given.
    """
    page = _templates.get_template(template)
    html = page.render(**context, request=request, brand=brand, theme=theme, nonce=nonce)
    policy = _policy(form_action, frame_src, nonce)
    fixed = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(html, status_code=status, headers={**(headers or {}), **fixed})


def markup(template: str, **context: object) -> str:
    """HTML that is no page of ours: a mail. Raises UndefinedError as `render` does."""
    return _templates.get_template(template).render(**context)


def add_pages(package: str) -> None:
    """Use the folders `templates` and `static` of one more package; ours win a shared name."""
    add_static(package)
    if package not in _loaders:
        _loaders[package] = PackageLoader(package)
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


def _policy(form_action: Sequence[str], frame_src: Sequence[str], nonce: str | None) -> str:
    for source in (*form_action, *frame_src):
        if _SOURCE.fullmatch(source) is None:
            raise ValueError(f"no source for form-action or frame-src: {source!r}")
    allowed = " ".join(("'self'", *form_action))
    scripts, typed = "'self'", ""
    if nonce is not None:
        # htmx writes markup into the page: only its own policy may (Trusted Types §4.1).
        scripts = f"'nonce-{nonce}'"
        typed = "; require-trusted-types-for 'script'; trusted-types htmx"
    framed = f"frame-src {' '.join(frame_src)}; " if frame_src else ""
    return (
        f"default-src 'none'; {framed}"
        f"style-src 'self'; img-src 'self' data:; script-src {scripts}; "
        f"connect-src 'self'; form-action {allowed}; "
        f"frame-ancestors 'none'; base-uri 'none'; object-src 'none'{typed}"
    )


def _is_https(value: object) -> bool:
    """Whether a link may be shown (THREATS 42): https, a host, and no user name to mislead."""
    return _is_link(value, ("https",))


def _is_web(value: object) -> bool:
    return _is_link(value, ("https", "http"))


def _is_app_link(value: object) -> bool:
    """Whether it opens an app by a scheme of its own (RFC 8252 §7.1): one with a dot in it."""
    return isinstance(value, str) and value.isprintable() and _APP_LINK.match(value) is not None


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


def _segment(text: str) -> str:
    """A value as one segment of a path (RFC 3986 §3.3)."""
    return quote(text, safe="")


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
    made.globals.update(bars=bars, line_points=line_points)
    made.filters.update(initial=_initial, day=_day, minute=_minute, segment=_segment)
    made.tests.update(https=_is_https, web=_is_web, app_link=_is_app_link)
    return made


_templates = _environment()
_loaders: dict[str, PackageLoader] = {}
add_pages("consentry.web")
