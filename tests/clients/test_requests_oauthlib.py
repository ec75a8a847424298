"""oauthlib, through requests-oauthlib's session."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import pytest
import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error, WebApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from clients.registered import CALLBACK, SCOPE, Registered, clients
from support.person import Person, parameters
from support.server import LoopbackAdapter, Server

SHARED_SECRETS = ["none", "client_secret_basic, percent-encoded", "client_secret_post"]


@pytest.fixture(autouse=True)
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """oauthlib wants https unless told otherwise."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture(params=SHARED_SECRETS)
def client(request: pytest.FixtureRequest) -> Registered:
    """The clients whose methods oauthlib knows."""
    return clients()[request.param]


def credentials(client: Registered) -> dict[str, Any]:
    """How a session is told to authenticate."""
    if client.method == "client_secret_basic":
        # RFC 6749 §2.3.1: form-encoded first, which oauthlib leaves to its user.
        pair = quote_plus(client.client_id), quote_plus(str(client.secret))
        return {"auth": HTTPBasicAuth(*pair)}
    return {"include_client_id": True, "client_secret": client.secret}


@pytest.fixture
def session(client: Registered) -> Iterator[OAuth2Session]:
    library = WebApplicationClient(client.client_id)
    with OAuth2Session(client=library, scope=SCOPE, redirect_uri=CALLBACK, pkce="S256") as made:
        made.mount("http://", LoopbackAdapter())
        yield made


async def signed_in(
    session: OAuth2Session, server: Server, client: Registered, person: Person
) -> dict[str, Any]:
    """The tokens of a person who approves."""
    url, state = session.authorization_url(f"{server.issuer()}/oauth2/authorize")
    returned = await person.visit(url)
    assert parameters(returned)["state"] == state
    return dict(
        session.fetch_token(
            f"{server.issuer()}/oauth2/token",
            authorization_response=returned,
            **credentials(client),
        )
    )


async def test_a_person_signs_in_and_the_tokens_work(
    server: Server, session: OAuth2Session, client: Registered, jane: Person
) -> None:
    token = await signed_in(session, server, client, jane)
    assert set(token["scope"]) == set(SCOPE.split())
    userinfo = session.get(f"{server.issuer()}/oauth2/userinfo")
    assert userinfo.json()["name"] == "Jane Doe"


async def test_a_refresh_gives_a_successor(
    server: Server, session: OAuth2Session, client: Registered, jane: Person
) -> None:
    first = await signed_in(session, server, client, jane)
    given: dict[str, Any] = {"client_id": client.client_id}
    if client.method == "client_secret_basic":
        given = credentials(client)
    elif client.secret:
        given["client_secret"] = client.secret
    second = session.refresh_token(f"{server.issuer()}/oauth2/token", **given)
    assert second["refresh_token"] != first["refresh_token"]
    assert session.get(f"{server.issuer()}/oauth2/userinfo").status_code == 200


async def test_a_code_bought_with_another_verifier_is_refused(
    server: Server, session: OAuth2Session, client: Registered, jane: Person
) -> None:
    """RFC 7636 §4.6"""
    url, _ = session.authorization_url(f"{server.issuer()}/oauth2/authorize")
    returned = await jane.visit(url)
    session._code_verifier = "another-" * 8
    with pytest.raises(OAuth2Error, match="invalid_grant"):
        session.fetch_token(
            f"{server.issuer()}/oauth2/token",
            authorization_response=returned,
            **credentials(client),
        )


def test_a_program_acts_for_itself(server: Server) -> None:
    """The demo's nightly backup (RFC 6749 §4.4)."""
    secret = "gX1fBat3bVgX1fBat3bVgX1fBat3bV"
    with OAuth2Session(client=BackendApplicationClient("backup"), scope="photos.read") as session:
        session.mount("http://", LoopbackAdapter())
        token = session.fetch_token(
            f"{server.issuer()}/oauth2/token", auth=HTTPBasicAuth("backup", secret)
        )
    assert token["scope"] == ["photos.read"]


def test_the_session_is_told_of_a_wrong_secret(server: Server) -> None:
    """RFC 6749 §5.2"""
    with OAuth2Session(client=BackendApplicationClient("backup")) as session:
        session.mount("http://", LoopbackAdapter())
        with pytest.raises(OAuth2Error, match="invalid_client"):
            session.fetch_token(
                f"{server.issuer()}/oauth2/token", auth=HTTPBasicAuth("backup", "wrong")
            )


def test_a_plain_request_reaches_the_tenant_by_its_host(server: Server) -> None:
    """The adapter changes the address only, not the `Host`."""
    with requests.Session() as plain:
        plain.mount("http://", LoopbackAdapter())
        url = f"{server.issuer()}/.well-known/openid-configuration"
        assert plain.get(url, timeout=20).json()["issuer"] == server.issuer()
