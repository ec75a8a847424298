"""RFC 8693: from OAuth 1 token credentials to OAuth 2 tokens, under the same consent."""

import asyncio
import secrets
from typing import Any

import pytest

from consentry.oauth2.grants.token_exchange import ACCESS_TOKEN, GRANT_TYPE, OAUTH1_REQUEST
from consentry.spec.oauth1.signing import Credentials, sign_request
from support.people import ISSUER, withdraw_app
from support.signing import KEY, add_oauth1_client, send_signed, token_credentials
from support.token_side import change_client, claims_of, disable_user
from support.world import CALLBACK, PKCE, SECRET, Tokens, World, hidden

GRANTS = ["authorization_code", "refresh_token", "client_credentials", GRANT_TYPE]
API = "https://api.photos.example"


async def allow(world: World, **metadata: Any) -> Credentials:
    """A tenant and a client that speak both protocols, and the client's token credentials."""
    await world.settings(grant_types_supported=GRANTS)
    await add_oauth1_client(
        world, **{"protocols": ["oauth1", "oauth2"], "grant_types": GRANTS, **metadata}
    )
    return await token_credentials(world)


def header(
    world: World, credentials: Credentials, *, url: str = f"{ISSUER}/oauth2/token",
    method: str = "POST", **options: Any,
) -> str:  # fmt: skip
    """What the client would send as `Authorization`."""
    signed = sign_request(
        credentials, method, url,
        timestamp=int(world.clock().timestamp()), nonce=secrets.token_hex(8), **options,
    )  # fmt: skip
    return signed.headers["Authorization"]


async def swap(world: World, subject_token: str, *, client_id: str = KEY, **changes: Any) -> Tokens:
    """One exchange; None leaves a parameter out."""
    options = {name: changes.pop(name) for name in ("slug", "secret") if name in changes}
    data = {
        "grant_type": GRANT_TYPE, "subject_token": subject_token,
        "subject_token_type": OAUTH1_REQUEST, **changes,
    }  # fmt: skip
    sent = {name: value for name, value in data.items() if value is not None}
    return await world.token(sent, client_id=client_id, **options)


async def exchange(world: World, credentials: Credentials, **changes: Any) -> Tokens:
    return await swap(world, header(world, credentials), **changes)


async def whoami(world: World, tokens: Tokens) -> dict[str, Any]:
    async with world.new_browser() as client:
        bearer = {"Authorization": f"Bearer {tokens.access_token}"}
        return dict((await client.get("/api/v1/whoami", headers=bearer)).json())


# What it gives


async def test_a_signed_request_buys_tokens_for_the_same_person(world: World) -> None:
    """RFC 8693 §2.2.1"""
    credentials = await allow(world)
    signed = await send_signed(world, "GET", "/api/v1/whoami", credentials)
    tokens = await exchange(world, credentials)
    assert tokens.status == 200
    assert set(tokens.body) == {
        "access_token", "token_type", "expires_in", "scope", "refresh_token", "issued_token_type",
    }  # fmt: skip
    assert tokens.body["issued_token_type"] == ACCESS_TOKEN
    assert tokens.body["token_type"] == "Bearer"
    assert tokens.body["scope"] == "photos.read photos.print"
    assert await whoami(world, tokens) == {**signed.json(), "protocol": "oauth2"}


async def test_the_new_refresh_token_goes_on_by_itself(world: World) -> None:
    tokens = await exchange(world, await allow(world))
    again = await world.refresh(tokens.refresh_token, client_id=KEY)
    assert again.status == 200
    assert again.body["scope"] == tokens.body["scope"]
    assert await world.is_active(again.access_token, client_id=KEY)


async def test_the_new_tokens_tell_when_the_person_signed_in(sqlite_world: World) -> None:
    """OIDC Core §2: `auth_time` is of the authentication, not of the exchange."""
    credentials = await allow(sqlite_world, scope="openid photos.read")
    before = int(sqlite_world.clock().timestamp())
    sqlite_world.clock.forward(3_600)
    tokens = await exchange(sqlite_world, credentials)
    claims = claims_of(tokens.body["id_token"])
    assert before - 60 < claims["auth_time"] <= before
    assert "nonce" not in claims


async def test_a_client_without_the_refresh_grant_gets_an_access_token_alone(
    sqlite_world: World,
) -> None:
    only = [GRANT_TYPE]
    tokens = await exchange(
        sqlite_world, await allow(sqlite_world, grant_types=only, response_types=[])
    )
    assert tokens.status == 200
    assert "refresh_token" not in tokens.body


