"""One trial under way: what was said so far, and what the rest of it needs."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import httpx2
import orjson

from consentry.crypto import base64url
from consentry.crypto.seal import Unsealable
from consentry.interaction.consent import PATH as CONSENT_PATH
from consentry.interaction.flow import Flow, FlowLost
from consentry.web.csrf import csrf_token
from consentry.web.inside import ask_ourselves
from consentry_admin.portal.door import App
from consentry_admin.portal.trial.messages import Message, as_json, from_json
from consentry_admin.visit import Visit

PURPOSE = "trial"
LIFETIME_S = 600


class Conversation:
    """Between the app that is played and the server, on behalf of the person who looks.

    messages: what was said. kept: texts that a later step needs. flow: the request a person is
    to decide on, None when there is nothing (more) to decide.
    """

    def __init__(self, visit: Visit, app: App) -> None:
        self.visit, self.app = visit, app
        self.messages: list[Message] = []
        self.kept: dict[str, str] = {}
        self.hidden: list[str] = []
        self.flow: str | None = None

    async def ask(
        self,
        title: str,
        meaning: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        as_person: bool = False,
    ) -> httpx2.Response:
        """Send a request; it and its answer are shown."""
        answer = await ask_ourselves(
            self.visit.request, method, path, query=query, form=form, headers=headers,
            as_person=as_person,
        )  # fmt: skip
        self.messages.append(Message.of(title, meaning, answer, self.hidden))
        return answer

    def say(self, title: str, meaning: str, *, is_good: bool = True) -> None:
        """Something that is no message of HTTP."""
        self.messages.append(Message(title, meaning, is_good=is_good))

    async def decide(self, decision: str) -> httpx2.Response:
        """The decision of the person on the request, and where it leads."""
        visit, ctx = self.visit, self.visit.ctx
        flow = Flow.open(ctx, visit.browser, self.flow, "authorize")
        binding = visit.browser.bound_to(visit.user.user_id)
        self.flow = None
        answer = await self.ask(
            "Consent",
            "Your decision, as the consent page sends it.",
            "POST",
            CONSENT_PATH,
            form={
                "flow": flow.with_account(visit.user.user_id).seal(ctx, visit.browser),
                "csrf_token": csrf_token(ctx, binding, CONSENT_PATH),
                "decision": decision,
            },
            as_person=True,
        )
        location = answer.headers.get("location", "")
        if not location.startswith(flow.endpoint):
            return answer
        return await self.ask(
            "Authorization response",
            "The browser is back at the endpoint, which now sends it to the app's address.",
            "GET",
            location,
            as_person=True,
        )

    def asked_to_decide(self, answer: httpx2.Response) -> bool:
        """Whether an answer leads to the consent page; then `flow` is what it is about."""
        parts = urlsplit(answer.headers.get("location", ""))
        if parts.path != CONSENT_PATH or parts.netloc:
            return False
        self.flow = parse_qs(parts.query)["flow"][0]
        return True

    def seal(self) -> str:
        """The trial as text for this person and app alone."""
        ctx = self.visit.ctx
        told = {
            "user": self.visit.user.user_id.hex,
            "app": self.app.client_id,
            "until": ctx.now().timestamp() + LIFETIME_S,
            "flow": self.flow,
            "kept": self.kept,
            "messages": as_json(self.messages),
        }
        return base64url.encode(ctx.keys.seal(PURPOSE, orjson.dumps(told)))

    @classmethod
    def open(cls, visit: Visit, app: App, text: str | None) -> "Conversation":
        """The trial behind a text. Raises FlowLost."""
        try:
            told = orjson.loads(visit.ctx.keys.unseal(PURPOSE, base64url.decode(text or "")))
        except (Unsealable, ValueError):
            raise FlowLost("no trial of ours") from None
        if (told["user"], told["app"]) != (visit.user.user_id.hex, app.client_id):
            raise FlowLost("another person's or app's trial")
        if told["until"] < visit.ctx.now().timestamp():
            raise FlowLost("the trial has expired")
        found = cls(visit, app)
        found.flow, found.kept = told["flow"], told["kept"]
        found.messages = from_json(told["messages"])
        return found
