"""RFC 8414, OIDC Discovery §3: what is advertised works."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from support.assertions import TYPE, claims, hs256, jwks_of, key_of, signed
from support.token_side import basic, bought, header_of
from support.world import PASSWORD, PKCE, SECRET, World, answer_of, hidden

ISSUER = "http://photos.localhost:8000"
WELL_KNOWN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
SCOPES = {"openid", "profile", "email", "address", "phone", "offline_access"}


async def metadata(world: World, path: str = WELL_KNOWN[0]) -> dict[str, Any]:
    async with world.new_browser() as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json())


async def test_both_addresses_say_the_same(shared_world: World) -> None:
    """RFC 8414 §3, OIDC Discovery §4"""
    first, second = [await metadata(shared_world, path) for path in WELL_KNOWN]
    assert first == second
    assert first["issuer"] == ISSUER


async def test_every_address_is_on_the_issuer_and_answers(shared_world: World) -> None:
    """RFC 8414 §2"""
    seen = await metadata(shared_world)
    addresses = {n: v for n, v in seen.items() if n.endswith("_endpoint") or n == "jwks_uri"}
    assert len(addresses) == 7
    async with shared_world.new_browser() as client:
        for name, address in addresses.items():
            assert address.startswith(f"{ISSUER}/oauth2/"), name
            answer = await client.get(urlsplit(address).path)
            assert answer.status_code not in (404, 500), name


async def test_it_may_be_cached_and_read_by_scripts(shared_world: World) -> None:
    """RFC 8414 §3.2"""
    async with shared_world.new_browser() as client:
        for path in (*WELL_KNOWN, "/oauth2/jwks"):
            answer = await client.get(path)
            assert answer.headers["cache-control"].startswith("public, max-age=")
            assert answer.headers["access-control-allow-origin"] == "*"
            head = await client.head(path)
            assert (head.status_code, head.content) == (200, b"")


async def test_the_host_that_was_asked_never_changes_the_issuer(sqlite_world: World) -> None:
    """RFC 8414 §3.3, THREATS 33"""
    await sqlite_world.store().configuration.add_domain("id.photos.example", sqlite_world.clock())
    sqlite_world.forget()
    async with sqlite_world.new_browser() as client:
        answer = await client.get(WELL_KNOWN[0], headers={"Host": "id.photos.example:8000"})
    assert answer.json()["issuer"] == ISSUER


async def test_a_custom_domain_can_be_the_issuer_on_the_port_people_use(
    sqlite_world: World,
) -> None:
    """RFC 8414 §2, CONTRACT: `CONSENTRY_BASE_URL` says how people reach us"""
    await sqlite_world.store().configuration.add_domain("id.photos.example", sqlite_world.clock())
    await sqlite_world.settings(issuer_host="id.photos.example")
    async with sqlite_world.new_browser() as client:
        for host in ("id.photos.example:8000", "photos.localhost:8000"):
            seen = (await client.get(WELL_KNOWN[0], headers={"Host": host})).json()
            assert seen["issuer"] == "http://id.photos.example:8000"
            assert seen["token_endpoint"] == "http://id.photos.example:8000/oauth2/token"


async def test_policy_shows(sqlite_world: World) -> None:
    """RFC 8414 §2"""
    await sqlite_world.add_api("https://api.photos.example")
    await sqlite_world.settings(
        grant_types_supported=["authorization_code", "password", "implicit"]
    )
    seen = await metadata(sqlite_world)
    assert seen["grant_types_supported"] == ["authorization_code", "password", "implicit"]
    assert set(seen["response_types_supported"]) == {"code", "token", "id_token", "id_token token"}
    assert seen["protected_resources"] == ["https://api.photos.example"]
    assert set(seen["scopes_supported"]) == SCOPES | {"photos.read", "photos.print"}


async def test_every_advertised_grant_type_works(sqlite_world: World) -> None:
    """RFC 8414 §2: grant_types_supported"""
    world = sqlite_world
    every = ["authorization_code", "refresh_token", "client_credentials", "password", "implicit"]
    await world.settings(grant_types_supported=every)
    await world.add_client(
        "all", grant_types=every, response_types=["code", "token", "id_token", "id_token token"]
    )
    advertised = (await metadata(world))["grant_types_supported"]
    assert set(advertised) == set(every)
    tokens = await bought(world, client_id="all")
    for grant_type, data in {
        "refresh_token": {"refresh_token": tokens.refresh_token},
        "client_credentials": {},
        "password": {"username": "jane", "password": PASSWORD},
    }.items():
        answer = await world.token({"grant_type": grant_type, **data}, client_id="all")
        assert answer.status == 200, grant_type
    for response_type in (await metadata(world))["response_types_supported"]:
        asked = await world.ask(pkce=PKCE, client_id="all", response_type=response_type)
        answered = answer_of(await world.follow(asked))
        for name in response_type.split():
            assert answered["access_token" if name == "token" else name], response_type


async def test_every_advertised_authentication_method_works(shared_world: World) -> None:
    """RFC 8414 §2: token_endpoint_auth_methods_supported and those of the other endpoints"""
    world, seen = shared_world, await metadata(shared_world)
    token = "anything"
    for endpoint, path in (
        ("token", "/oauth2/token"), ("revocation", "/oauth2/revoke"),
        ("introspection", "/oauth2/introspect"),
    ):  # fmt: skip
        for method in seen[f"{endpoint}_endpoint_auth_methods_supported"]:
            client_id, data = f"{endpoint}-{method}", {"token": token}
            code = {"authorization_code", "refresh_token"}
            if endpoint == "token":
                data = {"grant_type": "refresh_token", "refresh_token": token}
            more: dict[str, Any] = (
                {"jwks": jwks_of(key_of())} if method == "private_key_jwt" else {}
            )
            await world.add_client(
                client_id, token_endpoint_auth_method=method, grant_types=sorted(code), **more
            )
            answer = await authenticated(world, path, method, client_id, data)
            # A good client hears of its token, a bad one of itself.
            assert answer.status_code != 401, (endpoint, method)
            assert answer.json().get("error") == "invalid_grant" if endpoint == "token" else True


async def authenticated(
    world: World, path: str, method: str, client_id: str, data: dict[str, str]
) -> Any:
    headers, payload = [], claims(world, client_id)
    match method:
        case "client_secret_basic":
            headers = [basic(client_id)]
        case "client_secret_post":
            data |= {"client_id": client_id, "client_secret": SECRET}
        case "client_secret_jwt":
            data |= {"client_assertion_type": TYPE, "client_assertion": hs256(SECRET, payload)}
        case "private_key_jwt":
            data |= {"client_assertion_type": TYPE, "client_assertion": signed(key_of(), payload)}
        case "none":
            data |= {"client_id": client_id}
    async with world.new_browser() as client:
        return await client.post(path, data=data, headers=headers)


async def test_every_advertised_assertion_algorithm_works(shared_world: World) -> None:
    """RFC 8414 §2: token_endpoint_auth_signing_alg_values_supported"""
    advertised = (await metadata(shared_world))["token_endpoint_auth_signing_alg_values_supported"]
    assert "none" not in advertised
    for alg in advertised:
        method = "client_secret_jwt" if alg == "HS256" else "private_key_jwt"
        more: dict[str, Any] = {} if alg == "HS256" else {"jwks": jwks_of(key_of(alg))}
        client_id = f"signs-{alg}"
        await shared_world.add_client(client_id, token_endpoint_auth_method=method, **more)
        payload = claims(shared_world, client_id)
        made = hs256(SECRET, payload) if alg == "HS256" else signed(key_of(alg), payload)
        data = {
            "grant_type": "client_credentials", "client_assertion_type": TYPE,
            "client_assertion": made,
        }  # fmt: skip
        answer = await shared_world.token(data, secret=None, client_id="")
        assert answer.status == 200, alg


@pytest.mark.parametrize("kind", ["id_token", "userinfo"])
async def test_every_advertised_signature_of_ours_works(shared_world: World, kind: str) -> None:
    """OIDC Discovery §3: id_token_ and userinfo_signing_alg_values_supported"""
    advertised = (await metadata(shared_world))[f"{kind}_signing_alg_values_supported"]
    assert "RS256" in advertised and "none" not in advertised
    for alg in advertised:
        client_id, name = f"{kind}-{alg}", f"{kind}_signed_response_alg"
        await shared_world.add_client(client_id, **{name: alg})
        tokens = await bought(shared_world, client_id=client_id)
        text = tokens.body["id_token"]
        if kind == "userinfo":
            text = (await shared_world.userinfo(tokens.access_token)).text
        assert header_of(text)["alg"] == alg


async def test_every_advertised_response_mode_works(shared_world: World) -> None:
    """RFC 8414 §2: response_modes_supported"""
    seen = await metadata(shared_world)
    for mode in seen["response_modes_supported"]:
        asked = await shared_world.ask(pkce=PKCE, response_mode=mode)
        answer = await shared_world.follow(asked)
        if mode == "form_post":
            fields = hidden(answer)
        else:
            fields = answer_of(answer)
            parts = urlsplit(answer.headers["location"])
            assert bool(parts.query) is (mode == "query")
        assert fields["code"] and fields["iss"], mode


async def test_what_is_not_there_is_not_advertised(shared_world: World) -> None:
    """RFC 8414 §2"""
    seen = await metadata(shared_world)
    for name in (
        "registration_endpoint", "device_authorization_endpoint",
        "pushed_authorization_request_endpoint", "dpop_signing_alg_values_supported",
    ):  # fmt: skip
        assert name not in seen
    assert seen["request_parameter_supported"] is False
    assert seen["code_challenge_methods_supported"] == ["S256"]
    assert "none" not in seen["introspection_endpoint_auth_methods_supported"]


async def test_every_claim_of_ours_is_advertised(shared_world: World) -> None:
    """OIDC Discovery §3: claims_supported"""
    from support.token_side import claims_of

    tokens = await bought(shared_world)
    advertised = set((await metadata(shared_world))["claims_supported"])
    told = set(claims_of(tokens.body["id_token"])) - {"iss", "aud", "exp", "iat", "at_hash"}
    told |= set((await shared_world.userinfo(tokens.access_token)).json())
    assert told <= advertised
