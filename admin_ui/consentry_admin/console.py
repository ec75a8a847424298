"""The base host's front page."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from consentry import __version__
from consentry.settings import Settings
from consentry.web.pages import Brand, render
from consentry.web.theme import theme_of


def home(settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    """What this deployment is and how its tenants are addressed."""
    scheme, _, host = settings.base_url.partition("://")

    async def answer(request: Request) -> Response:
        return render(
            "console/home.html",
            request=request,
            brand=Brand("Consentry", None),
            theme=theme_of(request),
            version=__version__,
            scheme=scheme,
            base_host=host,
        )

    return answer
