"""Authlib's asynchronous client: every flow, by every client authentication method."""

import json
import time
from typing import Any, cast
from urllib.parse import quote_plus

import httpx2
import pytest
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from authlib.oauth2.auth import ClientAuth, encode_client_secret_basic
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey

from clients.registered import CALLBACK, SCOPE, SIGNED_OUT, Registered, clients
from support.person import Person, parameters
from support.server import LoopbackTransport, Server


class Brief:
    """Assertions that end in two minutes (Authlib's own last an hour), each with its own jti."""

    claims: dict[str, Any]

    def sign(self, auth: ClientAuth, token_endpoint: str) -> Any:
        self.claims = {"exp": int(time.time()) + 120}
        return super().sign(auth, token_endpoint)  # type: ignore[misc]


class BriefSecretJWT(Brief, ClientSecretJWT):  # type: ignore[misc]
    """client_secret_jwt."""


class BriefKeyJWT(Brief, PrivateKeyJWT):  # type: ignore[misc]
    """private_key_jwt."""


class Play:
    """One client at one server, as an application would write it."""

    def __init__(self, server: Server, client: Registered, metadata: dict[str, Any]) -> None:
        self.issuer, self.client, self.metadata = server.issuer(), client, metadata
        self.session = AsyncOAuth2Client(
            client.client_id,
            self._secret(),
            token_endpoint_auth_method=client.method,
            revocation_endpoint_auth_method=client.method,
            scope=SCOPE,
            redirect_uri=CALLBACK,
            code_challenge_method="S256",
            transport=LoopbackTransport(),
            token_endpoint=metadata["token_endpoint"],
        )
        endpoint = metadata["token_endpoint"]
        self.session.register_client_auth_method(("client_secret_basic", basic))
        self.session.register_client_auth_method(BriefSecretJWT(endpoint))
        self.session.register_client_auth_method(BriefKeyJWT(endpoint, alg=client.alg))

    def _secret(self) -> Any:
        if self.client.method == "client_secret_jwt":
            return OctKey.import_key(str(self.client.secret))
        return self.client.key or self.client.secret

    async def sign_in(self, person: Person) -> dict[str, Any]:
        """The tokens of a person who approves, by code and PKCE."""
        verifier, self.nonce = generate_token(64), generate_token(20)
        url, state = self.session.create_authorization_url(
            self.metadata["authorization_endpoint"],
            code_verifier=verifier,
            nonce=self.nonce,
        )
        returned = await person.visit(str(url))
        self.returned = parameters(returned)
        assert returned.startswith(CALLBACK)
        assert self.returned["iss"] == self.issuer
        token = await self.session.fetch_token(
            self.metadata["token_endpoint"],
            authorization_response=returned,
            state=state,
            code_verifier=verifier,
        )
        return dict(token)

    async def keys(self) -> KeySet:
        return KeySet.import_key_set((await self.get(self.metadata["jwks_uri"])).json())

    async def get(self, url: str) -> httpx2.Response:
        """A request without a token."""
        answer = await self.session.request("GET", url, withhold_token=True)
        return cast(httpx2.Response, answer)


def basic(auth: ClientAuth, method: str, uri: str, headers: Any, body: str) -> Any:
    """RFC 6749 §2.3.1: form-encoded first, which Authlib leaves to its user."""
    encoded = ClientAuth(quote_plus(auth.client_id), quote_plus(auth.client_secret))
    return encode_client_secret_basic(encoded, method, uri, headers, body)


async def discovered(server: Server) -> dict[str, Any]:
    async with httpx2.AsyncClient(transport=LoopbackTransport()) as http:
        url = get_well_known_url(server.issuer(), external=True)
        return dict((await http.get(url)).json())


@pytest.fixture
async def play(server: Server, client: Registered) -> Any:
    made = Play(server, client, await discovered(server))
    async with made.session:
        yield made


async def test_the_metadata_is_valid_by_its_standard(server: Server) -> None:
    """RFC 8414 §2; https, which this server does without, is the only thing put right first."""
    text = json.dumps(await discovered(server)).replace("http://photos", "https://photos")
    metadata = AuthorizationServerMetadata(json.loads(text))
    metadata.validate()
    assert metadata["issuer"] == server.issuer().replace("http:", "https:")


