"""The kinds of effects there are, one file each."""

from consentry.operations.webhook_events import KIND as WEBHOOK
from consentry_workers.effects import webhook
from consentry_workers.effects.kind import Kind

KINDS: dict[str, Kind] = {
    WEBHOOK: webhook.KIND,
}
