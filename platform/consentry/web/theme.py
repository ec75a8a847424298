"""Light or dark, when a person wants another than their device says."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from consentry.web.cookies import clear_cookie, read_cookie, set_cookie

COOKIE: Final = "consentry_theme"
THEMES: Final = ("light", "dark")
LIFETIME_S: Final = 400 * 86_400


def theme_of(request: Request) -> str | None:
    """`light` or `dark` if that was chosen here; None follows the device."""
    chosen = read_cookie(request, COOKIE)
    return chosen if chosen in THEMES else None


def keep_theme(request: Request, response: Response, theme: str | None) -> None:
    """Remember the choice in this browser; any other word than a theme forgets it."""
    if theme in THEMES:
        set_cookie(request, response, COOKIE, theme, max_age=LIFETIME_S)
    else:
        clear_cookie(request, response, COOKIE)
