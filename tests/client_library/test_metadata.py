"""A provider's metadata and keys: fetched, kept, fetched again."""

import asyncio
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from client_library.kit import PROVIDER, Now, Provider, registered
from consentry.client import InvalidIdToken, Misconfigured, OAuth, OAuthError
from consentry.client.metadata import issuer_behind
from consentry.jose.keys import generate

WELL_KNOWN = "/.well-known/openid-configuration"


def fetched(provider: Provider, path: str) -> int:
    return sum(1 for where, _, _ in provider.calls if where == path)


async def test_metadata_are_fetched_once_an_hour(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    """S3 metadata: cached with time to live. PARITY 6 S3: metadata never reloaded."""
    client = registered(oauth, provider)
    await asyncio.gather(*(client.load_server_metadata() for _ in range(5)))
    assert fetched(provider, WELL_KNOWN) == 1
    provider.metadata["token_endpoint"] = f"{PROVIDER}/moved"
    now.forward(3599)
    assert (await client.load_server_metadata())["token_endpoint"] == f"{PROVIDER}/token"
    now.forward(2)
    assert (await client.load_server_metadata())["token_endpoint"] == f"{PROVIDER}/moved"
    assert fetched(provider, WELL_KNOWN) == 2


async def test_the_time_to_live_is_the_apps_to_choose(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    """S3 metadata"""
    client = registered(oauth, provider, client_kwargs={"metadata_lifetime": 100})
    await client.load_server_metadata()
    now.forward(101)
    await client.load_server_metadata()
    assert fetched(provider, WELL_KNOWN) == 2


async def test_old_metadata_serve_while_the_provider_is_away(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    client = registered(oauth, provider)
    await client.load_server_metadata()
    provider.answers[WELL_KNOWN] = lambda form: PlainTextResponse("", status_code=503)
    now.forward(3601)
    for _ in range(3):
        assert (await client.load_server_metadata())["issuer"] == PROVIDER
    assert fetched(provider, WELL_KNOWN) == 2
    now.forward(61)
    await client.load_server_metadata()
    assert fetched(provider, WELL_KNOWN) == 3


async def test_metadata_of_another_issuer_are_refused(oauth: OAuth, provider: Provider) -> None:
    """RFC 8414 §3.3"""
    provider.metadata["issuer"] = "https://evil.example"
    with pytest.raises(OAuthError, match="another issuer"):
        await registered(oauth, provider).load_server_metadata()
    named = registered(oauth, provider, "named", issuer="https://evil.example")
    assert (await named.load_server_metadata())["issuer"] == "https://evil.example"


@pytest.mark.parametrize(
    "answer", [PlainTextResponse("no JSON"), JSONResponse([]), JSONResponse({}, status_code=404)]
)
async def test_what_is_no_metadata_is_refused(
    oauth: OAuth, provider: Provider, answer: Any
) -> None:
    provider.answers[WELL_KNOWN] = lambda form: answer
    with pytest.raises(OAuthError) as caught:
        await registered(oauth, provider).load_server_metadata()
    assert caught.value.error == "unexpected_answer"


async def test_what_is_registered_by_hand_wins(oauth: OAuth, provider: Provider) -> None:
    """S3 newer keys: server_metadata_url under what is registered"""
    client = registered(
        oauth, provider, access_token_url=f"{PROVIDER}/mine", authorize_url=f"{PROVIDER}/ask",
        userinfo_endpoint=f"{PROVIDER}/me",
    )  # fmt: skip
    provider.answers["/mine"] = lambda form: JSONResponse(provider.token)
    await client.fetch_access_token()
    assert fetched(provider, "/mine") == 1
    begun = await client.create_authorization_url("https://app.example/")
    assert begun["url"].startswith(f"{PROVIDER}/ask?")
    assert (await client.load_server_metadata())["userinfo_endpoint"] == f"{PROVIDER}/me"


async def test_an_endpoint_nobody_named_is_missed(oauth: OAuth) -> None:
    client = oauth.register("bare", client_id="printer")
    for missed in (
        client.create_authorization_url(),
        client.fetch_access_token(),
        client.userinfo(),
        client.create_logout_url(),
        client.revoke_token("rt"),
        client.introspect_token("at"),
    ):
        with pytest.raises(Misconfigured, match="endpoint"):
            await missed


@pytest.mark.parametrize(
    ("url", "issuer"),
    [
        ("https://a.example/.well-known/openid-configuration", "https://a.example"),
        ("https://a.example/t/.well-known/openid-configuration", "https://a.example/t"),
        ("https://a.example/.well-known/oauth-authorization-server", "https://a.example"),
        ("https://a.example/.well-known/oauth-authorization-server/t", "https://a.example/t"),
        ("https://a.example/metadata.json", None),
    ],
)
def test_the_issuer_behind_a_well_known_address(url: str, issuer: str | None) -> None:
    """RFC 8414 §3.1, OIDC Discovery §4.1"""
    assert issuer_behind(url) == issuer


async def test_a_new_key_is_found_and_made_up_ones_do_not_hammer(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    """S3 metadata: JWKS refetch on unknown key id, rate-limited"""
    client = registered(oauth, provider)

    async def parse(key: Any = None) -> Any:
        token = {"id_token": provider.id_token(key=key)}
        return await client.parse_id_token(token, None)

    for _ in range(3):
        assert await parse()
    assert fetched(provider, "/jwks") == 1
    now.forward(61)
    new = generate("ES256")
    provider.published = [new, provider.key]
    assert await parse(new)
    assert await parse()
    assert fetched(provider, "/jwks") == 2
    for _ in range(5):
        with pytest.raises(InvalidIdToken):
            await parse(generate("ES256"))
    assert fetched(provider, "/jwks") == 2


async def test_a_key_that_replaces_another_at_once_is_found(
    oauth: OAuth, provider: Provider
) -> None:
    """S3 metadata: the first unknown key id need not wait"""
    client = registered(oauth, provider)
    assert await client.parse_id_token({"id_token": provider.id_token()}, None)
    provider.key = generate("ES256")
    provider.published = [provider.key]
    assert await client.parse_id_token({"id_token": provider.id_token()}, None)


async def test_a_request_to_the_api_does_not_wait_for_metadata(
    oauth: OAuth, provider: Provider
) -> None:
    client = registered(oauth, provider)
    await client.get("things", token={"access_token": "at", "token_type": "Bearer"})
    assert fetched(provider, WELL_KNOWN) == 0


async def test_a_key_that_is_gone_is_believed_no_more(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    """S3 metadata: keys are fetched again after an hour"""
    client = registered(oauth, provider)
    old = provider.key
    assert await client.parse_id_token({"id_token": provider.id_token()}, None)
    provider.published = [generate("ES256")]
    now.forward(3601)
    with pytest.raises(InvalidIdToken):
        await client.parse_id_token({"id_token": provider.id_token(key=old)}, None)


async def test_a_key_set_without_a_usable_key_is_refused(oauth: OAuth, provider: Provider) -> None:
    provider.published = []
    with pytest.raises(OAuthError, match="keys"):
        await registered(oauth, provider).parse_id_token({"id_token": provider.id_token()}, None)
