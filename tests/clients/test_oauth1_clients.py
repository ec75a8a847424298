"""OAuth 1 clients written by others: requests-oauthlib, and Authlib's asynchronous one."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from authlib.integrations.httpx_client import AsyncOAuth1Client, OAuthError
from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_BODY, SIGNATURE_TYPE_QUERY
from requests_oauthlib import OAuth1Session
from requests_oauthlib.oauth1_session import TokenRequestDenied

from clients.registered import CALLBACK, OAUTH1_ID, ODD_SECRET
from consentry.spec.oauth1.signatures import STANDARD_METHODS
from support.person import Person, parameters
from support.rsa_keys import private_pem
from support.server import LoopbackAdapter, LoopbackTransport, Server

FORM = {"photo": "vacation & more.jpg", "size": ["small", "é"]}
OAUTHLIB_TYPES = {
    "header": SIGNATURE_TYPE_AUTH_HEADER,
    "query": SIGNATURE_TYPE_QUERY,
    "body": SIGNATURE_TYPE_BODY,
}
AUTHLIB_METHODS = ("HMAC-SHA1", "RSA-SHA1", "PLAINTEXT")


@pytest.fixture(autouse=True)
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Authlib wants https unless told otherwise."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture(scope="module")
async def jane_on_sqlite(on_sqlite: Server) -> AsyncIterator[Person]:
    """Jane, who stays signed in."""
    async with Person(on_sqlite.issuer()) as person:
        yield person


def rsa_key(method: str) -> str | None:
    return private_pem() if method.startswith("RSA-") else None


# requests-oauthlib


def oauthlib_session(method: str = "HMAC-SHA1", place: str = "header", **options: Any) -> Any:
    made = OAuth1Session(
        OAUTH1_ID, ODD_SECRET, signature_method=method, signature_type=OAUTHLIB_TYPES[place],
        rsa_key=rsa_key(method), **options,
    )  # fmt: skip
    made.mount("http://", LoopbackAdapter())
    return made


async def by_oauthlib(session: Any, issuer: str, person: Person) -> None:
    """The three steps, everything approved."""
    begun = session.fetch_request_token(f"{issuer}/oauth1/initiate")
    assert begun["oauth_callback_confirmed"] == "true"
    url = session.authorization_url(f"{issuer}/oauth1/authorize")
    session.parse_authorization_response(await person.visit(url))
    session.fetch_access_token(f"{issuer}/oauth1/token")


@pytest.fixture
def oauthlib(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A session by method and place."""
    with oauthlib_session(*request.param, callback_uri=CALLBACK) as made:
        yield made


@pytest.mark.parametrize(
    "oauthlib",
    [*((method, "header") for method in STANDARD_METHODS), ("HMAC-SHA1", "query"),
     ("HMAC-SHA256", "body")],
    indirect=True, ids=lambda both: " ".join(both),
)  # fmt: skip
async def test_oauthlib_gets_through_by_every_method_and_in_every_place(
    on_sqlite: Server, jane_on_sqlite: Person, oauthlib: Any
) -> None:
    """RFC 5849 §2, §3.4, §3.5; issue: through all flows and placements"""
    issuer = on_sqlite.issuer()
    await by_oauthlib(oauthlib, issuer, jane_on_sqlite)
    url = f"{issuer}/api/v1/whoami?a=1&a=2%203&empty="
    answers = [oauthlib.post(url, data=FORM)]
    if oauthlib.auth.client.signature_type != SIGNATURE_TYPE_BODY:
        # A GET with a body is nothing that oauthlib would send.
        answers.append(oauthlib.get(url))
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert (answer.json()["client_id"], answer.json()["protocol"]) == (OAUTH1_ID, "oauth1")


@pytest.mark.parametrize("oauthlib", [("HMAC-SHA256", "header")], indirect=True)
async def test_oauthlib_gets_through_at_two_processes(on_postgresql: Server, oauthlib: Any) -> None:
    async with Person(on_postgresql.issuer()) as person:
        await by_oauthlib(oauthlib, on_postgresql.issuer(), person)
    for _ in range(4):
        answer = oauthlib.get(f"{on_postgresql.issuer()}/api/v1/whoami")
        assert answer.status_code == 200, answer.text


