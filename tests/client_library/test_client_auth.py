"""How a client proves itself, at the platform."""

from base64 import b64decode
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from client_library.kit import SECRET, Provider, registered
from client_library.platform_side import registered_here
from consentry.client import Misconfigured, OAuth, private_key_jwt
from consentry.jose.keys import PrivateKey, generate
from support.world import World


def pem_of(key: PrivateKey) -> str:
    native: Any = load_der_private_key(key.to_bytes(), None)
    return str(native.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "ascii")


@pytest.mark.parametrize(
    "method", ["client_secret_basic", "client_secret_post", "client_secret_jwt"]
)
async def test_a_shared_secret_is_proven_in_every_way(
    world: World, oauth: OAuth, method: str
) -> None:
    """S3 client_kwargs 2.0: token_endpoint_auth_method"""
    client = await registered_here(
        world, oauth, f"by-{method}", metadata={"token_endpoint_auth_method": method},
        token_endpoint_auth_method=method,
    )  # fmt: skip
    token = await client.fetch_access_token(scope="photos.read")
    assert (await client.introspect_token(token["access_token"]))["active"] is True
    assert (await client.revoke_token(token["access_token"])).status_code == 200


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "RS256"])
async def test_a_private_key_is_proven(world: World, oauth: OAuth, alg: str) -> None:
    """S3 newer keys: client_auth_methods"""
    key = generate(alg)
    jwks = {"keys": [{**key.public_jwk, "kid": "of-ours"}]}
    name = f"by-key-{alg}"
    client = await registered_here(
        world, oauth, name, secret=None,
        metadata={"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks},
        token_endpoint_auth_method=private_key_jwt(pem_of(key), kid="of-ours"),
    )  # fmt: skip
    token = await client.fetch_access_token(scope="photos.read")
    assert (await client.introspect_token(token["access_token"]))["client_id"] == name


async def test_the_client_secret_may_be_the_private_key(world: World, oauth: OAuth) -> None:
    """S3 client_kwargs 2.0: private_key_jwt by its name"""
    key = generate("ES256")
    metadata = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key.public_jwk]},
    }
    await registered_here(world, oauth, "pem", secret=None, metadata=metadata)
    client = oauth.register(
        "pem", client_id="pem", client_secret=pem_of(key),
        server_metadata_url=oauth.pem.registration.server_metadata_url,
        client_kwargs={
            **oauth.pem.registration.client_kwargs, "scope": "photos.read",
            "token_endpoint_auth_method": "private_key_jwt",
        },
    )  # fmt: skip
    assert (await client.fetch_access_token())["token_type"] == "Bearer"


async def test_a_client_without_a_secret_only_says_who_it_is(
    oauth: OAuth, provider: Provider
) -> None:
    """S3 client_kwargs 2.0: none"""
    client = registered(oauth, provider, client_secret=None)
    await client.fetch_access_token(code="c")
    [form] = provider.came("/token")
    assert form["client_id"] == "printer"
    assert "authorization" not in provider.calls[-1][2]


async def test_both_halves_of_basic_are_form_encoded(oauth: OAuth, provider: Provider) -> None:
    """RFC 6749 §2.3.1"""
    client = registered(oauth, provider, client_id="a:b", client_secret="c d/é")
    await client.fetch_access_token()
    scheme, _, credentials = provider.calls[-1][2]["authorization"].partition(" ")
    assert (scheme, b64decode(credentials)) == ("Basic", b"a%3Ab:c+d%2F%C3%A9")


async def test_methods_of_ones_own_are_found_by_name(oauth: OAuth, provider: Provider) -> None:
    """S3 newer keys: client_auth_methods as pairs, objects or a mapping, sync or async"""

    def in_a_header(session: Any, method: str, url: str, headers: dict[str, str], body: str) -> Any:
        return url, {**headers, "X-Secret": session.client_secret}, body

    async def later(*told: Any) -> Any:
        return in_a_header(*told)

    class Method:
        name = "mine"

        def __call__(self, *told: Any) -> Any:
            return in_a_header(*told)

    for methods in ([("mine", in_a_header)], [Method()], {"mine": later}):
        client = registered(
            oauth, provider, client_auth_methods=methods,
            client_kwargs={"token_endpoint_auth_method": "mine"},
        )  # fmt: skip
        await client.fetch_access_token()
        assert provider.calls[-1][2]["x-secret"] == SECRET
    session = await registered(oauth, provider).session()
    session.register_client_auth_method(("other", later))
    session.token_endpoint_auth_method = "other"
    await session.fetch_token(provider.metadata["token_endpoint"], {})
    assert provider.calls[-1][2]["x-secret"] == SECRET


@pytest.mark.parametrize(
    ("method", "secret"),
    [
        ("made_up", SECRET),
        ("client_secret_jwt", ""),
        ("private_key_jwt", SECRET),
        (private_key_jwt(pem_of(generate("ES256")), alg="RS256"), ""),
    ],
)
async def test_a_method_that_cannot_work_says_so(
    oauth: OAuth, provider: Provider, method: Any, secret: str
) -> None:
    kwargs = {"token_endpoint_auth_method": method}
    client = registered(oauth, provider, client_secret=secret, client_kwargs=kwargs)
    with pytest.raises(Misconfigured):
        await client.fetch_access_token()
    assert not provider.came("/token")
