"""RFC 5849 §3.2 at an API with hooks of its own."""

import asyncio
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from consentry.resource import OAuth1Protector, Refused
from consentry.spec.oauth1.signatures import SignatureMethods
from consentry.spec.oauth1.signing import Credentials
from resource_library.api import HOST, call, challenges
from resource_library.signed import SCANNER, Client, Records, app_of, send, signed

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.mark.parametrize("placement", ["header", "query"])
async def test_a_signed_request_is_let_in(records: Records, placement: str) -> None:
    """S1 ResourceProtector, S1 current_credential: what `query_token` found is what is there."""
    answer = await send(app_of(records.protector()), signed(placement=placement))
    assert (answer.status_code, answer.json()["owner"]) == (200, "jane")


async def test_a_form_may_carry_the_signature_and_still_reaches_the_app(records: Records) -> None:
    """S1 body for POST and PUT only: any method with a form body; duplicates are kept."""
    app = app_of(records.protector())
    for number, method in enumerate(("POST", "PUT")):
        request = signed(
            method=method, placement="body", body=b"a3=a&a3=2+q", content_type=FORM,
            nonce=str(number),
        )  # fmt: skip
        answer = await send(app, request, method)
        assert answer.status_code == 200
        assert answer.json()["body"].startswith("a3=a&a3=2+q&oauth_consumer_key=")


async def test_a_form_type_without_a_form_is_no_form(records: Records) -> None:
    request = signed()
    headers = {**request.headers, "Content-Type": FORM}
    assert (await call(app_of(records.protector()), headers=headers)).status_code == 200


async def test_the_path_and_query_are_signed_as_they_were_sent(records: Records) -> None:
    """PARITY 2.2 Base-string URI"""
    app = app_of(records.protector())
    url = f"{HOST}/a/caf%C3%A9%2Fb%20c?q=%2B+%25&q=&z"
    assert (await send(app, signed(url=url))).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}])
async def test_without_a_signature_the_challenge_is_bare(
    records: Records, headers: dict[str, str]
) -> None:
    """S0 require_oauth: 401 carries `WWW-Authenticate: OAuth realm="…"`."""
    answer = await call(app_of(records.protector()), headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert challenges(answer) == ['OAuth realm="api"']


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials("nobody", "printer-secret", "jane-token", "jane-secret"),
        Credentials("printer", "printer-secret", "no-token", "jane-secret"),
        Credentials("scanner", "printer-secret", "jane-token", "jane-secret"),
        Credentials("printer", "wrong", "jane-token", "jane-secret"),
        Credentials("printer", "printer-secret", "jane-token", "wrong"),
    ],
    ids=["client", "token", "client of another", "client secret", "token secret"],
)
async def test_whatever_is_wrong_with_the_credentials_the_answer_is_the_same(
    records: Records, credentials: Credentials
) -> None:
    """THREATS 4: S0 get_token_credential."""
    records.clients["scanner"].public_key = None
    answer = await send(app_of(records.protector()), signed(credentials))
    assert answer.status_code == 401
    assert answer.json() == {
        "error": "signature_invalid",
        "error_description": "no known client and token made this signature",
    }
    assert challenges(answer) == ['OAuth realm="api"']
    assert records.nonces == set()


async def test_an_unknown_rsa_client_is_refused_like_a_known_one(records: Records) -> None:
    """THREATS 4"""
    app = app_of(records.protector())
    stranger = Credentials("nobody", "", "scan-token", "", SCANNER.rsa_private_key)
    refused = await send(app, signed(stranger, signature_method="RSA-SHA256"))
    assert refused.json()["error"] == "signature_invalid"


async def test_a_request_counts_once(records: Records) -> None:
    """THREATS 1: S1 exists_nonce."""
    app = app_of(records.protector())
    assert (await send(app, signed())).status_code == 200
    again = await send(app, signed())
    assert (again.status_code, again.json()["error"]) == (401, "nonce_used")
    assert records.nonces == {("abc", "1700000000", "printer", "jane-token")}


async def test_a_bad_signature_spends_no_nonce(records: Records) -> None:
    """THREATS 1: PARITY 6 Authlib 1.0 nonce."""
    app = app_of(records.protector())
    forged = signed(Credentials("printer", "wrong", "jane-token", "jane-secret"))
    assert (await send(app, forged)).status_code == 401
    assert (await send(app, signed())).status_code == 200


