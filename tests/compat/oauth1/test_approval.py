"""The resource owner authorization endpoint (RFC 5849 §2.2)."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from compat.oauth1.photos import CALLBACK, Photos, Signer, User, query
from consentry.compat.oauth1 import OAuth1Error, OAuth1Request


async def test_the_page_learns_who_asks(photos: Photos, printer: Signer) -> None:
    """S0 check_authorization_request: the credential and its client"""
    temporary = await printer.initiate()
    async with photos.browser() as browser:
        page = await browser.get("/authorize", params={"oauth_token": temporary["oauth_token"]})
    assert page.json() == {"client": "printer"}


@pytest.mark.parametrize(
    ("address", "status", "error"),
    [
        ("/authorize", 400, "missing_required_parameter"),
        ("/authorize?oauth_token=", 400, "missing_required_parameter"),
        ("/authorize?oauth_token=unknown", 401, "invalid_token"),
        ("/authorize?oauth_token=a&oauth_token=b", 400, "duplicated_oauth_protocol_parameter"),
    ],
)
async def test_an_address_that_names_no_credential_is_an_error_of_the_page(
    photos: Photos, address: str, status: int, error: str
) -> None:
    """S0 validate_authorization_request: raised, for the page to show"""
    async with photos.browser() as browser:
        page = await browser.get(address)
    assert (page.status_code, error in page.text) == (status, True)


async def test_an_approval_returns_with_the_verifier_and_keeps_the_callback_as_it_is(
    printer: Signer,
) -> None:
    """S0 create_authorization_response: granted; the callback's own query is kept"""
    temporary = await printer.initiate()
    answer = await printer.approve(temporary)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(CALLBACK + "&oauth_token=")
    told = query(answer.headers["location"])
    assert told["oauth_token"] == temporary["oauth_token"]
    assert len(told["oauth_verifier"]) == 36


async def test_a_refusal_returns_and_ends_the_credential(photos: Photos, printer: Signer) -> None:
    """S0 create_authorization_response: denied"""
    temporary = await printer.initiate()
    answer = await printer.approve(temporary, "deny")
    told = query(answer.headers["location"])
    assert told["error"] == "access_denied"
    assert told["oauth_problem"] == "user_refused"
    assert told["oauth_token"] == temporary["oauth_token"]
    assert "oauth_verifier" not in told
    async with photos.browser() as browser:
        page = await browser.get("/authorize", params={"oauth_token": temporary["oauth_token"]})
    assert page.status_code == 401


async def test_a_callback_sent_with_the_person_is_ignored(photos: Photos, printer: Signer) -> None:
    """THREATS 5"""
    temporary = await printer.initiate()
    other = {"oauth_callback": "https://evil.example/", **temporary}
    other.pop("oauth_token_secret")
    other.pop("oauth_callback_confirmed")
    async with photos.browser() as browser:
        answer = await browser.post("/authorize", params=other, data={"decision": "approve"})
    assert answer.headers["location"].startswith("https://printer.example.com/ready")


@pytest.mark.parametrize("first", ["approve", "deny"])
async def test_what_is_decided_is_decided(printer: Signer, first: str) -> None:
    """S0 create_authorization_verifier: single winner"""
    temporary = await printer.initiate()
    await printer.approve(temporary, first)
    again = await printer.approve(temporary)
    assert again.status_code == 401
    assert "invalid_token" in again.text


