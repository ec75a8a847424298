"""The kinds of effects there are, one file each."""

from consentry.operations.logout import KIND as BACKCHANNEL_LOGOUT
from consentry.operations.mail import KIND as MAIL
from consentry.operations.webhook_events import KIND as WEBHOOK
from consentry_workers.effects import backchannel_logout, mail, webhook
from consentry_workers.effects.kind import Kind

KINDS: dict[str, Kind] = {
    BACKCHANNEL_LOGOUT: backchannel_logout.KIND,
    MAIL: mail.KIND,
    WEBHOOK: webhook.KIND,
}
