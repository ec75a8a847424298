"""How much mail goes out: nobody's letter box is to be filled by others.

Links that one asks for, and mails that somebody has sent to other people, are counted before
and refused. The others are counted when they are sent and held back: what a notice tells of is
done already, and whoever asks for a link learns nothing of whose address it goes to.
"""

from hashlib import sha256
from typing import Final

from consentry.settings import Limit
from consentry.spec.errors import TooManyRequests
from consentry.tenancy.context import TenantContext

LINKS: Final = ("reset", "welcome", "verify")
NOTICES: Final = 4
"""Of one sort to one address, in times the links that an account may ask for."""


async def count_asking(ctx: TenantContext, who: str, *, times: int = 1) -> None:
    """One more link asked for by whoever this is; `times` as many as an account may.

    Call it outside of `changing`: it counts whatever comes of it. Raises TooManyRequests.
    """
    _refuse(await _wait_s(ctx, who, _times(ctx, times)))


async def count_caused(ctx: TenantContext, sort: str, address: str | None) -> None:
    """One more mail of a sort that somebody has sent to this address, if it is one.

    It is counted for the address and for the tenant. Whoever is at the command line holds the
    deployment's keys and is not counted. Call it outside of `changing`. Raises TooManyRequests.
    """
    is_sent = ctx.deployment.mailer is not None and address is not None
    if is_sent and address is not None and ctx.actor.kind != "system":
        _refuse(await _wait_s(ctx, f"caused\0{sort}\0{address.casefold()}", _times(ctx)))
        _refuse(await _wait_s(ctx, "caused", ctx.deployment.settings.limit_mail_tenant))


async def is_too_many(ctx: TenantContext, letter: str, address: str) -> bool:
    """Whether one more letter of this sort to this address, which nobody counted yet, is one too
    many."""
    times = 1 if letter in LINKS else NOTICES
    return bool(await _wait_s(ctx, f"sent\0{letter}\0{address.casefold()}", _times(ctx, times)))


def _times(ctx: TenantContext, times: int = 1) -> Limit:
    limit = ctx.deployment.settings.limit_mail
    return Limit(limit.attempts * times, limit.period_s)


async def _wait_s(ctx: TenantContext, who: str, limit: Limit) -> int:
    if ctx.deployment.settings.limits == "off":
        return 0
    return await ctx.store.throttles.take(
        sha256(f"mail\0{who}".encode()).hexdigest(),
        count=limit.attempts, period_s=limit.period_s, now=ctx.now(),
    )  # fmt: skip


def _refuse(wait_s: int) -> None:
    if wait_s:
        minutes = -(-wait_s // 60)
        raise TooManyRequests(
            f"Too many mails were asked for. Try again in {minutes} min.", retry_after=wait_s
        )
