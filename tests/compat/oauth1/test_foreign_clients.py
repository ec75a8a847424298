"""Clients written by others, through the whole flow."""

import asyncio
from io import BytesIO
from typing import Any

import httpx2
import pytest
import requests
from authlib.integrations.httpx_client import AsyncOAuth1Client
from oauthlib import oauth1
from requests.adapters import BaseAdapter
from requests_oauthlib import OAuth1Session

from compat.oauth1.photos import CALLBACK, ORIGIN, Photos, query

PLACES = ["HEADER", "BODY", "QUERY"]


class AppAdapter(BaseAdapter):
    """Carries what `requests` sends to an app in this process."""

    def __init__(self, photos: Photos) -> None:
        super().__init__()
        self.photos = photos

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        found = asyncio.run(self._answer(request))
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = found.status_code, str(found.url), request
        answer.raw = BytesIO(found.content)
        answer.headers.update(found.headers)
        return answer

    async def _answer(self, request: Any) -> httpx2.Response:
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else body
        # requests-oauthlib leaves bytes among the headers.
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        async with self.photos.browser() as browser:
            return await browser.request(
                request.method, request.url, headers=headers, content=content
            )

    def close(self) -> None:
        """Nothing is open."""


def requests_session(photos: Photos, place: str) -> OAuth1Session:
    session = OAuth1Session(
        "printer",
        client_secret="kd94hf93k423kf44",
        callback_uri=CALLBACK,
        signature_type=getattr(
            oauth1, f"SIGNATURE_TYPE_{'AUTH_HEADER' if place == 'HEADER' else place}"
        ),
    )
    session.mount(ORIGIN, AppAdapter(photos))
    return session


@pytest.mark.parametrize("place", PLACES)
async def test_requests_oauthlib_gets_a_token(photos: Photos, place: str) -> None:
    """S0 create_token_response: requests-oauthlib, in the three placements"""

    def flow() -> dict[str, str]:
        session = requests_session(photos, place)
        session.fetch_request_token(f"{ORIGIN}/initiate")
        address = session.authorization_url(f"{ORIGIN}/authorize")
        approved = session.post(
            address, data={"decision": "approve"}, allow_redirects=False, auth=no_auth
        )
        session.parse_authorization_response(approved.headers["location"])
        token: dict[str, str] = session.fetch_access_token(f"{ORIGIN}/token")
        return token

    token = await asyncio.to_thread(flow)
    assert token["oauth_token"] == photos.tokens[0].oauth_token


def no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """A person's browser signs nothing."""
    return request


@pytest.mark.parametrize("place", PLACES)
async def test_authlib_gets_a_token(photos: Photos, place: str) -> None:
    """S1 create_token_response: Authlib's client, in the three placements"""
    async with AsyncOAuth1Client(
        "printer",
        "kd94hf93k423kf44",
        redirect_uri=CALLBACK,
        signature_type=place,
        transport=httpx2.ASGITransport(photos.app),
    ) as client:
        await client.fetch_request_token(f"{ORIGIN}/initiate")
        address = client.create_authorization_url(f"{ORIGIN}/authorize")
        async with photos.browser() as browser:
            approved = await browser.post(address, data={"decision": "approve"})
        client.parse_authorization_response(approved.headers["location"])
        assert "oauth_verifier" in query(approved.headers["location"])
        token = await client.fetch_access_token(f"{ORIGIN}/token")
    assert token["oauth_token_secret"] == photos.tokens[0].oauth_token_secret
