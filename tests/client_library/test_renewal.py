"""Tokens that end, and how they are renewed."""

import asyncio
from typing import Any, cast

import pytest
from starlette.responses import JSONResponse, Response

from client_library.kit import Now, Provider, registered
from client_library.platform_side import registered_here
from consentry.client import InvalidToken, MemoryVault, OAuth, OAuth2Token, OAuthError
from consentry.client.tokens import KeptToken
from support.patience import NEVER_S
from support.world import World


def rotating(provider: Provider, now: Now, lifetime: int = 300) -> None:
    """Each refresh token is good once; its second use ends everything."""
    good = ["rt-1"]

    def token(form: dict[str, str]) -> Response:
        if form.get("refresh_token") != good[0]:
            good[0] = "none"
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        number = int(good[0].removeprefix("rt-")) + 1
        good[0] = f"rt-{number}"
        answer = {"access_token": f"at-{number}", "token_type": "Bearer", "expires_in": lifetime}
        return JSONResponse({**answer, "refresh_token": good[0]})

    provider.answers["/token"] = token


def ending(now: Now, seconds: float, **more: Any) -> dict[str, Any]:
    token = {"access_token": "at-1", "token_type": "Bearer", "expires_at": int(now() + seconds)}
    return token | more


@pytest.mark.parametrize(("seconds", "used"), [(90, "at-1"), (59, "at-2"), (-10, "at-2")])
async def test_a_token_is_renewed_a_minute_before_it_ends(
    oauth: OAuth, provider: Provider, now: Now, seconds: float, used: str
) -> None:
    """S3 leeway: 60 s"""
    rotating(provider, now)
    client = registered(oauth, provider)
    answer = await client.get("things", token=ending(now, seconds, refresh_token="rt-1"))
    assert answer.json()["headers"]["authorization"] == f"Bearer {used}"