async def test_a_resource_makes_a_token_for_that_api(sqlite_world: World) -> None:
    """RFC 8693 §2.1, RFC 8707 §2"""
    await sqlite_world.add_api(API, scopes="photos.read", access_token_format="jwt")
    tokens = await exchange(sqlite_world, await allow(sqlite_world), resource=API)
    claims = claims_of(tokens.access_token)
    assert (claims["aud"], claims["scope"]) == (API, "photos.read")


@pytest.mark.parametrize("form", ["scope", "omitted"])
async def test_the_scope_is_what_the_person_allowed_or_less(sqlite_world: World, form: str) -> None:
    """THREATS 30"""
    await allow(sqlite_world)
    narrow = await token_credentials(
        sqlite_world, extra={}, path="/oauth1/initiate?scope=photos.read"
    )
    asked = {"scope": "photos.read"} if form == "scope" else {}
    tokens = await exchange(sqlite_world, narrow, **asked)
    assert tokens.body["scope"] == "photos.read"
    wide = await exchange(sqlite_world, narrow, scope="photos.read photos.print")
    assert (wide.status, wide.error) == (400, "invalid_scope")


# What it refuses


@pytest.mark.parametrize(
    ("policy", "client", "error"),
    [(False, True, "unsupported_grant_type"), (True, False, "unauthorized_client")],
)
async def test_both_tenant_and_client_must_allow_it(
    sqlite_world: World, policy: bool, client: bool, error: str
) -> None:
    """THREATS 20"""
    credentials = await allow(sqlite_world, grant_types=GRANTS if client else GRANTS[:3])
    if not policy:
        await sqlite_world.settings(grant_types_supported=GRANTS[:3])
    answer = await exchange(sqlite_world, credentials)
    assert (answer.status, answer.error) == (400, error)