async def test_a_person_signs_in_and_the_tokens_work(play: Play, jane: Person) -> None:
    token = await play.sign_in(jane)
    assert set(token["scope"].split()) == set(SCOPE.split())
    alg = "ES256" if "ES256" in str(play.client.more) else "RS256"
    keys = await play.keys()
    decoded = jwt.decode(token["id_token"], keys, algorithms=[alg])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"value": play.issuer}, "aud": {"value": play.client.client_id}},
        {"nonce": play.nonce, "client_id": play.client.client_id, **token},
    )
    claims.validate()
    person = (await play.session.get(play.metadata["userinfo_endpoint"])).json()
    assert person["sub"] == claims["sub"]
    assert (person["name"], person["email"]) == ("Jane Doe", "jane@example.com")
    assert decoded.header["alg"] == alg


async def test_a_refreshed_token_works_and_the_old_family_dies_when_revoked(
    play: Play, jane: Person
) -> None:
    first = await play.sign_in(jane)
    second = await play.session.refresh_token(play.metadata["token_endpoint"])
    assert second["refresh_token"] != first["refresh_token"]
    userinfo = play.metadata["userinfo_endpoint"]
    assert (await play.session.get(userinfo)).status_code == 200
    revoked = await play.session.revoke_token(
        play.metadata["revocation_endpoint"], second["refresh_token"], "refresh_token"
    )
    assert revoked.status_code == 200
    assert (await play.session.get(userinfo)).status_code == 401
    with pytest.raises(OAuthError, match="invalid_grant"):
        await play.session.refresh_token(play.metadata["token_endpoint"])


async def test_a_client_acts_for_itself_and_asks_about_its_token(play: Play) -> None:
    token_endpoint = play.metadata["token_endpoint"]
    if play.client.method == "none":
        with pytest.raises(OAuthError, match="unauthorized_client"):
            await play.session.fetch_token(token_endpoint, grant_type="client_credentials")
        return
    token = await play.session.fetch_token(
        token_endpoint, grant_type="client_credentials", scope="photos.read"
    )
    assert "refresh_token" not in token
    introspection = play.metadata["introspection_endpoint"]
    told = (await play.session.introspect_token(introspection, token["access_token"])).json()
    assert told["active"] is True
    assert (told["client_id"], told["scope"]) == (play.client.client_id, "photos.read")
    await play.session.revoke_token(play.metadata["revocation_endpoint"], token["access_token"])
    told = (await play.session.introspect_token(introspection, token["access_token"])).json()
    assert told == {"active": False}


async def test_a_denial_comes_back_as_an_error(play: Play, jane: Person) -> None:
    """RFC 6749 §4.1.2.1"""
    url, state = play.session.create_authorization_url(
        play.metadata["authorization_endpoint"],
        code_verifier=generate_token(64),
        prompt="consent",
    )
    returned = parameters(await jane.visit(str(url), decision="deny"))
    assert (returned["error"], returned["state"]) == ("access_denied", state)
    assert returned["iss"] == play.issuer


async def test_signing_out_leads_back_to_the_client(server: Server, jane: Person) -> None:
    """OIDC RP-Initiated Logout §2, §3"""
    client = clients()["client_secret_post"]
    play = Play(server, client, await discovered(server))
    async with play.session:
        token = await play.sign_in(jane)
        asked = httpx2.URL(
            play.metadata["end_session_endpoint"],
            params={
                "id_token_hint": token["id_token"],
                "post_logout_redirect_uri": SIGNED_OUT,
                "state": "left",
            },
        )
        assert await jane.visit(str(asked)) == f"{SIGNED_OUT}?state=left"
        silent = httpx2.URL(
            play.session.create_authorization_url(
                play.metadata["authorization_endpoint"], code_verifier=generate_token(64)
            )[0],
        ).copy_merge_params({"prompt": "none"})
        assert parameters(await jane.visit(str(silent)))["error"] == "login_required"


async def test_a_wrong_secret_is_refused_in_the_clients_own_words(server: Server) -> None:
    """RFC 6749 §5.2"""
    wrong = Registered("basic", "client_secret_basic", "not the secret at all")
    play = Play(server, wrong, await discovered(server))
    async with play.session:
        with pytest.raises(OAuthError, match="invalid_client"):
            await play.session.fetch_token(
                play.metadata["token_endpoint"], grant_type="client_credentials"
            )
