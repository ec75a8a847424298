"""A tenant's data keys: listed, followed by new ones, taken out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Final, Literal

from consentry.crypto.ring import MAX_VERSION
from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.client_secrets import SEAL_PURPOSE as CLIENT_SECRET
from consentry.operations.errors import Conflict, NotFound, OperationError, Refused
from consentry.operations.kept_answers import PURPOSE as KEPT_ANSWER
from consentry.operations.permissions import require
from consentry.operations.webhook_secrets import SEAL_PURPOSE as WEBHOOK_SECRET
from consentry.records.imported_token import SECRET_PURPOSE as IMPORTED_SECRET
from consentry.records.key import TenantKey
from consentry.store.data_keys import SealedValue
from consentry.store.ports import TenantStore
from consentry.tenancy.context import TenantContext
from consentry.tenancy.data_keys import PURPOSE, sealing
from consentry.tenancy.operators import KEY_BYTES
from consentry.tenancy.signing_ring import SEAL_PURPOSE as SIGNING_KEY

COLUMNS: Final = {
    "client_secret.sealed": CLIENT_SECRET,
    "imported_token.sealed": IMPORTED_SECRET,
    "kept_answer.sealed": KEPT_ANSWER,
    "signing_key.sealed": SIGNING_KEY,
    "webhook.sealed": WEBHOOK_SECRET,
    "webhook.former_sealed": WEBHOOK_SECRET,
}
"""Columns of what is kept sealed, and the purpose of each."""
PAGE: Final = 200
MOST: Final = 20_000
"""Values that one run seals anew."""
SETTLED: Final = timedelta(seconds=60)
"""After a key begins to seal. A request that began before, at a process that had not heard of
it yet, may be about to store something under the old one."""


@dataclass(frozen=True, slots=True)
class DataKeyState:
    """A data key's place in its life. waiting: published, and seals nothing yet. sealing: what is
    made now. opening: only what was made before."""

    version: int
    state: Literal["waiting", "sealing", "opening"]
    created_at: datetime
    active_at: datetime | None


async def list_data_keys(ctx: TenantContext) -> Sequence[DataKeyState]:
    """Data keys that are still held, the newest first. Raises Forbidden."""
    await require(ctx, "keys.read")
    rows = await held(ctx.store)
    first = sealing(rows)
    return [
        DataKeyState(row.version, _state(row, first), row.created_at, row.active_at) for row in rows
    ]


async def rotate_data_key(ctx: TenantContext) -> int:
    """Publish a new data key; its version. The job `data-keys` has it seal some minutes later.

    Raises Forbidden, or Conflict while the one before is still to seal.
    """
    await require(ctx, "keys.write")
    version = await publish_next(ctx)
    if version is None:
        raise Conflict("data key", "the newest is published and seals nothing yet")
    return version


async def drop_data_key(ctx: TenantContext, version: int) -> None:
    """Take out a data key that seals nothing, whatever still needs it: for one that leaked.

    What is stored is sealed under another first. Codes, tokens and credentials that hang on it
    are nobody's from then on. Raises Forbidden, NotFound, Refused for the one that seals, or
    Conflict in the first minute of that.
    """
    await require(ctx, "keys.write")
    await _check_seals_nothing(ctx, version)
    while True:
        while await reseal(ctx, version, most=MOST):
            pass
        async with changing(ctx) as inner:
            # It may have begun to seal meanwhile.
            await _check_seals_nothing(inner, version)
            if await forget(inner, version):
                return


async def _check_seals_nothing(ctx: TenantContext, version: int) -> None:
    rows = await held(ctx.store)
    first = sealing(rows)
    if version not in [row.version for row in rows]:
        raise NotFound("data key", str(version))
    if first is None or ctx.keys.current != first.version:
        raise Conflict("data key", "another began to seal in this moment; try again")
    if version == first.version:
        raise Refused("version", "this one seals what is made now; rotate, and wait for the new")
    # One that began in the future did so by a clock that was wrong: it keeps nobody waiting.
    if version < first.version and _is_young(first, ctx.now()):
        raise Conflict("data key", "another seals for less than a minute; try again after that")


def _is_young(key: TenantKey, now: datetime) -> bool:
    return key.active_at is not None and timedelta(0) <= now - key.active_at < SETTLED


async def held(store: TenantStore) -> list[TenantKey]:
    """A tenant's data keys as they are stored, the newest first."""
    return [row for row in await store.keys.tenant_keys() if row.purpose == PURPOSE]


async def publish_next(ctx: TenantContext, *, after: int | None = None) -> int | None:
    """A new data key after the newest; its version, None while that is still to seal itself.

    after: the version it is to follow; None, too, if another follows that already.
    """
    async with changing(ctx) as inner:
        newest = (await held(inner.store))[0]
        if newest.active_at is None or after not in (None, newest.version):
            return None
        version, owner = newest.version + 1, ctx.tenant.tenant_id
        if version > MAX_VERSION:
            raise OperationError(f"a tenant has {MAX_VERSION} data keys in its life")
        roots, secret = ctx.deployment.root_keys, token_bytes(KEY_BYTES)
        await inner.store.keys.add_tenant_key(
            TenantKey(
                tenant_id=owner,
                purpose=PURPOSE,
                version=version,
                wrapped=roots.wrap(owner.bytes, PURPOSE, version, secret),
                created_at=inner.now(),
            )
        )
        await record(inner, "data_key.create", target=("data_key", str(version)))
        return version


async def reseal(ctx: TenantContext, version: int, *, most: int) -> int:
    """Seal at most `most` stored values of an old version under the key that seals now.

    How many were, also those that somebody changed meanwhile. Raises crypto.seal.Unsealable.
    """
    done, sealed = 0, ctx.store.sealed
    for column in COLUMNS:
        last: SealedValue | None = None
        # Behind the last one: what was sealed anew is not passed over again for each page.
        while values := await sealed.under(
            column, version, after=last, limit=min(PAGE, most - done)
        ):
            await _seal_anew(ctx, column, values)
            done, last = done + len(values), values[-1]
    return done


async def _seal_anew(ctx: TenantContext, column: str, values: Sequence[SealedValue]) -> None:
    purpose = COLUMNS[column]
    renewed = [ctx.keys.seal(purpose, ctx.keys.unseal(purpose, one.sealed)) for one in values]
    async with ctx.deployment.store.begin() as store:
        inside = store.inside(ctx.tenant.tenant_id)
        for value, sealed in zip(values, renewed, strict=True):
            await inside.sealed.replace(column, value, sealed)


async def forget(inner: TenantContext, version: int) -> bool:
    """Drop a version inside `changing`; False if something is stored under it."""
    for column in COLUMNS:
        if await inner.store.sealed.under(column, version, limit=1):
            return False
    if await inner.store.keys.drop_data_key(version):
        await record(inner, "data_key.delete", target=("data_key", str(version)))
    return True


def _state(row: TenantKey, first: TenantKey | None) -> Literal["waiting", "sealing", "opening"]:
    if row is first:
        return "sealing"
    return "waiting" if row.active_at is None else "opening"
