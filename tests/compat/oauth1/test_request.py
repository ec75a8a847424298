"""What methods of a provider are given, and what is no request at all."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from compat.oauth1.photos import CALLBACK, ORIGIN, Photos, Signer, members
from consentry.compat.oauth1 import OAuth1Request, as_tuple
from consentry.spec.oauth1.errors import NonceUsed


async def test_a_method_finds_what_it_knows_by_the_known_names() -> None:
    """S0 validate_temporary_credentials_request: the request object"""
    photos, got = Photos(), list[OAuth1Request]()

    class Curious(type(photos.server)):  # type: ignore[misc]
        async def create_temporary_credential(self, request: OAuth1Request) -> Any:
            got.append(request)
            return await super().create_temporary_credential(request)

    photos.server.__class__ = Curious
    await Signer(photos).send(
        "/initiate?size=a4&size=a5", callback_uri=CALLBACK, realm="Photos", nonce="wIjqoS"
    )
    (request,) = got
    assert (request.method, request.uri) == ("POST", f"{ORIGIN}/initiate")
    assert request.params[-2:] == [("size", "a4"), ("size", "a5")]
    assert request.oauth_params["oauth_nonce"] == "wIjqoS"
    assert request.realm == "Photos"
    assert (request.client_id, request.redirect_uri) == ("printer", CALLBACK)
    assert request.timestamp == str(int(photos.clock.now))
    assert request.signature_method == "HMAC-SHA1"
    assert request.signature == request.oauth_params["oauth_signature"]
    assert (request.client_secret, request.rsa_public_key, request.token_secret) == (
        "kd94hf93k423kf44",
        "",
        "",
    )
    assert await photos.server.create_oauth1_request(request) is request


@pytest.mark.parametrize(
    "headers",
    [
        [("Host", "photos.example.net"), ("Host", "evil.example")],
        [("Authorization", "OAuth a"), ("Authorization", "OAuth b")],
        [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "65537")],
    ],
)
async def test_two_hosts_two_credentials_or_too_much_is_malformed(
    photos: Photos, headers: list[tuple[str, str]]
) -> None:
    """PARITY 2.2 Malformed header: 400 `invalid_request`

    THREATS 56
    """
    async with photos.browser() as browser:
        answer = await browser.post("/initiate", headers=headers, content=b"a" * 65_537)
    assert answer.status_code == 400
    assert members(answer)["error"] == "invalid_request"


async def status_of(photos: Photos, path: str, query: bytes, header: bytes, body: bytes) -> int:
    """The status of an answer to bytes that no client would send."""
    started: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        started.append(message.get("status", 0))

    scope = {
        "type": "http", "method": "POST", "scheme": "https", "path": path,
        "raw_path": path.encode(), "query_string": query,
        "headers": [
            (b"host", b"photos.example.net"),
            (b"authorization", b"OAuth " + header),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", str(len(body)).encode()),
        ],
    }  # fmt: skip
    await photos.app(scope, receive, send)
    return started[0]


odd = some.binary(max_size=60) | some.text('oauth_token="=%&,+ 1', max_size=60).map(str.encode)


@settings(max_examples=150, deadline=None)
@given(header=odd, query=odd, body=odd, path=some.sampled_from(["initiate", "token", "authorize"]))
async def test_whatever_is_sent_is_answered(
    header: bytes, query: bytes, body: bytes, path: str
) -> None:
    """PARITY 6 Authlib 1.0 parsing: fuzz, never a 500"""
    assert 400 <= await status_of(Photos(), f"/{path}", query, header, body) < 500


def test_an_error_without_words_has_none() -> None:
    """S0 handle_error_response: no empty description"""
    status, body, _ = as_tuple(Photos().server.handle_error_response(NonceUsed()))
    assert (status, body) == (401, b"error=invalid_nonce&oauth_problem=nonce_used")