async def test_oauthlib_takes_a_verifier_by_hand(on_sqlite: Server, jane_on_sqlite: Person) -> None:
    """RFC 5849 §2.1: `oob`, typed in lower case with a hyphen"""
    issuer = on_sqlite.issuer()
    with oauthlib_session(callback_uri="oob") as session:
        session.fetch_request_token(f"{issuer}/oauth1/initiate")
        shown = await jane_on_sqlite.visit(session.authorization_url(f"{issuer}/oauth1/authorize"))
        typed = f"{shown[:4]}-{shown[4:]}".lower()
        session.fetch_access_token(f"{issuer}/oauth1/token", verifier=typed)
        assert session.get(f"{issuer}/api/v1/whoami").json()["scope"] == "photos.read"


async def test_oauthlib_is_told_of_refusals(on_sqlite: Server) -> None:
    """CONTRACT: 401 and the `oauth_problem` word"""
    issuer = on_sqlite.issuer()
    with oauthlib_session(callback_uri="oob") as session:
        session.fetch_request_token(f"{issuer}/oauth1/initiate")
        with pytest.raises(TokenRequestDenied, match="verifier_invalid") as refused:
            session.fetch_access_token(f"{issuer}/oauth1/token", verifier="BBBBBBBB")
        assert refused.value.status_code == 401
    with OAuth1Session(OAUTH1_ID, "wrong " * 4, callback_uri=CALLBACK) as session:
        session.mount("http://", LoopbackAdapter())
        with pytest.raises(TokenRequestDenied, match="signature_invalid"):
            session.fetch_request_token(f"{issuer}/oauth1/initiate")


# Authlib


@pytest.fixture
async def authlib(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """A client by method and place."""
    method, place = request.param
    async with AsyncOAuth1Client(
        OAUTH1_ID, ODD_SECRET, redirect_uri=CALLBACK, signature_method=method,
        signature_type=place.upper(), rsa_key=rsa_key(method), transport=LoopbackTransport(),
    ) as made:  # fmt: skip
        yield made


async def by_authlib(client: Any, issuer: str, person: Person, decision: str = "approve") -> str:
    """The first two steps: where the person came back to."""
    begun = await client.fetch_request_token(f"{issuer}/oauth1/initiate")
    assert begun["oauth_callback_confirmed"] == "true"
    url = client.create_authorization_url(f"{issuer}/oauth1/authorize", begun["oauth_token"])
    return await person.visit(url, decision)


@pytest.mark.parametrize(
    "authlib",
    [*((method, "header") for method in AUTHLIB_METHODS), ("HMAC-SHA1", "query"),
     ("HMAC-SHA1", "body")],
    indirect=True, ids=lambda both: " ".join(both),
)  # fmt: skip
async def test_authlib_gets_through_by_every_method_and_in_every_place(
    on_sqlite: Server, jane_on_sqlite: Person, authlib: Any
) -> None:
    """RFC 5849 §2, §3.4, §3.5"""
    issuer = on_sqlite.issuer()
    returned = await by_authlib(authlib, issuer, jane_on_sqlite)
    authlib.parse_authorization_response(returned)
    await authlib.fetch_access_token(f"{issuer}/oauth1/token")
    answer = await authlib.get(f"{issuer}/api/v1/whoami?a=1&a=2%203")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["client_id"], answer.json()["protocol"]) == (OAUTH1_ID, "oauth1")


@pytest.mark.parametrize("authlib", [("HMAC-SHA1", "header")], indirect=True)
async def test_authlib_signs_forms_and_hashes_bodies(
    on_sqlite: Server, jane_on_sqlite: Person, authlib: Any
) -> None:
    """RFC 5849 §3.4.1.3, Request Body Hash: Authlib sends one with JSON"""
    issuer = on_sqlite.issuer()
    authlib.parse_authorization_response(await by_authlib(authlib, issuer, jane_on_sqlite))
    await authlib.fetch_access_token(f"{issuer}/oauth1/token")
    for body in ({"data": FORM}, {"json": {"a": "é"}}, {"content": b"plain"}):
        answer = await authlib.post(f"{issuer}/api/v1/whoami", **body)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("authlib", [("HMAC-SHA1", "header")], indirect=True)
async def test_authlib_is_told_of_a_denial(on_sqlite: Server, authlib: Any) -> None:
    """CONTRACT: `oauth_problem=user_refused` with the token, and nothing to exchange"""
    issuer = on_sqlite.issuer()
    async with Person(issuer, username="max") as person:
        returned = await by_authlib(authlib, issuer, person, decision="deny")
    assert returned.startswith(CALLBACK)
    assert parameters(returned) == {
        "oauth_token": authlib.token["oauth_token"], "oauth_problem": "user_refused",
    }  # fmt: skip
    with pytest.raises(OAuthError):
        await authlib.fetch_access_token(f"{issuer}/oauth1/token", verifier="x" * 43)