async def test_of_many_approvals_at_once_one_wins(printer: Signer) -> None:
    """S0 create_authorization_verifier: single winner, in parallel"""
    temporary = await printer.initiate()
    answers = await asyncio.gather(*(printer.approve(temporary) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [302] + [401] * 9


async def test_for_oob_the_page_shows_a_verifier_short_enough_to_type(printer: Signer) -> None:
    """S0 create_authorization_response: oob; RFC 5849 §2.2"""
    temporary = await printer.initiate("oob")
    page = await printer.approve(temporary)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    verifier = page.text.partition('id="oauth_verifier">')[2].partition("<")[0]
    assert len(verifier) == 8
    assert verifier.isdigit()
    answer = await printer.trade(temporary, verifier)
    assert answer.status_code == 200


async def test_for_oob_a_refusal_is_a_page_too(printer: Signer) -> None:
    """S0 create_authorization_response: oob, denied"""
    page = await printer.approve(await printer.initiate("oob"), "deny")
    assert page.status_code == 200
    assert "oauth_verifier" not in page.text


async def test_the_page_for_oob_can_be_the_apps_own(photos: Photos, printer: Signer) -> None:
    """S0 create_authorization_response: create_oob_response"""

    class Own(type(photos.server)):  # type: ignore[misc]
        def create_oob_response(self, request: OAuth1Request, verifier: str | None) -> Response:
            return PlainTextResponse(f"{request.client.client_id} {verifier}")

    photos.server.__class__ = Own
    page = await printer.approve(await printer.initiate("oob"))
    assert page.text.startswith("printer ")


async def test_a_credential_without_callback_returns_to_the_default_address(
    photos: Photos, printer: Signer
) -> None:
    """S0 create_authorization_response: missing callback"""

    class Forgetful(type(photos.server)):  # type: ignore[misc]
        async def get_temporary_credential(self, request: OAuth1Request) -> Any:
            found = await super().get_temporary_credential(request)
            found.pop("oauth_callback")
            return found

    temporary = await printer.initiate()
    photos.server.__class__ = Forgetful
    answer = await printer.approve(temporary)
    assert answer.headers["location"].startswith(CALLBACK)


async def test_an_approval_that_cannot_be_written_down_can_be_repeated(
    photos: Photos, printer: Signer
) -> None:
    """S0 create_authorization_verifier: it must return the verifier"""
    temporary = await printer.initiate()
    kind = type(photos.server)

    class Silent(kind):  # type: ignore[misc, valid-type]
        async def create_authorization_verifier(self, request: OAuth1Request) -> str:
            return ""

    photos.server.__class__ = Silent
    with pytest.raises(TypeError, match="must return the verifier"):
        await printer.approve(temporary)
    photos.server.__class__ = kind
    assert await printer.verifier(temporary)


async def test_a_client_that_went_away_is_asked_about_no_more(
    photos: Photos, printer: Signer
) -> None:
    """S0 validate_authorization_request: the client is still known"""
    temporary = await printer.initiate()
    photos.clients.clear()
    assert (await printer.approve(temporary)).status_code == 401


async def test_time_runs_out(photos: Photos, printer: Signer) -> None:
    """THREATS 7

    S0 get_temporary_credential, None when expired
    """
    early, late = await printer.initiate(), await printer.initiate()
    photos.clock.now += 599
    verifier = await printer.verifier(early)
    photos.clock.now += 1
    assert (await printer.trade(early, verifier)).status_code == 401
    assert (await printer.approve(late)).status_code == 401


async def test_the_response_takes_a_request_that_was_checked_before(
    photos: Photos, printer: Signer
) -> None:
    """S0 create_authorization_response: an OAuth1Request, and the form read before us"""
    temporary = await printer.initiate()
    body = f"oauth_token={temporary['oauth_token']}".encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    scope = {
        "type": "http", "method": "POST", "scheme": "https", "path": "/authorize",
        "query_string": b"",
        "headers": [
            (b"host", b"photos.example.net"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", str(len(body)).encode()),
        ],
    }  # fmt: skip
    checked = await photos.server.check_authorization_request(Request(scope, receive))
    answer = await photos.server.create_authorization_response(checked, grant_user=User())
    assert answer.status_code == 302


async def test_an_error_of_the_page_says_what_it_is(photos: Photos) -> None:
    """S0 handle_error_response"""
    with pytest.raises(OAuth1Error) as refused:
        await photos.server.check_authorization_request(
            Request({
                "type": "http", "method": "GET", "scheme": "https", "path": "/authorize",
                "query_string": b"", "headers": [(b"host", b"photos.example.net")],
            })
        )  # fmt: skip
    answer = photos.server.handle_error_response(refused.value)
    assert answer.status_code == 400
    assert bytes(answer.body).startswith(b"error=missing_required_parameter")
