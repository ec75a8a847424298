"""A call of a webhook (Standard Webhooks 1.0.0): signed, tried for three days, then given up."""

from http import HTTPStatus
from typing import Final
from uuid import UUID

from consentry.operations.webhook_deliveries import body_of, given_up, gone
from consentry.operations.webhook_secrets import signed_headers
from consentry.records.outbox import Effect
from consentry.records.webhook import Webhook
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Answer
from consentry_workers.effects.busy import asked_wait_s
from consentry_workers.effects.kind import Kind, Later, Moot, Never

MINUTE, HOUR = 60, 3_600
# Standard Webhooks, Deliverability and reliability: its example schedule.
WAITS: Final = (
    5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
)  # fmt: skip


async def do(ctx: TenantContext, effect: Effect) -> str:
    """Call the webhook as it is now; a receiver knows a call it had before by its webhook-id."""
    webhook = await ctx.store.webhooks.get(UUID(effect.subject))
    if webhook is None:
        raise Moot("the webhook is gone")
    if webhook.disabled_at is not None:
        raise Moot("the webhook is disabled")
    body = body_of(effect)
    headers = signed_headers(ctx, webhook, effect, body)
    try:
        answer = await ctx.deployment.fetcher.send(webhook.url, body, headers)
    except ValueError as error:
        raise await _failed(ctx, webhook, effect, str(error)) from None
    outcome = _named(answer.status)
    if 200 <= answer.status < 300:
        return outcome
    if answer.status == HTTPStatus.GONE:
        await gone(ctx, webhook)
        raise Never(outcome)
    raise await _failed(ctx, webhook, effect, outcome, answer)


async def _failed(
    ctx: TenantContext,
    webhook: Webhook,
    effect: Effect,
    outcome: str,
    answer: Answer | None = None,
) -> Later:
    if effect.attempts > len(WAITS):
        await given_up(ctx, webhook)
    return Later(outcome, after_s=asked_wait_s(answer) if answer is not None else 0)


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


KIND = Kind(do, WAITS)
