"""The temporary credential endpoint (RFC 5849 §2.1)."""

from typing import Any

import pytest

from compat.oauth1.photos import CALLBACK, ORIGIN, Photos, Signer, members
from consentry.compat.oauth1 import OAuth1Request


async def test_temporary_credentials_are_given_and_the_callback_is_confirmed(
    printer: Signer,
) -> None:
    """S0 create_temporary_credentials_response

    PARITY 6 Authlib 1.0 initiate (`true`)
    """
    answer = await printer.send("/initiate", callback_uri=CALLBACK)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    made = members(answer)
    assert list(made) == ["oauth_token", "oauth_token_secret", "oauth_callback_confirmed"]
    assert made["oauth_callback_confirmed"] == "true"


async def test_tokens_have_the_lengths_people_know(printer: Signer) -> None:
    """S0 Constructor: create_temporary_credential, letters and digits"""
    made = await printer.initiate()
    assert (len(made["oauth_token"]), len(made["oauth_token_secret"])) == (42, 48)
    assert (made["oauth_token"] + made["oauth_token_secret"]).isalnum()


@pytest.mark.parametrize(
    ("change", "status", "error", "problem"),
    [
        ({"method": "GET"}, 405, "method_not_allowed", "method_not_allowed"),
        ({"callback_uri": None}, 400, "missing_required_parameter", "parameter_absent"),
        ({"callback_uri": "/ready"}, 400, "invalid_request", "parameter_rejected"),
        (
            {"callback_uri": "https://printer.example.com/other"},
            400,
            "invalid_request",
            "parameter_rejected",
        ),
        ({"nonce": ""}, 400, "missing_required_parameter", "parameter_absent"),
        ({"timestamp": "1"}, 401, "invalid_request", "timestamp_refused"),
    ],
)
async def test_a_request_that_lacks_something_is_told_so(
    printer: Signer, change: dict[str, Any], status: int, error: str, problem: str
) -> None:
    """S0 validate_temporary_credentials_request

    S0 validate_timestamp_and_nonce
    """
    answer = await printer.send("/initiate", **{"callback_uri": CALLBACK, **change})
    assert answer.status_code == status
    told = members(answer)
    assert (told["error"], told["oauth_problem"]) == (error, problem)
    assert (answer.headers.get("www-authenticate") == 'OAuth realm="Photos"') == (status == 401)
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)


@pytest.mark.parametrize("parameter", ["oauth_consumer_key", "oauth_signature_method"])
async def test_a_parameter_that_is_missing_is_named(photos: Photos, parameter: str) -> None:
    """S0 validate_oauth_signature: missing parameters"""
    sent = {
        "oauth_consumer_key": "printer",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_signature": "none",
        "oauth_callback": CALLBACK,
    }
    sent.pop(parameter)
    async with photos.browser() as browser:
        answer = await browser.post("/initiate", data=sent)
    assert answer.status_code == 400
    told = members(answer)
    assert told["error"] == "missing_required_parameter"
    assert parameter in told["error_description"]
    assert told["oauth_parameters_absent"] == parameter


async def test_an_unknown_client_is_refused(photos: Photos) -> None:
    """S0 get_client_by_id: None is no client"""
    answer = await Signer(photos, "nobody").send("/initiate", callback_uri=CALLBACK)
    assert answer.status_code == 401
    assert members(answer)["error"] == "invalid_client"
    assert members(answer)["oauth_problem"] == "consumer_key_unknown"


async def test_a_wrong_signature_is_refused(photos: Photos) -> None:
    """S0 validate_oauth_signature

    THREATS 4 same status and headers as an unknown client
    """
    answer = await Signer(photos, secret="wrong").send("/initiate", callback_uri=CALLBACK)
    unknown = await Signer(photos, "nobody").send("/initiate", callback_uri=CALLBACK)
    assert members(answer)["error"] == "invalid_signature"
    assert answer.status_code == unknown.status_code == 401
    same = {"content-length"}
    assert {k: v for k, v in answer.headers.items() if k not in same} == {
        k: v for k, v in unknown.headers.items() if k not in same
    }


