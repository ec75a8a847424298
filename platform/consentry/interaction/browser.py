"""The browser in front of us: an anonymous mark, and its login if it has one."""

import secrets
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from consentry.crypto import base64url
from consentry.crypto.seal import Unsealable
from consentry.operations.sign_in import sign_in
from consentry.records.user import Login, User
from consentry.store.ports import SignedIn
from consentry.tenancy.context import TenantContext
from consentry.web.acting import acting_person
from consentry.web.cookies import clear_cookie, read_cookie, set_cookie

MARK, LOGIN, DEVICE = "consentry_browser", "consentry_login", "consentry_device"
DEVICE_PURPOSE = "device"
DEVICE_LIFETIME_S = 400 * 86_400


class Browser:
    """One request's browser. Its mark is random and known to nobody else; no row exists for it.

    is_new: it sent no mark.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        found = read_cookie(request, MARK)
        self.is_new = found is None or len(found) < 22
        self.mark = secrets.token_urlsafe(16) if self.is_new or found is None else found

    @property
    def digest(self) -> str:
        """What a flow is bound to."""
        return sha256(self.mark.encode()).hexdigest()

    def bound_to(self, user_id: UUID) -> str:
        """What the forms shown to one person in this browser are bound to.

        Not the login's id, which changes when the same person signs in again in another tab.
        """
        return f"{self.mark}\0{user_id.hex}"

    def remember(self, response: Response) -> Response:
        """The response, with the mark set if it is new."""
        if self.is_new:
            set_cookie(self._request, response, MARK, self.mark, max_age=None)
        return response


def login_id(request: Request) -> str | None:
    """The id of the login the browser claims: the SHA-256 of its cookie."""
    cookie = read_cookie(request, LOGIN)
    return sha256(cookie.encode()).hexdigest() if cookie else None


async def signed_in(ctx: TenantContext, request: Request) -> SignedIn | None:
    """The live login of this browser at this tenant."""
    claimed = login_id(request)
    return await ctx.store.logins.current(claimed, ctx.now()) if claimed else None


async def start_login(ctx: TenantContext, request: Request, response: Response, user: User) -> None:
    """Sign a person in: a new session id each time (OWASP ASVS 3.2.1).

    user: as they were when they proved who they are. Raises AccessDenied if that counts no more.
    """
    cookie, now = secrets.token_urlsafe(32), ctx.now()
    lifetime = ctx.deployment.settings.login_lifetime
    login = Login(
        tenant_id=ctx.tenant.tenant_id,
        login_id=sha256(cookie.encode()).hexdigest(),
        user_id=user.user_id,
        auth_time=now,
        address=request.scope.get("consentry.address", "")[:45],
        user_agent=request.headers.get("user-agent", "")[:255],
        created_at=now,
        expires_at=now + timedelta(seconds=lifetime),
    )
    await sign_in(acting_person(request, ctx, user), login, user, replaces=login_id(request))
    set_cookie(request, response, LOGIN, cookie, max_age=None)
    known = base64url.encode(ctx.keys.seal(DEVICE_PURPOSE, user.user_id.bytes))
    set_cookie(request, response, DEVICE, known, max_age=DEVICE_LIFETIME_S)


def known_device(ctx: TenantContext, request: Request) -> str | None:
    """The user (hex) who signed in from this browser before, however long ago."""
    try:
        sealed = base64url.decode(read_cookie(request, DEVICE) or "")
        return ctx.keys.unseal(DEVICE_PURPOSE, sealed).hex()
    except (ValueError, Unsealable):
        return None


def forget_login(request: Request, response: Response) -> None:
    """Take the session cookie back."""
    clear_cookie(request, response, LOGIN)


def forget_device(request: Request, response: Response) -> None:
    """Forget in this browser who signed in here."""
    clear_cookie(request, response, DEVICE)