async def test_update_token_is_told_of_the_new_and_the_old(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    """S3 update_token: of the client, and the signal"""
    told: list[Any] = []

    def update_token(token: Any, refresh_token: Any = None, access_token: Any = None) -> None:
        told.append((token["access_token"], refresh_token, access_token))

    @oauth.token_update.connect
    async def on_update(sender: Any, name: str, token: Any, **spent: str) -> None:
        told.append((sender.name, name, token["refresh_token"], spent))

    rotating(provider, now)
    client = registered(oauth, provider, update_token=update_token)
    await client.get("things", token=ending(now, 0, refresh_token="rt-1"))
    assert told == [
        ("at-2", "rt-1", None),
        ("other", "other", "rt-2", {"refresh_token": "rt-1"}),
    ]


async def test_update_token_of_the_registry_is_told_the_name(provider: Provider, now: Now) -> None:
    """S3 update_token: of the registry, bound to the name"""
    told: list[Any] = []

    async def update_token(name: str, token: Any, refresh_token: Any = None) -> None:
        told.append((name, token["access_token"], refresh_token))

    rotating(provider, now)
    async with OAuth(update_token=update_token, clock=now) as oauth:
        client = registered(oauth, provider)
        await client.get("things", token=ending(now, 0, refresh_token="rt-1"))
    assert told == [("other", "at-2", "rt-1")]


async def test_parallel_refreshes_make_one_call(oauth: OAuth, provider: Provider, now: Now) -> None:
    """S3 update_token: under a lock; the provider would end the family otherwise"""
    rotating(provider, now)
    client = registered(oauth, provider)
    stale = ending(now, 0, refresh_token="rt-1")
    answers = await asyncio.gather(*(client.get("things", token=stale) for _ in range(20)))
    late = await client.get("things", token=stale)
    for answer in (*answers, late):
        assert answer.json()["headers"]["authorization"] == "Bearer at-2"
    assert len(provider.came("/token")) == 1


async def test_a_refresh_outlives_whoever_asked_for_it(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    """The provider has spent the old refresh token by then."""
    rotating(provider, now)
    renew, came = provider.answers["/token"], asyncio.Event()

    def seen(form: dict[str, str]) -> Response:
        came.set()
        return renew(form)

    provider.answers["/token"] = seen
    client = registered(oauth, provider)
    stale = ending(now, 0, refresh_token="rt-1")
    first = asyncio.ensure_future(client.refresh_token(stale))
    second = asyncio.ensure_future(client.refresh_token(stale))
    await asyncio.wait_for(came.wait(), NEVER_S)
    first.cancel()
    assert (await second)["access_token"] == "at-2"
    assert len(provider.came("/token")) == 1


async def test_a_refused_refresh_is_tried_again_by_the_next(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    client = registered(oauth, provider)
    provider.answers["/token"] = lambda form: Response("down", status_code=503)
    stale = ending(now, 0, refresh_token="rt-1")
    with pytest.raises(OAuthError, match="503"):
        await client.get("things", token=stale)
    rotating(provider, now)
    assert (await client.get("things", token=stale)).status_code == 200


async def test_a_refresh_token_stays_where_no_new_one_comes(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    """RFC 6749 §6; the refresh has an address and parameters of its own where registered."""
    provider.answers["/refresh"] = lambda form: JSONResponse(
        {"access_token": "at-2", "token_type": "Bearer", "expires_in": "30"}
    )
    client = registered(
        oauth, provider, refresh_token_url="https://provider.example/refresh",
        refresh_token_params={"audience": "photos"},
    )  # fmt: skip
    token = await client.refresh_token(ending(now, 0, refresh_token="rt-1"))
    assert token["refresh_token"] == "rt-1"
    assert token["expires_at"] == int(now()) + 30
    assert provider.came("/refresh") == [
        {"grant_type": "refresh_token", "refresh_token": "rt-1", "audience": "photos"}
    ]
    # Its answer ends at once, so it serves nobody else.
    await client.refresh_token(ending(now, 0, refresh_token="rt-1"))
    assert len(provider.came("/refresh")) == 2


async def test_an_expired_token_with_nothing_to_renew_it_is_not_sent(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    client = registered(oauth, provider)
    with pytest.raises(InvalidToken, match="expired"):
        await client.get("things", token=ending(now, 0))
    with pytest.raises(InvalidToken):
        await client.refresh_token(ending(now, 0))


async def test_a_clients_own_token_is_fetched_again(provider: Provider, now: Now) -> None:
    """S3 update_token: access_token= for client credentials"""
    told: list[Any] = []

    def update_token(name: str, token: Any, access_token: Any = None) -> None:
        told.append((name, token["access_token"], access_token))

    provider.token = {"access_token": "at-2", "token_type": "bearer"}
    async with OAuth(update_token=update_token, clock=now) as oauth:
        kwargs = {"grant_type": "client_credentials", "scope": "photos"}
        client = registered(oauth, provider, client_kwargs=kwargs)
        answer = await client.get("things", token=ending(now, 0))
    assert answer.json()["headers"]["authorization"] == "Bearer at-2"
    assert provider.came("/token") == [{"grant_type": "client_credentials", "scope": "photos"}]
    assert told == [("other", "at-2", "at-1")]


async def test_fetch_access_token_guesses_the_grant(oauth: OAuth, provider: Provider) -> None:
    """S3 fetch_access_token, access_token_params"""
    client = registered(
        oauth, provider, access_token_params={"audience": "photos"},
        client_kwargs={"scope": ["a", "b"]},
    )  # fmt: skip
    await client.fetch_access_token()
    await client.fetch_access_token(username="jane", password="pw")
    await client.fetch_access_token(code="c", redirect_uri="https://app.example/")
    await client.fetch_access_token(grant_type="urn:example:own", scope="c")
    common = {"audience": "photos"}
    assert provider.came("/token") == [
        {"grant_type": "client_credentials", "scope": "a b", **common},
        {"grant_type": "password", "username": "jane", "password": "pw", "scope": "a b", **common},
        {"grant_type": "authorization_code", "code": "c", **common}
        | {"redirect_uri": "https://app.example/"},
        {"grant_type": "urn:example:own", "scope": "c", **common},
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"token_type": "Bearer"},
        {"access_token": "at"},
        {"access_token": 1, "token_type": "Bearer"},
        {"access_token": "at", "token_type": "Bearer", "expires_in": "soon"},
    ],
)
async def test_a_token_answer_that_is_none_is_refused(
    oauth: OAuth, provider: Provider, answer: dict[str, Any]
) -> None:
    """RFC 6749 §5.1"""
    provider.token = answer
    with pytest.raises(OAuthError) as caught:
        await registered(oauth, provider).fetch_access_token()
    assert caught.value.error == "unexpected_answer"


def with_vault(vault: MemoryVault, now: Now) -> OAuth:
    """A registry that keeps tokens in a vault; the request is the owner's name."""

    async def owner(request: Any) -> str | None:
        return None if request == "nobody" else str(request)

    return OAuth(vault=vault, owner=owner, clock=now)


async def test_the_vault_gives_tokens_and_takes_renewed_ones(provider: Provider, now: Now) -> None:
    """S3 fetch_token: default reads the token vault; S3 update_token: default writes to it"""
    vault = MemoryVault()
    rotating(provider, now)
    jane: Any = "jane"
    async with with_vault(vault, now) as oauth:
        client = registered(oauth, provider)
        await client.keep_token(jane, ending(now, 0, refresh_token="rt-1"))
        answers = await asyncio.gather(*(client.get("x", request=jane) for _ in range(5)))
        for answer in answers:
            assert answer.json()["headers"]["authorization"] == "Bearer at-2"
    kept = await vault.load("jane", "other")
    assert isinstance(kept, OAuth2Token)
    assert (kept.access_token, kept.refresh_token) == ("at-2", "rt-2")
    assert len(provider.came("/token")) == 1


async def test_processes_that_share_a_vault_share_its_refreshes(
    provider: Provider, now: Now
) -> None:
    """S3 update_token: two registries stand for two processes"""
    vault = MemoryVault()
    rotating(provider, now)
    jane: Any = "jane"
    await vault.save("jane", OAuth2Token("other", "Bearer", "at-1", "rt-1", int(now())))
    async with with_vault(vault, now) as one, with_vault(vault, now) as other:
        clients = [registered(one, provider), registered(other, provider)]
        await asyncio.gather(*(client.get("x", request=jane) for client in clients * 3))
    assert len(provider.came("/token")) == 1


async def test_a_token_that_was_forgotten_meanwhile_is_not_brought_back(
    provider: Provider, now: Now
) -> None:
    class Emptied(MemoryVault):
        """Its owner disconnects the provider between the two looks."""

        async def load(self, owner: str, name: str) -> KeptToken | None:
            found = await super().load(owner, name)
            await self.delete(owner, name)
            return found

    vault, jane = Emptied(), cast(Any, "jane")
    rotating(provider, now)
    await vault.save("jane", OAuth2Token("other", "Bearer", "at-1", "rt-1", int(now())))
    async with with_vault(vault, now) as oauth:
        with pytest.raises(InvalidToken, match="no more"):
            await registered(oauth, provider).get("x", request=jane)
    assert not provider.came("/token")


async def test_a_newer_token_in_the_vault_may_have_nothing_to_renew_it(
    provider: Provider, now: Now
) -> None:
    class Replaced(MemoryVault):
        """Another process writes between the two looks."""

        async def load(self, owner: str, name: str) -> KeptToken | None:
            found = await super().load(owner, name)
            await self.save(owner, OAuth2Token("other", "Bearer", "at-2", None, 1))
            return found

    vault, jane = Replaced(), cast(Any, "jane")
    await vault.save("jane", OAuth2Token("other", "Bearer", "at-1", "rt-1", int(now())))
    async with with_vault(vault, now) as oauth:
        with pytest.raises(InvalidToken, match="refresh_token"):
            await registered(oauth, provider).get("x", request=jane)


async def test_the_vault_needs_an_owner(provider: Provider, now: Now) -> None:
    nobody: Any = "nobody"
    async with with_vault(MemoryVault(), now) as oauth:
        client = registered(oauth, provider)
        with pytest.raises(OAuthError, match="missing_token"):
            await client.get("x", request=nobody)
        with pytest.raises(RuntimeError, match="owner"):
            await client.keep_token(nobody, ending(now, 60))


async def test_the_platform_renews_and_revokes(world: World, oauth: OAuth, now: Now) -> None:
    """S3 update_token, at the platform; password for parity is refused there"""
    client = await registered_here(world, oauth, "renewing")
    redirect_uri = "https://app.example/callback/renewing"
    begun = await client.create_authorization_url(redirect_uri, scope="openid photos.read")
    async with world.new_browser() as jane:
        returned = await world.follow(await jane.get(begun["url"]), jane)
    code = returned.headers["location"].partition("code=")[2].partition("&")[0]
    token = await client.fetch_access_token(
        code=code, code_verifier=begun["code_verifier"], redirect_uri=redirect_uri
    )
    assert (await client.introspect_token(token["access_token"]))["active"] is True
    renewed = await client.refresh_token(token)
    assert renewed["refresh_token"] != token["refresh_token"]
    assert (await client.revoke_token(renewed["refresh_token"], "refresh_token")).status_code == 200
    assert await client.introspect_token(renewed["access_token"]) == {"active": False}
    own = await client.fetch_access_token(scope="photos.read")
    assert (await client.introspect_token(own["access_token"]))["client_id"] == "renewing"
    with pytest.raises(OAuthError) as caught:
        await client.fetch_access_token(username="jane", password="pw")
    assert caught.value.error in ("unsupported_grant_type", "unauthorized_client")
