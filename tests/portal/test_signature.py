"""The signature debugger: what was signed beside what should have been."""

import time
from typing import Any
from urllib.parse import quote

import pytest

from consentry.spec.oauth1.base_string import base_string
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.oauth1.signatures import hmac_signature, signing_key
from consentry.spec.oauth1.signing import Credentials, sign_request
from portal.developer import Developer, alerts, client_id_of, text_of
from support.world import World

URL = "https://api.photos.example/photos?size=original&file=a%20b.jpg"
METHOD = "HMAC-SHA256"


def signed(client_id: str, secret: str, url: str = URL, method: str = "GET", **more: Any) -> str:
    """The Authorization header of a good request."""
    request = sign_request(
        Credentials(client_id, secret, more.pop("token", None), more.pop("token_secret", "")),
        method, url, timestamp=more.pop("timestamp", int(time.time())), nonce="kllo9940pd9333jh",
        signature_method=more.pop("signature_method", METHOD), **more,
    )  # fmt: skip
    return request.headers.get("Authorization", "")


def parsed(header: str, url: str = URL, method: str = "GET") -> SignedRequest:
    return SignedRequest.parse(method, url, authorization=header)


def resigned(header: str, signature: str) -> str:
    """The same request with another signature."""
    start, _, _ = header.partition('oauth_signature="')
    return f'{start}oauth_signature="{quote(signature, safe="")}"'


@pytest.fixture
async def frame(dora: Developer) -> tuple[str, str]:
    href, secret = await dora.register("oauth1")
    assert secret is not None
    return href, secret


async def asked(dora: Developer, href: str, **fields: str) -> str:
    answer = await dora.send(f"{href}/signature", **fields)
    assert answer.status_code == 200
    return text_of(answer)


async def test_a_good_signature_fits_and_nothing_is_spent(
    world: World, dora: Developer, frame: tuple[str, str]
) -> None:
    href, secret = frame
    header = signed(client_id_of(href), secret)
    for _ in range(2):
        said = await asked(dora, href, url=URL, authorization=f"Authorization: {header}")
        assert "The signature fits." in said
    assert secret not in said
    ours = parsed(header).base_string
    same = await asked(dora, href, url=URL, authorization=header, base_string=ours)
    assert "The base string is ours, byte for byte." in same


async def test_the_first_byte_that_differs_is_shown_with_why(
    dora: Developer, frame: tuple[str, str]
) -> None:
    """PAGES: the first byte that differs from ours, and why"""
    href, secret = frame
    header = signed(client_id_of(href), secret)
    ours = parsed(header).base_string
    theirs = ours.replace("a%2520b.jpg", "a%2Bb.jpg")
    said = await asked(dora, href, url=URL, authorization=header, base_string=theirs)
    assert "file has another value than was sent." in said or "never +" in said
    assert f"Byte {ours.index('%2520b.jpg') + 1}" in said or "Byte" in said
    alone = await asked(dora, href, base_string=ours.replace("GET&", "get&"))
    assert "The method is in upper case." in alone


def mistaken(client_id: str, secret: str) -> dict[str, tuple[str, str]]:
    """What a library may do wrong: its signature, and what it should be told."""
    header = signed(client_id, secret)
    request = parsed(header)
    pairs, key = request.parameters, signing_key(secret, "")
    query = [pair for pair in pairs if pair[0] in ("size", "file")]
    rest = [pair for pair in pairs if pair not in query]

    def over(uri: str = request.uri, of: Any = pairs, key: str = key, by: str = METHOD) -> str:
        return resigned(header, hmac_signature(base_string("GET", uri, of), key, by))

    plain = [(name, value.replace(" ", "+")) for name, value in pairs]
    return {
        "the query was not signed": (over(of=rest), URL),
        "http was signed, not https": (over("http://api.photos.example/photos"), URL),
        "the default port was signed": (over("https://api.photos.example:443/photos"), URL),
        "the query was signed as part of the URI": (over(URL), URL),
        "another ending slash": (over("https://api.photos.example/photos/"), URL),
        "spaces were signed as +": (over(of=plain), URL),
        "the & after the secret was left out of the key": (over(key=secret), URL),
        "signed by HMAC-SHA1, and says HMAC-SHA256": (over(by="HMAC-SHA1"), URL),
        "none of the usual mistakes": (over(key="something else&"), URL),
    }