async def test_of_fifty_copies_at_once_one_is_let_in(records: Records) -> None:
    """THREATS 1: PARITY 1.3 Race."""
    app, request = app_of(records.protector()), signed()
    answers = await asyncio.gather(*(send(app, request) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49


@pytest.mark.parametrize("timestamp", [1_699_999_699, 1_700_000_301])
async def test_a_timestamp_out_of_the_window_is_refused(records: Records, timestamp: int) -> None:
    """THREATS 2: S0 validate_timestamp_and_nonce, window both ways."""
    app = app_of(records.protector())
    refused = await send(app, signed(timestamp=timestamp))
    assert (refused.status_code, refused.json()["error"]) == (401, "timestamp_refused")
    records.clock.now = timestamp
    assert (await send(app, signed(timestamp=timestamp))).status_code == 200


async def test_a_window_of_ones_own(records: Records) -> None:
    """S0 validate_timestamp_and_nonce: `EXPIRY_TIME`; zero refused."""
    app = app_of(records.protector(window=5))
    assert (await send(app, signed(timestamp=1_699_999_994))).status_code == 401
    assert (await send(app, signed(timestamp=1_699_999_995))).status_code == 200
    with pytest.raises(ValueError, match="window"):
        records.protector(window=0)


@pytest.mark.parametrize("name", ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"])
async def test_each_hmac_method_is_taken(records: Records, name: str) -> None:
    """PARITY 2.2 Beyond RFC"""
    request = signed(signature_method=name)
    assert (await send(app_of(records.protector()), request)).status_code == 200


@pytest.mark.parametrize("name", ["RSA-SHA1", "RSA-SHA256", "RSA-SHA512"])
async def test_each_rsa_method_is_taken(records: Records, name: str) -> None:
    """PARITY 2.2 RSA"""
    request = signed(SCANNER, signature_method=name)
    assert (await send(app_of(records.protector()), request)).json()["owner"] == "joe"


async def test_an_rsa_client_never_falls_back_to_its_secret(records: Records) -> None:
    """THREATS 3"""
    by_secret = Credentials("scanner", "scanner-secret", "scan-token", "scan-secret")
    app = app_of(records.protector(allowed_methods=["HMAC-SHA1", "RSA-SHA1"]))
    refused = await send(app, signed(by_secret))
    assert (refused.status_code, refused.json()["error"]) == (400, "signature_method_rejected")


async def test_a_client_without_a_secret_is_no_client_with_an_empty_one(records: Records) -> None:
    """THREATS 3"""
    records.clients["printer"] = Client(None)
    empty = Credentials("printer", "", "jane-token", "jane-secret")
    refused = await send(app_of(records.protector()), signed(empty))
    assert refused.json()["error"] == "signature_invalid"


@pytest.mark.parametrize("allowed", [["HMAC-SHA256"], []])
async def test_only_the_methods_of_the_api_are_taken(records: Records, allowed: list[str]) -> None:
    """THREATS 3: S0 validate_oauth_signature."""
    refused = await send(app_of(records.protector(allowed_methods=allowed)), signed())
    assert (refused.status_code, refused.json()["error"]) == (400, "signature_method_rejected")


async def test_only_the_methods_of_the_client_are_taken(records: Records) -> None:
    """THREATS 3"""
    records.clients["printer"].oauth1_signature_methods = ["HMAC-SHA256"]
    app = app_of(records.protector())
    assert (await send(app, signed())).json()["error"] == "signature_method_rejected"
    assert (await send(app, signed(signature_method="HMAC-SHA256"))).status_code == 200


async def test_plaintext_is_off_until_it_is_listed_and_needs_https(records: Records) -> None:
    """THREATS 3: PARITY 6 Authlib 1.0 PLAINTEXT."""
    request = signed(signature_method="PLAINTEXT")
    assert (await send(app_of(records.protector()), request)).status_code == 400
    app = app_of(records.protector(allowed_methods=["PLAINTEXT"]))
    assert (await send(app, request)).status_code == 200
    clear = signed(signature_method="PLAINTEXT", url="http://api.photos.example/")
    refused = await send(app, clear)
    assert (refused.status_code, refused.json()["error"]) == (400, "signature_method_rejected")


async def test_plaintext_may_come_without_timestamp_and_nonce(records: Records) -> None:
    """PARITY 2.2 PLAINTEXT"""
    app = app_of(records.protector(allowed_methods=["PLAINTEXT"]))
    header = (
        'OAuth oauth_consumer_key="printer",oauth_token="jane-token",'
        'oauth_signature_method="PLAINTEXT",oauth_signature="printer-secret%26jane-secret"'
    )
    assert (await call(app, headers={"Authorization": header})).status_code == 200
    assert records.nonces == set()


async def test_a_method_of_ones_own_is_verified_by_ones_own(records: Records) -> None:
    """S0 register_signature_method"""
    methods = SignatureMethods()

    async def verify(given: Any) -> bool:
        return bool(given.request.signature == "open sesame")

    methods.register("SESAME", verify)
    app = app_of(records.protector(signature_methods=methods))
    for text, status in (("open sesame", 200), ("open", 401)):
        request = signed(signature_method="SESAME", sign=lambda *_, text=text: text, nonce=text)
        assert (await send(app, request)).status_code == status
    assert (await send(app_of(records.protector()), request)).status_code == 400


@pytest.mark.parametrize("answer", ["signature", 1, None])
async def test_an_answer_that_is_no_bool_is_refused(records: Records, answer: Any) -> None:
    """PARITY 6 Authlib 1.0 docs: a verifier that returns the signature would always be true."""

    async def verify(given: Any) -> Any:
        return answer

    methods = SignatureMethods()
    methods.register("OWN", verify)
    app = app_of(records.protector(signature_methods=methods))
    with pytest.raises(TypeError, match="True or False"):
        await send(app, signed(signature_method="OWN", sign=lambda *_: "x"))


async def test_a_nonce_hook_that_forgets_to_answer_lets_nobody_in(records: Records) -> None:
    """S1 exists_nonce"""

    async def forgetful(*_: Any) -> Any:
        return None

    protector = OAuth1Protector(
        records.clients.get, records.query_token, forgetful, clock=records.clock
    )
    with pytest.raises(TypeError, match="exists_nonce must answer True or False"):
        await send(app_of(protector), signed())


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("oauth_consumer_key", "oauth_consumer_key"),
        ("oauth_token", "oauth_token"),
        ("oauth_signature_method", "oauth_signature_method"),
        ("oauth_signature", "oauth_signature"),
        ("oauth_timestamp", "oauth_timestamp"),
        ("oauth_nonce", "oauth_nonce"),
    ],
)
async def test_what_is_missing_is_named(records: Records, missing: str, told: str) -> None:
    """S0 validate_request: PARITY 2.2 Status codes."""
    kept = [
        pair
        for pair in signed().headers["Authorization"].removeprefix("OAuth ").split(", ")
        if not pair.startswith(f"{missing}=")
    ]
    headers = {"Authorization": f"OAuth {', '.join(kept)}"}
    refused = await call(app_of(records.protector()), headers=headers)
    assert (refused.status_code, refused.json()["error"]) == (400, "parameter_absent")
    assert told in refused.json()["error_description"]
    assert challenges(refused) == ['OAuth realm="api"']


@pytest.mark.parametrize("sent", ["OAuth", "OAuth x", 'OAuth a="%zz"', 'OAuth a="1", a="2"'])
async def test_a_malformed_header_is_400_and_never_500(records: Records, sent: str) -> None:
    """PARITY 6 Authlib 1.0 parsing"""
    refused = await call(app_of(records.protector()), headers={"Authorization": sent})
    assert refused.status_code == 400


async def test_a_query_with_brackets_is_no_failure(records: Records) -> None:
    """PARITY 6 Authlib 1.0 parsing"""
    app = app_of(records.protector())
    assert (await send(app, signed(url=f"{HOST}/?a%5B%5D=1"))).status_code == 200
    refused = await call(app, path="/?a[]=1", headers=signed(nonce="n2").headers)
    assert refused.status_code == 401


async def test_protocol_parameters_stand_in_one_place(records: Records) -> None:
    """THREATS 8: PARITY 2.2 Parameter carriage."""
    request = signed()
    headers = request.headers
    app = app_of(records.protector())
    refused = await call(app, path="/?oauth_nonce=abc", headers=headers)
    assert (refused.status_code, refused.json()["error"]) == (400, "parameter_rejected")


async def test_a_body_hash_that_is_sent_is_verified(records: Records) -> None:
    """THREATS 8: PARITY 2.2 Beyond RFC."""
    app = app_of(records.protector())
    options: dict[str, Any] = {"content_type": "application/json", "with_body_hash": True}
    request = signed(method="POST", body=b'{"a":1}', **options)
    assert (await send(app, request, "POST")).json()["body"] == '{"a":1}'
    changed = signed(method="POST", body=b'{"a":1}', nonce="n2", **options)
    answer = await call(app, method="POST", content=b'{"a":2}', headers=changed.headers)
    assert answer.status_code in (400, 401)


async def test_a_signed_body_has_a_size_that_is_told_and_small(records: Records) -> None:
    """THREATS 56"""
    app = app_of(records.protector(max_body_bytes=10))
    request = signed(method="POST", body=b"a=12345678", content_type=FORM)
    assert (await send(app, request, "POST")).status_code == 200
    request = signed(method="POST", body=b"a=123456789", content_type=FORM)
    refused = await send(app, request, "POST")
    assert (refused.status_code, challenges(refused)) == (413, [])

    async def pieces() -> Any:
        yield b"a=1"

    request = signed(method="POST", body=b"a=1", content_type=FORM, nonce="n3")
    refused = await call(app, method="POST", content=pieces(), headers=request.headers)
    assert refused.status_code == 411


async def test_a_body_that_nobody_read_does_not_pass_as_signed(records: Records) -> None:
    """THREATS 8: of unknown length over HTTP/2, or where a protector is handed no body."""
    protector = records.protector()
    app = app_of(protector)

    async def of_version_2(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "http_version": "2"}, receive, send)

    async def without_body(scope: Any, receive: Any, send: Any) -> None:
        connection: HTTPConnection[Any] = HTTPConnection(scope)
        try:
            await protector.acquire(connection)
        except Refused as refused:
            await refused.response()(scope, receive, send)

    async def pieces() -> Any:
        yield b"amount=1000"

    unsigned = {**signed(method="POST").headers, "Content-Type": FORM}
    for version in (of_version_2, without_body):
        refused = await call(version, method="POST", content=pieces(), headers=unsigned)
        assert refused.status_code == 411
    refused = await call(without_body, method="POST", content=b"amount=1000", headers=unsigned)
    assert refused.status_code == 400
