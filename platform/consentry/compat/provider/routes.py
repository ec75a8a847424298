"""The mount: four paths, each a stage."""

from typing import Final

from starlette.routing import Route

from consentry.compat.provider.provider import Provider
from consentry.compat.provider.views import (
    AccessToken,
    AccessTokenView,
    Authorize,
    Capture,
    Redirect,
)

# Views themselves answer what they do not take, in the form their callers read.
_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def provider_routes(
    provider: Provider,
    *,
    capture: type[Capture] = Capture,
    authorize: type[Authorize] = Authorize,
    redirect: type[Redirect] = Redirect,
    access_token: type[AccessToken] = AccessTokenView,
) -> list[Route]:
    """Routes for `Mount("/oauth2", routes=…)`: the four stages, or your subclasses of them.

    `authorize/`, `authorize/confirm/` and `redirect/` are for browsers, `access_token/` is for
    clients. What `authorize` proves is also what the stages before and after it hold to.
    """
    stages = {
        "authorize": capture.as_view(provider, checks=authorize),
        "authorize/confirm": authorize.as_view(provider),
        "redirect": redirect.as_view(provider, checks=authorize),
        "access_token": access_token.as_view(provider),
    }
    return [
        Route(f"/{path}/", view, methods=_METHODS, name=path.replace("/", "_"))
        for path, view in stages.items()
    ]
