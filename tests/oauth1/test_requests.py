"""RFC 5849 §3.1, §3.2, §3.5: how a signed request carries its parameters."""

import secrets
from typing import Any

import httpx
import pytest

from consentry.spec.oauth1.encoding import FORM
from consentry.spec.oauth1.signing import Credentials
from support.signing import (
    KEY,
    deliver,
    hand_signed,
    initiate,
    send_signed,
    sign,
    token_credentials,
    whoami,
)
from support.token_side import FORM as FORM_HEADER
from support.token_side import send
from support.world import CALLBACK, SECRET, World

ISSUER = "http://photos.localhost:8000"
WHOAMI = "/api/v1/whoami"
CLIENT = Credentials(KEY, SECRET)


@pytest.fixture(scope="module")
async def token(photos: World) -> Credentials:
    """Token credentials that Jane approved."""
    return await token_credentials(photos)


def pairs(world: World, **changes: str | None) -> list[tuple[str, str]]:
    """The protocol parameters of a two-legged request; None leaves one out."""
    given: dict[str, str | None] = {
        "oauth_consumer_key": KEY,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(world.clock().timestamp())),
        "oauth_nonce": secrets.token_hex(8),
        **changes,
    }
    return [(name, value) for name, value in given.items() if value is not None]


async def ask(world: World, authorization: str, path: str = WHOAMI) -> httpx.Response:
    """A GET with this Authorization header, exactly."""
    headers = [("Authorization", authorization)]
    return await send(world, path, method="GET", headers=headers)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# Where they are (§3.5)