@pytest.mark.parametrize(
    ("listed", "callback", "allowed"),
    [
        (None, "oob", True),
        ([], "oob", True),
        (["oob"], "oob", True),
        ([CALLBACK], "oob", False),
        ([CALLBACK], CALLBACK, True),
        ([CALLBACK], CALLBACK + "x", False),
        ([], CALLBACK, False),
        (["http://127.0.0.1/ready"], "http://127.0.0.1:4711/ready", True),
        (["javascript:alert"], "javascript:alert(1)", False),
    ],
)
async def test_a_callback_is_a_registered_one(
    photos: Photos, listed: list[str] | None, callback: str, allowed: bool
) -> None:
    """THREATS 5

    S0 validate_temporary_credentials_request
    """
    photos.clients["printer"].redirect_uris = listed
    answer = await Signer(photos).send("/initiate", callback_uri=callback)
    assert (answer.status_code == 200) == allowed


async def test_plain_http_is_refused(photos: Photos) -> None:
    """PARITY 2.2 Transport"""
    async with photos.browser("http://photos.example.net") as browser:
        answer = await browser.post("/initiate", data={"oauth_consumer_key": "printer"})
    assert answer.status_code == 400
    assert members(answer)["error"] == "insecure_transport"


async def test_development_may_allow_plain_http() -> None:
    """S0 settings: insecure_transport"""
    photos = Photos(settings={"insecure_transport": True})
    signed = Signer(photos).signed("/initiate", callback_uri=CALLBACK)
    async with photos.browser("http://photos.example.net") as browser:
        answer = await browser.post("/initiate", headers=signed[1])
    # Read, and then refused: it was signed for https.
    assert members(answer)["error"] == "invalid_signature"


async def test_behind_a_proxy_the_public_address_is_what_was_signed() -> None:
    """PARITY 2.2 Behind a proxy"""
    photos = Photos(settings={"public_url": ORIGIN + "/"})
    signed = Signer(photos).signed("/initiate", callback_uri=CALLBACK)
    async with photos.browser("http://10.0.0.3:8000") as browser:
        answer = await browser.post("/initiate", headers=signed[1])
    assert answer.status_code == 200


async def test_values_with_escapes_are_decoded_once(photos: Photos) -> None:
    """PARITY 6 Authlib 1.0 base string"""
    odd = "https://printer.example.com/r?a=%20%2520%2B+%C3%A9"
    photos.clients["printer"].redirect_uris = [odd]
    temporary = await Signer(photos).initiate(odd)
    answer = await Signer(photos).approve(temporary)
    assert answer.headers["location"].startswith(odd + "&oauth_token=")


async def test_repeated_form_keys_are_all_signed(printer: Signer) -> None:
    """PARITY 6 Authlib 1.0 repeats

    S0 adapters
    """
    body = "b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2&a3=2+q"
    answer = await printer.send("/initiate", callback_uri=CALLBACK, body=body)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "authorization"),
    [
        ("/initiate", "OAuth a"),
        ("/initiate", 'OAuth oauth_nonce="%zz"'),
        ("/initiate", 'OAuth oauth_nonce="\xff'),
        ("/initiate?a[]=1", 'OAuth oauth_consumer_key="printer"'),
        ("/initiate?%ff", 'OAuth oauth_consumer_key="printer"'),
        ("/token?a=%zz", 'OAuth oauth_consumer_key="printer"'),
    ],
)
async def test_what_is_malformed_is_answered_with_400(
    photos: Photos, path: str, authorization: str
) -> None:
    """PARITY 6 Authlib 1.0 parsing"""
    headers = {b"authorization": authorization.encode("latin-1")}
    async with photos.browser() as browser:
        answer = await browser.post(path, headers=headers)
    assert answer.status_code == 400
    assert members(answer)["error"] in ("invalid_request", "missing_required_parameter")


async def test_a_subclass_says_which_callbacks_count() -> None:
    """S0 validate_temporary_credentials_request, overridden without async"""
    photos = Photos()

    class Lax(type(photos.server)):  # type: ignore[misc]
        def check_callback(self, client: Any, callback: str) -> bool:
            return callback.startswith("https://printer.example.com/")

        def validate_timestamp_and_nonce(self, request: OAuth1Request) -> None:
            assert request.method == "POST"

    photos.server.__class__ = Lax
    temporary = await Signer(photos).initiate("https://printer.example.com/any")
    assert temporary["oauth_token"]
