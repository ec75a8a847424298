"""Signing keys."""

from datetime import datetime

from consentry.api.models.tenant import KeyList, KeyShown, NewKey
from consentry.api.operation import Call, Made, Resource
from consentry.api.resources.addresses import address
from consentry.operations import keys as operations
from consentry.operations.errors import NotFound
from consentry.tenancy.signing_ring import HeldKey

keys = Resource("keys", "Signing keys: pending, active, retiring, retired, revoked.")


@keys("GET", "/keys", "keys.read", answer=KeyList)
async def list_keys(call: Call[None, None]) -> KeyList:
    """Signing keys by algorithm, newest first."""
    now = call.ctx.now()
    return KeyList(items=[_shown(one, now) for one in await operations.list_keys(call.ctx)])


@keys("POST", "/keys", "keys.write", body=NewKey, answer=KeyShown, status=201, creates=True)
async def rotate_key(call: Call[None, NewKey]) -> Made:
    """A new key in place of the one that signs.

    It is published at once and signs from `ahead` seconds on. The old one stays published
    until what it signed has expired.
    """
    kid = await operations.rotate_key(call.ctx, call.body.alg, call.body.ahead)
    return Made(await _named(call, kid), address("keys", kid))


@keys("GET", "/keys/{kid}", "keys.read", answer=KeyShown)
async def get_key(call: Call[None, None]) -> KeyShown:
    """One key."""
    return await _named(call, call.path["kid"])


@keys("DELETE", "/keys/{kid}", "keys.write", status=204)
async def revoke_key(call: Call[None, None]) -> None:
    """Take out a key that others may have.

    It leaves the key set, and nothing that it signed counts any more. If it was the one that
    signs, or was to, a new one signs from now on.
    """
    await operations.revoke_key(call.ctx, call.path["kid"])


async def _named(call: Call[None, None] | Call[None, NewKey], kid: str) -> KeyShown:
    for one in await operations.list_keys(call.ctx):
        if one.row.kid == kid:
            return _shown(one, call.ctx.now())
    raise NotFound("key", kid)


def _shown(key: HeldKey, now: datetime) -> KeyShown:
    row = key.row
    return KeyShown(
        kid=row.kid,
        alg=row.alg,
        state=key.state(now),
        created_at=row.created_at,
        active_at=row.active_at,
        retiring_at=row.retiring_at,
        public_jwk=row.public_jwk,
    )
