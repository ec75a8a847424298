"""What a deployment stands on, looked at piece by piece: for `doctor` and for operators' pages."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from consentry import __version__
from consentry.crypto.root import RootKeys
from consentry.operations.permissions import require
from consentry.operations.redis_ping import ping
from consentry.settings import Settings
from consentry.store.ports import Unavailable
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.mailer import MailRefused
from consentry_migrations import HEAD, serves

Status = Literal["ok", "warn", "fail", "skip"]
Look = Callable[[Deployment], Awaitable["Check"]]
SHOWN: Final = 5
SKEW_WARN_S: Final = 2.0
SKEW_FAIL_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    status: Status
    detail: str

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.status:<4}  {self.name:<13} {self.detail}"


def named(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


async def health(ctx: TenantContext) -> list[Check]:
    """The pieces a running deployment needs, none of them slower for many tenants.

    Raises Forbidden.
    """
    await require(ctx, "tenants.read")
    deployment = ctx.deployment
    looks: dict[str, Look] = {"database": database, "schema": schema, "clock": clock}
    return [
        Check("version", "ok", f"Consentry {__version__}"),
        *[await tried(name, look, deployment) for name, look in looks.items()],
        secret_key(deployment.settings),
        await tried("keys", _own_keys, deployment),
        await redis(deployment.settings),
        await mail(deployment),
    ]


async def tried(name: str, look: Look, deployment: Deployment) -> Check:
    """A look, or that the database did not answer it."""
    try:
        return await look(deployment)
    except Unavailable as error:
        return Check(name, "fail", f"the database does not answer ({error})")


def secret_key(settings: Settings) -> Check:
    """How many root keys are configured, and whether they can be used."""
    if settings.secret_key is None:
        return Check("secret_key", "fail", "CONSENTRY_SECRET_KEY is not set")
    text = settings.secret_key.get_secret_value()
    try:
        RootKeys.parse(text)
    except ValueError as error:
        return Check("secret_key", "fail", str(error))
    count = text.count(",") + 1
    if count == 1:
        return Check("secret_key", "ok", "one root key")
    return Check(
        "secret_key", "warn", f"{count} root keys: `consentry key rewrap`, then drop the old"
    )


async def redis(settings: Settings) -> Check:
    """Whether the configured Redis answers."""
    if settings.redis_url is None:
        return Check("redis", "skip", "CONSENTRY_REDIS_URL is not set")
    try:
        await ping(settings.redis_url.get_secret_value())
    except OSError as error:
        return Check("redis", "fail", f"no answer: {str(error) or type(error).__name__}")
    return Check("redis", "ok", "answers PING")


async def mail(deployment: Deployment) -> Check:
    """Whether the mail server would take mail; none is sent."""
    if deployment.mailer is None:
        return Check("mail", "skip", "CONSENTRY_MAIL_URL is not set")
    try:
        return Check("mail", "ok", await deployment.mailer.check())
    except MailRefused as refusal:
        return Check("mail", "fail", str(refusal))


async def database(deployment: Deployment) -> Check:
    """Whether the database answers."""
    await deployment.store.ping()
    kind = "SQLite" if deployment.settings.is_sqlite else "PostgreSQL"
    return Check("database", "ok", f"{kind} answers")


async def schema(deployment: Deployment) -> Check:
    """Whether the database is at a migration that this release can use."""
    found, newest = await deployment.store.schema_revision(), HEAD
    if found == newest:
        return Check("schema", "ok", f"at {newest}")
    if serves(found):
        return Check("schema", "warn", f"at {found}, newer than this release's {newest}")
    if found is not None and found > newest:
        return Check("schema", "fail", f"at {found}: this release, {newest}, is too old")
    return Check("schema", "fail", f"at {found or 'nothing'}, not {newest}: `consentry migrate`")


async def clock(deployment: Deployment) -> Check:
    """How far our clock is from the database's."""
    before = deployment.clock()
    theirs = await deployment.store.overview.clock()
    if theirs is None:
        return Check("clock", "ok", "the database has no clock of its own")
    ours = before + (deployment.clock() - before) / 2
    skew = abs((theirs - ours).total_seconds())
    status: Status = "ok" if skew < SKEW_WARN_S else "warn" if skew < SKEW_FAIL_S else "fail"
    return Check("clock", status, f"{skew:.1f} s from the database's")


async def _own_keys(deployment: Deployment) -> Check:
    """The base host's data key; those of all tenants are looked at by `doctor`."""
    wrapped = await deployment.store.inside(OPERATORS).keys.tenant_keys()
    old = sum(not deployment.root_keys.is_current(key.wrapped) for key in wrapped)
    if old:
        return Check("keys", "warn", "the base host's key is under an old root key")
    return Check("keys", "ok", "the newest root key wraps the base host's key")
