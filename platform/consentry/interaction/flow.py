"""What was asked, travelling sealed through the browser it is bound to.

Strangers make no rows: until a person has decided, the whole state of an
authorization request is this text in the address of each page.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

import orjson

from consentry.crypto import base64url
from consentry.crypto.seal import Unsealable
from consentry.interaction.browser import Browser
from consentry.tenancy.context import TenantContext

PURPOSE = "flow"
# An address of 16 KiB passes every browser and our own limit on a request's head.
LONGEST = 16_384
# What the person and the decision add on the way.
_ROOM = 256
DECIDED_FOR = timedelta(seconds=60)


class FlowLost(Exception):
    """The flow has expired, is another browser's, or was never ours."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One request on its way.

    kind: `authorize` or `logout`. asked: the request's members as JSON.
    redirect_uri_given: the request named it, so the token request must too.
    began_at: what `prompt=login` and `max_age` look back to.
    account_chosen: select_account is done. user_id: who decided.
    decision: `approve` or `deny`, once a person decided.
    oauth_token: the temporary credentials that OAuth 1 asked with; None for OAuth 2.
    """

    kind: str
    asked: dict[str, Any]
    began_at: datetime
    redirect_uri_given: bool = True
    account_chosen: bool = False
    user_id: UUID | None = None
    decision: str | None = None
    oauth_token: str | None = None

    @property
    def endpoint(self) -> str:
        """The address it came from, which each finished step leads back to."""
        return "/oauth1/authorize" if self.oauth_token else "/oauth2/authorize"

    def seal(self, ctx: TenantContext, browser: Browser) -> str:
        """The flow as text for this browser alone."""
        now = ctx.now()
        longest = timedelta(seconds=ctx.deployment.settings.flow_lifetime)
        until = now + DECIDED_FOR if self.decision else self.began_at + longest
        members = {
            "kind": self.kind,
            "asked": self.asked,
            "began": self.began_at.timestamp(),
            "until": until.timestamp(),
            "browser": browser.digest,
            "given": self.redirect_uri_given,
            "chosen": self.account_chosen,
            "user": self.user_id.hex if self.user_id else None,
            "decision": self.decision,
            "oauth_token": self.oauth_token,
        }
        return base64url.encode(ctx.keys.seal(PURPOSE, orjson.dumps(members)))

    @classmethod
    def open(cls, ctx: TenantContext, browser: Browser, text: str | None, kind: str) -> Self:
        """The flow behind a text. Raises FlowLost."""
        if not text or len(text) > LONGEST:
            raise FlowLost("no flow")
        try:
            members = orjson.loads(ctx.keys.unseal(PURPOSE, base64url.decode(text)))
        except (Unsealable, ValueError):
            raise FlowLost("not sealed by us") from None
        if members["kind"] != kind or members["browser"] != browser.digest:
            raise FlowLost("another browser's")
        if members["until"] < ctx.now().timestamp():
            raise FlowLost("expired")
        return cls(
            kind=kind,
            asked=members["asked"],
            began_at=datetime.fromtimestamp(members["began"], UTC),
            redirect_uri_given=members["given"],
            account_chosen=members["chosen"],
            user_id=UUID(hex=members["user"]) if members["user"] else None,
            decision=members["decision"],
            oauth_token=members.get("oauth_token"),
        )

    def fits(self, ctx: TenantContext, browser: Browser) -> bool:
        """Whether it can travel in an address, to the last step."""
        return len(self.seal(ctx, browser)) <= LONGEST - _ROOM

    def decided(self, user_id: UUID, decision: str) -> "Flow":
        """The same flow after a person's decision; it is good for a minute."""
        return replace(self, user_id=user_id, decision=decision)

    def with_account(self, user_id: UUID) -> "Flow":
        """The same flow after the account was chosen; what another person decided is void."""
        return replace(self, account_chosen=True, user_id=user_id, decision=None)