async def test_metadata_lists_it_where_the_tenant_has_it(sqlite_world: World) -> None:
    """RFC 8414 §2"""
    address = "/.well-known/oauth-authorization-server"
    before = (await sqlite_world.browser.get(address)).json()
    assert GRANT_TYPE not in before["grant_types_supported"]
    await sqlite_world.settings(grant_types_supported=GRANTS)
    after = (await sqlite_world.browser.get(address)).json()
    assert GRANT_TYPE in after["grant_types_supported"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token": "Bearer abc"}, "invalid_request"),
        ({"subject_token": "OAuth"}, "invalid_request"),
        ({"subject_token": 'OAuth oauth_token="\x7f"'}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:jwt"}, "invalid_request"),
        ({"actor_token": "someone"}, "invalid_request"),
        ({"actor_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"audience": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"scope": "photos.write"}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
    ],
)
async def test_what_the_request_may_not_say_costs_no_nonce(
    exchanging: tuple[World, Credentials], changes: dict[str, Any], error: str
) -> None:
    """RFC 8693 §2.1, §2.2.2"""
    world, credentials = exchanging
    good = header(world, credentials)
    answer = await swap(world, **{"subject_token": good, **changes})
    assert (answer.status, answer.error) == (400, error)
    assert (await swap(world, good)).status == 200


@pytest.fixture(scope="module")
async def exchanging(shared_world: World) -> tuple[World, Credentials]:
    """A shared world in which the exchange works."""
    return shared_world, await allow(shared_world)


@pytest.mark.parametrize(
    "options",
    [
        {"url": f"{ISSUER}/oauth2/introspect"},
        {"url": f"{ISSUER}/api/v1/whoami"},
        {"url": "https://photos.localhost:8000/oauth2/token"},
        {"url": "http://sounds.localhost:8000/oauth2/token"},
        {"method": "GET"},
        {"body": b"grant_type=x", "content_type": "application/x-www-form-urlencoded"},
        {"body": b"{}", "with_body_hash": True},
        {"signature_method": "PLAINTEXT"},
        {"extra": {"oauth_version": "2.0"}},
        {"extra": {"oauth_timestamp": "1"}},
    ],
)
async def test_a_header_signed_for_anything_else_is_refused(
    exchanging: tuple[World, Credentials], options: dict[str, Any]
) -> None:
    """RFC 8693 §2.2.2: the signature covers this method, this address and no body."""
    world, credentials = exchanging
    answer = await swap(world, header(world, credentials, **options))
    assert (answer.status, answer.error) == (400, "invalid_request")


async def test_a_query_in_the_signed_address_is_not_this_address(
    exchanging: tuple[World, Credentials],
) -> None:
    world, credentials = exchanging
    signed = header(world, credentials, url=f"{ISSUER}/oauth2/token?scope=photos.read")
    assert (await swap(world, signed)).error == "invalid_request"


async def test_a_header_counts_once(world: World) -> None:
    """RFC 5849 §3.3"""
    signed = header(world, await allow(world))
    answers = await asyncio.gather(*[swap(world, signed) for _ in range(10)])
    assert sorted(one.status for one in answers) == [200] + [400] * 9
    again = await swap(world, signed)
    assert again.error == "invalid_request"
    assert "nonce_used" in again.body["error_description"]


async def test_the_nonce_is_spent_for_signed_requests_too(
    exchanging: tuple[World, Credentials],
) -> None:
    """THREATS 9: what was exchanged cannot be sent as the request it is signed as."""
    world, credentials = exchanging
    signed = header(world, credentials)
    assert (await swap(world, signed)).status == 200
    asked = {
        "method": "POST",
        "url": f"{ISSUER}/oauth2/token",
        "headers": {"Authorization": signed},
    }
    async with world.new_browser() as client:
        said = await client.post("/oauth1/verify", json=asked, auth=(KEY, SECRET))
    assert said.json() == {"active": False, "reason": "nonce_used"}


async def test_a_two_legged_request_stands_for_nobody(
    exchanging: tuple[World, Credentials],
) -> None:
    world, _ = exchanging
    answer = await exchange(world, Credentials(KEY, SECRET))
    assert (answer.error, answer.body["error_description"]) == (
        "invalid_request", "the subject token names no person",
    )  # fmt: skip


async def test_only_the_client_that_signed_may_exchange(
    exchanging: tuple[World, Credentials],
) -> None:
    world, credentials = exchanging
    await add_oauth1_client(world, "other", protocols=["oauth1", "oauth2"], grant_types=GRANTS)
    good = header(world, credentials)
    answer = await swap(world, good, client_id="other")
    assert answer.error == "invalid_request"
    assert "another client's" in answer.body["error_description"]
    assert (await swap(world, good)).status == 200


async def test_another_clients_token_credentials_are_of_no_use(
    exchanging: tuple[World, Credentials],
) -> None:
    """RFC 5849 §3.2"""
    world, credentials = exchanging
    await add_oauth1_client(world, "thief", protocols=["oauth1", "oauth2"], grant_types=GRANTS)
    stolen = Credentials("thief", SECRET, credentials.token, credentials.token_secret)
    answer = await exchange(world, stolen, client_id="thief")
    assert answer.error == "invalid_request"


async def test_the_client_must_prove_itself_as_well(
    exchanging: tuple[World, Credentials],
) -> None:
    """RFC 6749 §3.2.1"""
    world, credentials = exchanging
    answer = await exchange(world, credentials, secret="not the secret of this client")
    assert (answer.status, answer.error) == (401, "invalid_client")


async def test_a_client_that_speaks_oauth1_no_more_has_nothing_to_exchange(
    sqlite_world: World,
) -> None:
    credentials = await allow(sqlite_world)
    await change_client(sqlite_world, KEY, protocols=["oauth2"])
    assert (await exchange(sqlite_world, credentials)).error == "invalid_request"


async def test_another_tenants_credentials_are_refused(sqlite_world: World) -> None:
    """THREATS 30, THREATS 39"""
    credentials = await allow(sqlite_world)
    await sqlite_world.add_tenant("sounds", grant_types_supported=GRANTS)
    await add_oauth1_client(
        sqlite_world, slug="sounds", protocols=["oauth1", "oauth2"], grant_types=GRANTS
    )
    url = "http://sounds.localhost:8000/oauth2/token"
    signed = header(sqlite_world, credentials, url=url)
    answer = await swap(sqlite_world, signed, slug="sounds")
    assert answer.error == "invalid_request"


@pytest.mark.parametrize("end", ["revoked", "withdrawn", "disabled"])
async def test_credentials_that_have_ended_buy_nothing(sqlite_world: World, end: str) -> None:
    """RFC 8693 §2.2.2"""
    world, credentials = sqlite_world, await allow(sqlite_world)
    if end == "revoked":
        await world.revoke(str(credentials.token), client_id=KEY)
    elif end == "withdrawn":
        await withdraw_app(world.browser, KEY)
    else:
        await disable_user(world)
    answer = await exchange(world, credentials)
    assert (answer.status, answer.error) == (400, "invalid_request")


# What becomes of the two afterwards


async def test_the_new_tokens_outlive_the_credentials_they_came_from(world: World) -> None:
    credentials = await allow(world)
    tokens = await exchange(world, credentials)
    await world.revoke(str(credentials.token), client_id=KEY)
    assert (await send_signed(world, "GET", "/api/v1/whoami", credentials)).status_code == 401
    assert await world.is_active(tokens.access_token, client_id=KEY)
    assert (await world.refresh(tokens.refresh_token, client_id=KEY)).status == 200


async def test_revoking_the_new_tokens_leaves_the_credentials(sqlite_world: World) -> None:
    credentials = await allow(sqlite_world)
    tokens = await exchange(sqlite_world, credentials)
    await sqlite_world.revoke(tokens.refresh_token, client_id=KEY)
    assert not await sqlite_world.is_active(tokens.access_token, client_id=KEY)
    signed = await send_signed(sqlite_world, "GET", "/api/v1/whoami", credentials)
    assert signed.status_code == 200


async def test_withdrawing_the_consent_ends_both(world: World) -> None:
    credentials = await allow(world)
    tokens = await exchange(world, credentials)
    await withdraw_app(world.browser, KEY)
    assert not await world.is_active(tokens.access_token, client_id=KEY)
    assert (await world.refresh(tokens.refresh_token, client_id=KEY)).error == "invalid_grant"
    assert (await send_signed(world, "GET", "/api/v1/whoami", credentials)).status_code == 401


async def test_a_withdrawal_at_the_same_moment_leaves_no_token_alive(sqlite_world: World) -> None:
    """THREATS 30: each exchange ends before the withdrawal and by it, or is refused."""
    world, credentials = sqlite_world, await allow(sqlite_world)
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    signed = [header(world, credentials) for _ in range(50)]
    swapping = [asyncio.create_task(swap(world, one)) for one in signed]
    withdrawing = world.store().consents.withdraw(jane.user_id, KEY, world.clock())
    answers, _ = await asyncio.gather(asyncio.gather(*swapping), withdrawing)
    bought = [one.access_token for one in answers if one.status == 200]
    assert not any([await world.is_active(one, client_id=KEY) for one in bought])


async def test_a_scope_taken_back_at_the_same_moment_is_in_no_live_token(
    sqlite_world: World,
) -> None:
    """The same of one scope: each exchange is narrowed with its source, or refused."""
    world, credentials = sqlite_world, await allow(sqlite_world)
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    signed = [header(world, credentials) for _ in range(50)]
    swapping = [asyncio.create_task(swap(world, one)) for one in signed]
    narrowing = world.store().consents.narrow(
        jane.user_id, KEY, "photos.print", world.clock(), claims=()
    )
    answers, _ = await asyncio.gather(asyncio.gather(*swapping), narrowing)
    bought = [one.access_token for one in answers if one.status == 200]
    told = [await world.introspect(one, client_id=KEY) for one in bought]
    assert not [one for one in told if "photos.print" in one.get("scope", "")]


async def test_signing_out_does_not_end_what_was_exchanged(sqlite_world: World) -> None:
    """Token credentials outlive the login, and so does what replaces them."""
    tokens = await exchange(sqlite_world, await allow(sqlite_world))
    page = await sqlite_world.browser.get("/logout")
    await sqlite_world.browser.post("/logout", data={**hidden(page), "decision": "logout"})
    assert await sqlite_world.is_active(tokens.access_token, client_id=KEY)


async def test_tokens_end_with_credentials_that_have_an_end(sqlite_world: World) -> None:
    """THREATS 30: no longer than what they were exchanged for."""
    await sqlite_world.settings(oauth1_token_lifetime=60)
    tokens = await exchange(sqlite_world, await allow(sqlite_world))
    assert tokens.body["expires_in"] <= 60
    assert "refresh_token" not in tokens.body
    sqlite_world.clock.forward(61)
    assert not await sqlite_world.is_active(tokens.access_token, client_id=KEY)


async def test_the_ordinary_flow_needs_no_second_consent_afterwards(sqlite_world: World) -> None:
    """What was allowed by OAuth 1 is remembered for the client, whichever way it asks."""
    await allow(sqlite_world)
    asked = await sqlite_world.ask(
        pkce=PKCE, client_id=KEY, scope="photos.read", redirect_uri=CALLBACK
    )
    assert asked.headers["location"].startswith(f"{CALLBACK}?code=")