@pytest.mark.parametrize("placement", ["header", "query", "body"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_one_of_three_places_will_do(
    photos: World, token: Credentials, placement: Any, method: str
) -> None:
    """RFC 5849 §3.5.1, §3.5.2, §3.5.3; S1 body for POST and PUT only: any method with a form"""
    answer = await send_signed(photos, method, WHOAMI, token, placement=placement)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("placement", ["header", "query", "body"])
async def test_temporary_credentials_are_asked_for_in_each_place(
    photos: World, placement: str
) -> None:
    """RFC 5849 §2.1, §3.5"""
    assert (await initiate(photos, placement=placement)).status == 200


@pytest.mark.parametrize("scheme", ["OAuth", "oauth", "OAUTH"])
async def test_the_scheme_has_no_case(photos: World, scheme: str) -> None:
    """RFC 5849 §3.5.1; S1 Parameter carriage"""
    header = hand_signed("GET", ISSUER + WHOAMI, pairs(photos)).removeprefix("OAuth")
    assert (await ask(photos, scheme + header)).status_code == 200


@pytest.mark.parametrize("elsewhere", ["query", "body"])
async def test_parameters_in_two_places_are_refused(photos: World, elsewhere: str) -> None:
    """RFC 5849 §3.5, THREATS 8: signed, and one of them not even needed"""
    header = [("oauth_version", "1.0")]
    sent: dict[str, Any] = {"query": f"{WHOAMI}?oauth_version=1.0", "body": WHOAMI}
    headers = [("Authorization", hand_signed("POST", ISSUER + WHOAMI, pairs(photos) + header))]
    body = "oauth_version=1.0" if elsewhere == "body" else ""
    answer = await send(photos, sent[elsewhere], body, headers=[*headers, FORM_HEADER])
    assert code_of(answer) == (400, "parameter_rejected")


async def test_a_parameter_named_twice_is_refused(photos: World) -> None:
    """RFC 5849 §3.1, THREATS 8: in the header, the query and the body, alike or not"""
    for twice in (("oauth_version", "1.0"), ("oauth_nonce", "again"), ("oauth_token", "")):
        given = [*pairs(photos, oauth_version="1.0", oauth_token=""), twice]
        header = hand_signed("GET", ISSUER + WHOAMI, given)
        assert code_of(await ask(photos, header)) == (400, "parameter_rejected")
        query = header.removeprefix("OAuth ").replace(", ", "&").replace('"', "")
        answer = await send(photos, f"{WHOAMI}?{query}", method="GET", headers=())
        assert code_of(answer) == (400, "parameter_rejected")
        answer = await send(photos, WHOAMI, query)
        assert code_of(answer) == (400, "parameter_rejected")


async def test_two_authorization_headers_are_refused(photos: World) -> None:
    """THREATS 8: the first one is good"""
    headers = [
        ("Authorization", hand_signed("GET", ISSUER + WHOAMI, pairs(photos))),
        ("Authorization", hand_signed("GET", ISSUER + WHOAMI, pairs(photos))),
    ]
    answer = await send(photos, WHOAMI, method="GET", headers=headers)
    assert code_of(answer) == (400, "parameter_rejected")
    answer = await send(photos, "/oauth1/initiate", headers=headers)
    assert (answer.status_code, "parameter_rejected" in answer.text) == (400, True)


async def test_the_realm_is_not_signed(photos: World, token: Credentials) -> None:
    """RFC 5849 §3.4.1.3.1; S1 `realm`: only in the header, never in the base string"""
    for realm in ("Photos", "", 'a "quoted" one', "http://photos.example/%20"):
        assert (await whoami(photos, token, realm=realm)).status_code == 200
    header = hand_signed("GET", ISSUER + WHOAMI, pairs(photos))
    changed = header.replace("OAuth ", 'OAuth realm="another", ')
    assert (await ask(photos, changed)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "OAuth",
        "OAuth ",
        "OAuth oauth_consumer_key",
        'OAuth oauth_consumer_key="a" oauth_nonce="b"',
        'OAuth oauth_consumer_key="%zz"',
        'OAuth oauth_consumer_key="%ff"',
        'OAuth oauth_consumer_key="%00"',
        'OAuth oauth_consumer_key="a',
        "OAuth " + ", ".join(f'a{n}="b"' for n in range(120)),
    ],
)
async def test_a_malformed_header_is_refused(photos: World, header: str) -> None:
    """RFC 5849 §3.2; PARITY 6 Authlib 1.0 parsing: ValueError escapes"""
    assert (await ask(photos, header)).status_code == 400
    answer = await send(photos, "/oauth1/initiate", headers=[("Authorization", header)])
    assert answer.status_code == 400
    assert answer.text.startswith("oauth_problem=parameter_")


# Which they are (§3.1)


@pytest.mark.parametrize(
    "absent",
    ["oauth_consumer_key", "oauth_signature_method", "oauth_timestamp", "oauth_nonce"],
)
async def test_a_required_parameter_is_missed_by_name(photos: World, absent: str) -> None:
    """RFC 5849 §3.1, §3.2; S0 validate_timestamp_and_nonce, validate_oauth_signature"""
    for value in (None, ""):
        given = [*pairs(photos, **{absent: value}), ("oauth_callback", CALLBACK)]
        header = hand_signed("GET", ISSUER + WHOAMI, given)
        assert code_of(await ask(photos, header)) == (400, "parameter_absent")
        header = hand_signed("POST", f"{ISSUER}/oauth1/initiate", given)
        answer = await send(photos, "/oauth1/initiate", headers=[("Authorization", header)])
        assert answer.status_code == 400
        assert f"oauth_parameters_absent={absent}" in answer.text


async def test_a_signature_is_missed_too(photos: World) -> None:
    """RFC 5849 §3.1"""
    header = hand_signed("GET", ISSUER + WHOAMI, pairs(photos))
    bare = header.partition(", oauth_signature=")[0]
    assert code_of(await ask(photos, bare)) == (400, "parameter_absent")
    assert code_of(await ask(photos, bare + ', oauth_signature=""')) == (400, "parameter_absent")


@pytest.mark.parametrize("version", ["1.0a", "1", "2.0", "1.0 "])
async def test_another_version_is_refused(photos: World, version: str) -> None:
    """RFC 5849 §3.1, THREATS 8; S1 `oauth_version`"""
    header = hand_signed("GET", ISSUER + WHOAMI, pairs(photos, oauth_version=version))
    assert code_of(await ask(photos, header)) == (400, "version_rejected")
    answer = await initiate(photos, extra={"oauth_version": version})
    assert (answer.status, answer.problem) == (400, "version_rejected")
    assert answer["oauth_acceptable_versions"] == "1.0-1.0"


async def test_the_version_may_be_left_out(photos: World) -> None:
    """RFC 5849 §3.1"""
    for version in (None, "1.0"):
        header = hand_signed("GET", ISSUER + WHOAMI, pairs(photos, oauth_version=version))
        assert (await ask(photos, header)).status_code == 200


async def test_parameters_nobody_knows_are_signed_and_passed_over(photos: World) -> None:
    """RFC 5849 §3.1: further parameters may be there"""
    header = hand_signed("GET", ISSUER + WHOAMI, pairs(photos, oauth_flavour="plain", x="y"))
    assert (await ask(photos, header)).status_code == 200


# What is signed (§3.4.1)


async def test_query_and_form_are_signed(photos: World, token: Credentials) -> None:
    """RFC 5849 §3.4.1.3, THREATS 8"""
    path = f"{WHOAMI}?a=b&a=c&empty=&plus=1+2&accent=%C3%A9"
    form: dict[str, Any] = {"body": b"x=y&c2&a3=2+q&a3=a", "content_type": f"{FORM}; charset=utf-8"}
    assert (await send_signed(photos, "POST", path, token, **form)).status_code == 200
    for old, new in (("a=b", "a=x"), ("a=b&a=c", "a=c"), ("empty=", "full=1"), ("1+2", "1%2B2")):
        answer = await tampered(photos, token, path, form, path=(old, new))
        assert code_of(answer) == (401, "signature_invalid")
    for old, new in (("x=y", "x=z"), ("a3=a", "a3=b"), ("&c2", ""), ("x=y", "x=y&x=y")):
        answer = await tampered(photos, token, path, form, body=(old, new))
        assert code_of(answer) == (401, "signature_invalid")


async def tampered(
    world: World,
    token: Credentials,
    target: str,
    form: dict[str, Any],
    path: tuple[str, str] = ("", ""),
    body: tuple[str, str] = ("", ""),
) -> httpx.Response:
    """What is said of a POST that was changed after it was signed."""
    signed = sign(world, "POST", target, token, **form)
    changed = signed.body.decode().replace(*body, 1)
    headers = list(signed.headers.items())
    return await send(world, target.replace(*path, 1), changed, headers=headers)


async def test_the_same_query_in_another_order_is_the_same(
    photos: World, token: Credentials
) -> None:
    """RFC 5849 §3.4.1.3.2"""
    answer = await tampered(photos, token, f"{WHOAMI}?b=1&a=2", {}, path=("b=1&a=2", "a=2&b=1"))
    assert answer.status_code == 200


async def test_repeated_form_keys_arrive_as_they_were_sent(photos: World) -> None:
    """PARITY 6 Authlib 1.0 repeats: `a3=a&a3=2+q` over HTTP"""
    form: dict[str, Any] = {"body": b"a3=a&a3=2+q&c2", "content_type": FORM}
    answer = await send_signed(photos, "POST", f"{WHOAMI}?a3=b", CLIENT, **form)
    assert answer.status_code == 200


@pytest.mark.parametrize("value", ["a%20b", "100%", "%25", "1+1=2", "Müller & Söhne", "é%C3%A9"])
async def test_odd_values_are_decoded_once(photos: World, value: str) -> None:
    """PARITY 6 Authlib 1.0 base string: decodes `oauth_*` values twice"""
    for placement in ("header", "query", "body"):
        answer = await send_signed(
            photos, "POST", WHOAMI, CLIENT, placement=placement, extra={"oauth_callback": value}
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("query", ["a[]=1", "a%5B%5D=1", "q=a|b", "q=%3Cb%3E", "q=a;b", "&&a&"])
async def test_odd_characters_in_a_query_are_signed(photos: World, query: str) -> None:
    """PARITY 6 Authlib 1.0 parsing: `a[]=1` in the query was a 500"""
    answer = await send_signed(photos, "GET", f"{WHOAMI}?{query}", CLIENT)
    assert answer.status_code == 200


async def test_another_method_or_path_is_another_request(photos: World, token: Credentials) -> None:
    """RFC 5849 §3.4.1.1"""
    posted = sign(photos, "POST", WHOAMI, token)
    assert code_of(await deliver(photos, "GET", posted)) == (401, "signature_invalid")
    elsewhere = sign(photos, "GET", "/api/v1/whoami/", token)
    answer = await send(photos, WHOAMI, method="GET", headers=list(elsewhere.headers.items()))
    assert code_of(answer) == (401, "signature_invalid")


async def test_an_escaped_path_is_signed_as_sent(photos: World, token: Credentials) -> None:
    """RFC 5849 §3.4.1.2"""
    assert (await send_signed(photos, "GET", "/api/v1/%77hoami", token)).status_code == 200


# A body that is no form (Request Body Hash)


async def test_a_body_hash_is_verified_when_it_is_sent(photos: World, token: Credentials) -> None:
    """THREATS 8; S1 Beyond RFC: `oauth_body_hash`"""
    json: dict[str, Any] = {
        "body": b'{"a": 1}',
        "content_type": "application/json",
        "with_body_hash": True,
    }
    for method in ("HMAC-SHA1", "HMAC-SHA256"):
        answer = await send_signed(photos, "POST", WHOAMI, token, signature_method=method, **json)
        assert answer.status_code == 200
    answer = await tampered(photos, token, WHOAMI, json, body=("1", "2"))
    assert code_of(answer) == (400, "parameter_rejected")
    empty: dict[str, Any] = {**json, "body": b""}
    assert (await send_signed(photos, "POST", WHOAMI, token, **empty)).status_code == 200


async def test_without_one_another_body_is_not_signed(photos: World, token: Credentials) -> None:
    """RFC 5849 §3.4.1.3.1: only forms are"""
    json: dict[str, Any] = {"body": b'{"a": 1}', "content_type": "application/json"}
    answer = await tampered(photos, token, WHOAMI, json, body=("1", "2"))
    assert answer.status_code == 200


async def test_a_body_hash_does_not_go_with_a_form(photos: World) -> None:
    """Request Body Hash §3.2"""
    form: dict[str, Any] = {"body": b"a=b", "content_type": FORM}
    answer = await send_signed(
        photos, "POST", WHOAMI, CLIENT, extra={"oauth_body_hash": "x"}, **form
    )
    assert code_of(answer) == (400, "parameter_rejected")


# How a refusal looks (§3.2)


async def test_a_refusal_of_the_protocol_is_a_form_with_a_challenge(photos: World) -> None:
    """CONTRACT: `oauth_problem` and `oauth_problem_advice`; RFC 5849 §3.2, §3.5.1"""
    for path in ("/oauth1/initiate", "/oauth1/token"):
        answer = await send(photos, path)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == FORM
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["www-authenticate"] == f'OAuth realm="{ISSUER}"'
        assert answer.text.startswith("oauth_problem=parameter_absent&oauth_problem_advice=")
    wrong = await initiate(photos, Credentials(KEY, "a wrong secret, a wrong secret"))
    assert (wrong.status, wrong.problem) == (401, "signature_invalid")
    assert wrong.response.headers["www-authenticate"] == f'OAuth realm="{ISSUER}"'
