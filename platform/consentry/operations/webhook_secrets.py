"""Signing secrets of webhooks, and what they sign (Standard Webhooks 1.0.0, Signature scheme)."""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from secrets import token_bytes
from typing import Final

from consentry.crypto.ring import DataKeys
from consentry.records.outbox import Effect
from consentry.records.webhook import Webhook
from consentry.tenancy.context import TenantContext

SEAL_PURPOSE: Final = "webhook-secret"
PREFIX: Final = "whsec_"
# The scheme asks for 24 to 64.
SECRET_BYTES: Final = 32


def new_secret() -> bytes:
    """Random bytes, as many as the hash has."""
    return token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """A secret as its receiver is given it."""
    return PREFIX + base64.b64encode(secret).decode()


def sealed(keys: DataKeys, secret: bytes) -> bytes:
    """A secret as it is stored, in the columns `sealed` and `former_sealed`."""
    return keys.seal(SEAL_PURPOSE, secret)


def unsealed(keys: DataKeys, stored: bytes) -> bytes:
    """The secret of a column. Raises Unsealable."""
    return keys.unseal(SEAL_PURPOSE, stored)


def message_id(effect: Effect) -> str:
    """The id of a message: the same at each attempt, so that a receiver knows it again."""
    return f"msg_{effect.effect_id.hex}"


def signed_headers(
    ctx: TenantContext, webhook: Webhook, effect: Effect, body: bytes
) -> Mapping[str, str]:
    """Header fields of one attempt; the former secret signs beside the new one until it ends."""
    now, id = ctx.now(), message_id(effect)
    stamp = str(int(now.timestamp()))
    content = b".".join((id.encode(), stamp.encode(), body))
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(
            _signature(unsealed(ctx.keys, stored), content) for stored in _living(webhook, now)
        ),
    }


def _living(webhook: Webhook, now: datetime) -> list[bytes]:
    """The newest first."""
    until = webhook.former_until
    if webhook.former_sealed is None or until is None or until <= now:
        return [webhook.sealed]
    return [webhook.sealed, webhook.former_sealed]


def _signature(secret: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(secret, content, "sha256")).decode()
