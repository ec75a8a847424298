"""Compliance fixes: providers that stray from the specification."""

from typing import Any

import httpx2
import pytest
from starlette.responses import JSONResponse

from client_library.kit import Provider, registered
from consentry.client import (
    OAuth,
    OAuth2Session,
    OAuthError,
    slack_compliance_fix,
    with_members,
)
from consentry.client.hooks import HOOKS

TOKEN = {"access_token": "at-1", "token_type": "Bearer", "refresh_token": "rt-1"}


def test_there_are_six_kinds_and_no_seventh() -> None:
    """S3 register_compliance_hook: unknown -> ValueError"""
    assert set(HOOKS) == {
        "access_token_response",
        "refresh_token_request",
        "refresh_token_response",
        "protected_request",
        "revoke_token_request",
        "introspect_token_request",
    }


async def test_an_unknown_hook_is_refused(oauth: OAuth, provider: Provider) -> None:
    """S3 register_compliance_hook"""
    session = await registered(oauth, provider).session()
    with pytest.raises(ValueError, match="token_response"):
        session.register_compliance_hook("token_response", print)


async def test_request_hooks_change_url_headers_and_body(oauth: OAuth, provider: Provider) -> None:
    """S3 register_compliance_hook: every request hook; S3 compliance_fix receives the session"""
    seen: list[OAuth2Session] = []

    def fix(session: OAuth2Session) -> None:
        seen.append(session)
        for kind in HOOKS:
            if kind.endswith("_request"):
                session.register_compliance_hook(kind, marking(kind))

    def marking(kind: str) -> Any:
        def hook(url: str, headers: dict[str, str], body: Any) -> Any:
            marked = body + ("&more=1" if isinstance(body, str) else b"&more=1")
            return url.replace("/things", "/others"), {**headers, "X-Fix": kind}, marked

        return hook

    client = registered(oauth, provider, compliance_fix=fix)
    answer = (await client.post("things", token=TOKEN, data={"a": "1"})).json()
    assert answer["url"].endswith("/api/others")
    assert answer["headers"]["x-fix"] == "protected_request"
    assert answer["headers"]["authorization"] == "Bearer at-1"
    assert answer["body"] == "a=1&more=1"
    await client.refresh_token(TOKEN)
    await client.revoke_token("rt-1", "refresh_token")
    provider.answers["/introspect"] = lambda form: JSONResponse({"active": True})
    assert await client.introspect_token("at-1") == {"active": True}
    for path in ("/token", "/revoke", "/introspect"):
        [form] = provider.came(path)
        assert form["more"] == "1"
    assert provider.came("/revoke")[0]["token_type_hint"] == "refresh_token"
    [session] = seen
    assert session.client_id == "printer"


async def test_response_hooks_run_in_order_sync_or_async(oauth: OAuth, provider: Provider) -> None:
    """S3 register_compliance_hook: ordered list; a response hook returns a response"""
    order: list[int] = []

    async def fix(session: OAuth2Session) -> None:
        def first(answer: httpx2.Response) -> httpx2.Response:
            order.append(1)
            return with_members(answer, {"token_type": "Bearer"})

        async def second(answer: httpx2.Response) -> httpx2.Response:
            order.append(2)
            return with_members(answer, {"scope": answer.json()["token_type"]})

        for hook in (first, second, first):
            session.register_compliance_hook("access_token_response", hook)
            session.register_compliance_hook("refresh_token_response", hook)

    provider.token = {"access_token": "at-2"}
    client = registered(oauth, provider, compliance_fix=fix)
    assert (await client.fetch_access_token())["scope"] == "Bearer"
    assert (await client.refresh_token(TOKEN))["scope"] == "Bearer"
    assert order == [1, 2, 1, 2]


async def test_slack_leaves_out_the_token_type(oauth: OAuth, provider: Provider) -> None:
    """S3 Slack example: adds missing token_type"""
    provider.token = {"ok": True, "access_token": "xoxp-1"}
    bare = registered(oauth, provider, "bare")
    with pytest.raises(OAuthError, match="token_type"):
        await bare.fetch_access_token()
    slack = registered(oauth, provider, "slack", compliance_fix=slack_compliance_fix)
    token = await slack.fetch_access_token()
    assert token["token_type"] == "Bearer"
    answer = await slack.get("things", token=token)
    assert answer.json()["headers"]["authorization"] == "Bearer xoxp-1"


async def test_a_fix_of_the_old_form_still_works(oauth: OAuth, provider: Provider) -> None:
    """S3 compliance_fix: one that writes into the response"""

    def fix(session: OAuth2Session) -> None:
        def hook(answer: httpx2.Response) -> httpx2.Response:
            answer._content = b'{"access_token": "at-9", "token_type": "Bearer"}'
            return answer

        session.register_compliance_hook("access_token_response", hook)

    client = registered(oauth, provider, compliance_fix=fix)
    assert (await client.fetch_access_token())["access_token"] == "at-9"
