"""Endpoints of one's own, hooks and signals (PARITY section 5.3)."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from compat.oauth2.given import code_grant
from compat.oauth2.shop import Shop
from consentry.compat.oauth2 import (
    BaseGrant,
    Endpoint,
    EndpointRequest,
    OAuth2Request,
)
from consentry.compat.oauth2.errors import ContinueIteration
from consentry.spec.errors import AccessDenied


class Leave(Endpoint):
    """A logout that asks first."""

    ENDPOINT_NAME = "end_session"

    async def validate_request(self, request: OAuth2Request) -> EndpointRequest:
        if request.form.get("hint") == "bad":
            raise AccessDenied("not you")
        return EndpointRequest(request=request)

    async def create_response(self, validated: EndpointRequest) -> Any:
        if validated.request.form.get("silent"):
            return None
        return 200, f"bye {validated.request.form['hint']}", {"Content-Type": "text/plain"}


async def test_an_interactive_endpoint_is_checked_then_answered(shop: Shop) -> None:
    """S4 validate_endpoint_request"""
    shop.server.register_endpoint(Leave)
    seen: list[EndpointRequest] = []

    async def confirm(request: Request) -> Response:
        checked = await shop.server.validate_endpoint_request("end_session", request)
        seen.append(checked)
        answered = await shop.server.create_endpoint_response("end_session", checked)
        assert answered is not None
        return answered

    shop.app.add_route("/leave", confirm)
    assert (await shop.http.get("/leave?hint=jane")).text == "bye jane"
    assert len(seen) == 1
    assert (await shop.http.get("/oauth/end_session?hint=bob")).text == "bye bob"
    assert (await shop.http.get("/oauth/end_session?silent=1")).text == "left to the app"
    assert (await shop.http.get("/oauth/end_session?hint=bad")).json()["error"] == "access_denied"
    with pytest.raises(RuntimeError, match="no endpoint"):
        await shop.http.get("/oauth/nothing")


async def test_several_endpoints_of_one_name_are_asked_in_order(shop: Shop) -> None:
    """S4 register_grant: register_endpoint takes classes and instances"""

    class NotMine(Leave):
        async def validate_request(self, request: OAuth2Request) -> EndpointRequest:
            raise ContinueIteration

    shop.server.register_endpoint(NotMine())
    assert (await shop.http.get("/oauth/end_session?hint=jane")).text == "left to the app"
    shop.server.register_endpoint(Leave())
    assert (await shop.http.get("/oauth/end_session?hint=jane")).text == "bye jane"


def test_an_endpoint_needs_a_server() -> None:
    """S4 register_grant: register_endpoint"""
    with pytest.raises(RuntimeError, match="not registered"):
        Leave().server  # noqa: B018


async def test_hooks_run_in_the_order_they_were_registered(shop: Shop) -> None:
    """S4 hooks: ordered, plain or asynchronous, on the server and on grants"""
    heard: list[str] = []

    def note(name: str) -> Any:
        async def later(_: Any, *args: Any) -> None:
            heard.append(name)

        def now(_: Any, *args: Any) -> None:
            heard.append(f"{name} again")

        return later, now

    for step in ("get_authorization_grant", "create_authorization_response"):
        for when in ("before", "after"):
            for hook in note(f"{when} {step}"):
                shop.server.register_hook(f"{when}_{step}", hook)

    def listen(grant: BaseGrant) -> None:
        for step in (
            "after_validate_consent_request",
            "after_validate_authorization_request_payload",
            "after_authorization_response",
            "after_validate_token_request",
        ):
            grant.register_hook(step, note(step)[0])

    listening = Shop()
    listening.server._hooks = shop.server._hooks
    listening.server.register_grant(code_grant(listening.tables), [listen])
    await listening.redeem(await listening.code())
    assert heard == [
        "before get_authorization_grant",
        "before get_authorization_grant again",
        "after get_authorization_grant",
        "after get_authorization_grant again",
        "after_validate_authorization_request_payload",
        "after_validate_consent_request",
        "before create_authorization_response",
        "before create_authorization_response again",
        "after_validate_authorization_request_payload",
        "after_authorization_response",
        "after create_authorization_response",
        "after create_authorization_response again",
        "after_validate_token_request",
    ]


async def test_signals_tell_what_happened(shop: Shop) -> None:
    """S4 signals: client_authenticated, token_authenticated, token_revoked"""
    heard: list[tuple[str, Any]] = []

    @shop.server.client_authenticated.connect
    async def authenticated(sender: Any, client: Any, grant: Any) -> None:
        heard.append((client.client_id, grant.GRANT_TYPE))

    @shop.server.token_revoked.connect
    def revoked(sender: Any, token: Any, client: Any) -> None:
        heard.append(("revoked", token.user_id))

    @shop.require_oauth.token_authenticated.connect
    def presented(sender: Any, token: Any) -> None:
        heard.append(("presented", token.user_id))

    tokens = await shop.tokens()
    await shop.me(tokens["access_token"])
    await shop.post("/oauth/revocation", "app", token=tokens["access_token"])
    await shop.me(tokens["access_token"])
    assert heard == [("app", "authorization_code"), ("presented", "jane"), ("revoked", "jane")]
