"""Secrets with overlap, keys, people, and the end of an app."""

import re
from uuid import UUID

from portal.developer import Developer, alerts, client_id_of, secret_of, text_of
from support.rsa_keys import public_pem
from support.world import World


async def works(world: World, href: str, secret: str | None) -> bool:
    """Whether the app proves itself by this secret."""
    answer = await world.token(
        {"grant_type": "client_credentials"}, client_id=client_id_of(href), secret=secret
    )
    return answer.status == 200


async def test_a_secret_rotates_while_the_old_one_works(world: World, dora: Developer) -> None:
    """PAGES: add, deploy, finish rotation"""
    href, old = await dora.register("machine")
    where = f"{href}/credentials"
    assert (await dora.send(where, act="secret", label="from March")).status_code == 303
    page = await dora.get(where)
    new = secret_of(page)
    assert "from March" in text_of(page)
    assert await works(world, href, old) and await works(world, href, new)
    asked = await dora.get(f"{where}/finish")
    assert "Ends “Secret”" in text_of(asked)
    assert (await dora.send(f"{where}/finish")).status_code == 303
    assert not await works(world, href, old)
    assert await works(world, href, new)
    assert (await dora.get(f"{where}/finish")).status_code == 404


async def test_a_secret_is_revoked_alone(world: World, dora: Developer) -> None:
    href, first = await dora.register("machine")
    where = f"{href}/credentials"
    await dora.send(where, act="secret", label="second", lifetime="30")
    page = await dora.get(where)
    second, link = secret_of(page), re.findall(rf"{where}/[0-9a-f-]+/revoke", page.text)[0]
    assert "In 30 days" in page.text
    assert "1 other secret still counts." in text_of(await dora.get(link))
    assert (await dora.send(link)).status_code == 303
    assert await works(world, href, first)
    assert not await works(world, href, second)
    assert (await dora.get(link)).status_code == 404


async def test_a_secret_with_an_end_ends(world: World, dora: Developer, alone: World) -> None:
    href, _ = await dora.register("machine")
    where = f"{href}/credentials"
    await dora.send(where, act="secret", lifetime="30")
    second = secret_of(await dora.get(where))
    assert await works(world, href, second)
    world.clock.forward(31 * 86_400)
    assert not await works(world, href, second)


async def test_a_label_and_a_number_have_their_bounds(dora: Developer) -> None:
    href, _ = await dora.register("machine")
    where = f"{href}/credentials"
    long = await dora.send(where, act="secret", label="x" * 101)
    assert "100 characters" in alerts(long)[0]
    for _ in range(9):
        await dora.send(where, act="secret")
    assert "at most 10 secrets" in alerts(await dora.send(where, act="secret"))[0]


async def test_keys_are_given_as_jwks_url_or_pem(world: World, dora: Developer) -> None:
    href, secret = await dora.register("machine")
    where = f"{href}/credentials"
    assert await works(world, href, secret)
    method = {"act": "keys", "token_endpoint_auth_method": "private_key_jwt"}
    assert "needs jwks or jwks_uri" in alerts(await dora.send(where, **method))[0]
    for text in ("{", "[" * 10_000, '{"keys": [], "x": "\\ud800"}'):
        assert "Is not JSON" in alerts(await dora.send(where, **method, jwks=text))[0]
    assert alerts(await dora.send(where, **method, jwks='{"keys": 1}'))
    odd = {"act": "keys", "token_endpoint_auth_method": "tls_client_auth"}
    assert "not to be chosen" in alerts(await dora.send(where, **odd))[0]
    url = "https://keys.example/jwks"
    assert (await dora.send(where, **method, jwks_uri=url)).status_code == 303
    assert not await works(world, href, secret)
    frame, _ = await dora.register("oauth1")
    sent = await dora.send(f"{frame}/credentials", act="keys", oauth1_rsa_public_key=public_pem())
    assert sent.status_code == 303
    stored = await world.store().clients.get(client_id_of(frame))
    assert stored is not None
    assert stored.row.metadata_["oauth1_rsa_public_key"] == public_pem().strip()


async def test_a_secret_that_cannot_sign_is_marked(dora: Developer) -> None:
    href, _ = await dora.register("machine")
    where = f"{href}/credentials"
    fields = {"act": "keys", "token_endpoint_auth_method": "client_secret_jwt"}
    assert (await dora.send(where, **fields)).status_code == 303
    assert "Cannot sign" in text_of(await dora.get(where))


async def test_people_are_added_and_let_go(world: World, dora: Developer, max_: Developer) -> None:
    href, _ = await dora.register("web")
    where = f"{href}/people"
    unknown = await dora.send(where, identifier="nobody", role="member")
    nobody = await dora.send(where, identifier="jane", role="member")
    assert alerts(unknown) == alerts(nobody)
    assert "is a developer here" in alerts(nobody)[0]
    last = await dora.send(where, identifier="dora", role="member")
    assert "last owner" in alerts(last)[0]
    await dora.send(where, identifier="max", role="owner")
    assert href in (await max_.get("/developer")).text
    links = re.findall(rf"{where}/[0-9a-f-]+/remove", (await max_.get(where)).text)
    users = {}
    for name in ("dora", "max"):
        user = await world.store().users.by_identifier(name)
        assert user is not None
        users[name] = user.user_id
    assert {UUID(link.split("/")[-2]) for link in links} == set(users.values())
    left = await max_.send(f"{where}/{users['max']}/remove")
    assert left.headers["location"] == "/developer?done=left"
    assert (await max_.get(where)).status_code == 404
    alone = await dora.send(f"{where}/{users['dora']}/remove")
    assert "last owner" in " ".join(alerts(alone))


async def test_an_app_is_disabled_enabled_and_deleted(world: World, dora: Developer) -> None:
    href, secret = await dora.register("machine")
    assert "holds no live authorization" in text_of(await dora.get(f"{href}/disable"))
    assert (await dora.send(f"{href}/disable")).status_code == 303
    assert not await works(world, href, secret)
    assert "is disabled" in text_of(await dora.get(f"{href}/try"))
    assert (await dora.send(f"{href}/enable")).status_code == 303
    assert await works(world, href, secret)
    assert "Ends 1 secret." in text_of(await dora.get(f"{href}/delete"))
    assert (await dora.send(f"{href}/delete")).headers["location"] == "/developer?done=deleted"
    assert not await works(world, href, secret)
    assert (await dora.get(f"{href}/settings")).status_code == 404


async def test_deletion_names_what_ends(world: World, dora: Developer) -> None:
    href, secret = await dora.register("web", redirect_uris="http://127.0.0.1:9999/ready")
    client_id = client_id_of(href)
    code = await world.authorize(client_id=client_id, scope="photos.read")
    await world.redeem(code, client_id=client_id, secret=secret)
    asked = text_of(await dora.get(f"{href}/delete"))
    assert "Ends 1 live authorization of 1 person" in asked
    assert "With 1 live authorization" in text_of(await dora.get(f"{href}/usage"))