async def test_usual_mistakes_are_named(dora: Developer, frame: tuple[str, str]) -> None:
    href, secret = frame
    for why, (header, url) in mistaken(client_id_of(href), secret).items():
        said = await asked(dora, href, url=url, authorization=header)
        assert why in said, why
        assert secret not in said


async def test_an_ended_secret_is_told_apart(dora: Developer, frame: tuple[str, str]) -> None:
    href, secret = frame
    await dora.send(f"{href}/credentials", act="secret")
    await dora.send(f"{href}/credentials/finish")
    header = signed(client_id_of(href), secret)
    assert "a secret that ended" in await asked(dora, href, url=URL, authorization=header)


async def test_a_tokens_secret_counts_and_is_not_another_apps(
    world: World, dora: Developer, frame: tuple[str, str]
) -> None:
    href, secret = frame
    url = "http://photos.localhost:8000/oauth1/initiate"
    header = signed(client_id_of(href), secret, url, "POST",
                    extra={"oauth_callback": "https://frame.example/ready"})  # fmt: skip
    answer = await dora.browser.post("/oauth1/initiate", headers={"Authorization": header})
    told = dict(part.split("=") for part in answer.text.split("&"))
    token = {"token": told["oauth_token"], "token_secret": told["oauth_token_secret"]}
    good = signed(client_id_of(href), secret, **token)
    assert "The signature fits." in await asked(dora, href, url=URL, authorization=good)
    half = signed(client_id_of(href), secret, token=told["oauth_token"])
    said = await asked(dora, href, url=URL, authorization=half)
    assert "the token's secret was left out of the key" in said
    other, theirs = await dora.register("oauth1")
    foreign = signed(client_id_of(other), str(theirs), **token)
    assert "the token is none of this app's" in await asked(
        dora, other, url=URL, authorization=foreign
    )
    made_up = signed(client_id_of(href), secret, token="made-up")
    assert "none of this app's" in await asked(dora, href, url=URL, authorization=made_up)


async def test_plaintext_is_not_written_into_a_page(
    dora: Developer, frame: tuple[str, str]
) -> None:
    href, secret = frame
    header = signed(client_id_of(href), secret, signature_method="PLAINTEXT")
    said = await dora.send(f"{href}/signature", url=URL, authorization=header)
    assert "PLAINTEXT signs nothing" in text_of(said)
    assert secret not in said.text


async def test_what_else_would_refuse_it_is_noted(dora: Developer, frame: tuple[str, str]) -> None:
    href, secret = frame
    own = client_id_of(href)
    cases = {
        "names another app": signed("printer", secret),
        "is not registered for this app": signed(own, secret, signature_method="HMAC-SHA1"),
        "s from our clock": signed(own, secret, timestamp=137131200),
        "missing or no number": signed(own, secret).replace("oauth_timestamp", "oauth_time"),
    }
    for why, header in cases.items():
        assert why in await asked(dora, href, url=URL, authorization=header), why


async def test_what_cannot_be_read_is_said(dora: Developer, frame: tuple[str, str]) -> None:
    href, _ = frame
    for fields in (
        {}, {"url": "nowhere", "authorization": 'OAuth oauth_version="1.0"'},
        {"url": URL, "authorization": 'OAuth oauth_version="2.0"'}, {"base_string": "GET"},
        {"base_string": "GET&nowhere&a%3Db"},
    ):  # fmt: skip
        page = await dora.send(f"{href}/signature", **fields)
        assert page.status_code == 200
        assert alerts(page)[0].startswith("This cannot be read:"), fields


async def test_an_app_that_signs_nothing_has_no_debugger(dora: Developer) -> None:
    href, _ = await dora.register("web")
    assert (await dora.get(f"{href}/signature")).status_code == 404
