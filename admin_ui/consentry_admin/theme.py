"""`/theme`: light, dark, or as the device says."""

import re

from starlette.requests import Request
from starlette.responses import Response

from consentry.interaction.answers import go, guarded_page, home_of, read_page_form
from consentry.interaction.browser import Browser
from consentry.tenancy.context import TenantContext
from consentry.web.csrf import check_csrf
from consentry.web.routing import Endpoint
from consentry.web.theme import keep_theme
from consentry_admin.visit import THEME_PATH

# A path of our own pages, with no second slash in front: that would name a host.
_OWN_PATH = re.compile(r"/(?:[A-Za-z0-9._~%@:+-][A-Za-z0-9._~%@:+/-]*)?")


@guarded_page
async def choose(request: Request) -> Response:
    """Remember the choice in a cookie, then back to the page it was made on."""
    ctx, browser = TenantContext.of(request), Browser(request)
    form = await read_page_form(request)
    check_csrf(ctx, request, browser.mark, THEME_PATH, form.get("csrf_token"))
    back = form.get("back") or ""
    response = go(back if _OWN_PATH.fullmatch(back) else home_of(ctx))
    keep_theme(request, response, form.get("theme"))
    return response


ENDPOINTS = {THEME_PATH: Endpoint("theme", {"POST": choose})}
