"""A new secret on its way to the one page that shows it.

It travels sealed, in a cookie of the browser it was made in, so that the page that made it
can redirect: reloading neither makes another nor shows it twice.
"""

import orjson
from starlette.responses import Response

from consentry.crypto import base64url
from consentry.crypto.seal import Unsealable
from consentry.web.cookies import clear_cookie, read_cookie, set_cookie
from consentry_admin.visit import Visit

COOKIE = "consentry_shown_once"
PURPOSE = "shown-once"
FOR_S = 120


def hand_over(visit: Visit, response: Response, client_id: str, secret: str) -> None:
    """Give the response a secret for the next page of the same person about the same app."""
    until = visit.ctx.now().timestamp() + FOR_S
    told = orjson.dumps([visit.user.user_id.hex, client_id, secret, until])
    sealed = base64url.encode(visit.ctx.keys.seal(PURPOSE, told))
    set_cookie(visit.request, response, COOKIE, sealed, max_age=FOR_S)


def taken(visit: Visit, client_id: str) -> str | None:
    """The secret that was handed over for this page, if any."""
    try:
        sealed = base64url.decode(read_cookie(visit.request, COOKIE) or "")
        user, app, secret, until = orjson.loads(visit.ctx.keys.unseal(PURPOSE, sealed))
    except (ValueError, Unsealable):
        return None
    fits = (user, app) == (visit.user.user_id.hex, client_id)
    return str(secret) if fits and until > visit.ctx.now().timestamp() else None


def forget(visit: Visit, response: Response) -> Response:
    """The response, after which the secret is shown no more."""
    clear_cookie(visit.request, response, COOKIE)
    return response
