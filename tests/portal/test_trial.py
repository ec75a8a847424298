"""Try it: the flow for real, and nothing of it left."""

import re
from typing import Any

import pytest

from consentry.operations.errors import NotFound
from consentry.operations.trials import end_trial, lent_secret
from consentry.tenancy.actor import Actor
from consentry.tenancy.context import open_tenant
from portal.developer import Developer, client_id_of, text_of
from support.world import World

KINDS = {
    "web": ["Authorization request", "Consent", "Authorization response", "Back at the app",
            "Token request", "A request with the token", "Revocation", "Done"],
    "single-page": ["Authorization request", "Consent", "Authorization response",
                    "Back at the app", "Token request", "A request with the token",
                    "Revocation", "Done"],
    "machine": ["Token request", "A request with the token", "Revocation", "Done"],
    "oauth1": ["Temporary credentials", "Authorization", "Consent", "Authorization response",
               "Back at the app", "Token credentials", "A signed request", "Done"],
}  # fmt: skip


def titles(page: Any) -> list[str]:
    return re.findall(r'<h2 id="step-\d+">\d+\. ([^<]+)</h2>', page.text)


async def secrets_of(world: World, href: str) -> list[Any]:
    found = await world.store().clients.get(client_id_of(href))
    assert found is not None
    return [(one.secret_id, one.expires_at) for one in found.secrets]


async def tried(dora: Developer, href: str, decision: str = "approve") -> Any:
    """The last page of a trial."""
    where = f"{href}/try"
    page = await dora.send(where, act="start")
    if 'name="decision"' in page.text:
        page = await decided(dora, page, where, decision)
    return page


async def decided(dora: Developer, page: Any, where: str, decision: str) -> Any:
    fields = dict(re.findall(r'name="(csrf_token|trial)" value="([^"]+)"', page.text))
    return await dora.browser.post(where, data={**fields, "decision": decision})


@pytest.mark.parametrize("kind", KINDS)
async def test_a_flow_is_performed_and_leaves_nothing(
    world: World, dora: Developer, kind: str, alone: World
) -> None:
    href, secret = await dora.register(kind)
    before = await world.store().clients.get(client_id_of(href))
    assert before is not None
    page = await tried(dora, href)
    assert titles(page) == KINDS[kind]
    assert "200 OK" in page.text
    assert '"photos.read"' in text_of(page)
    after = await world.store().clients.get(client_id_of(href))
    assert after is not None
    assert after.row == before.row
    assert await secrets_of(world, href) == [(one.secret_id, None) for one in before.secrets]
    assert secret is None or secret not in page.text
    user = await world.store().users.by_identifier("dora")
    assert user is not None
    assert await world.store().authorizations.of_user(user.user_id, world.clock()) == []


async def test_no_secret_is_shown(world: World, dora: Developer) -> None:
    """PAGES: each HTTP message, secrets masked"""
    for kind in ("machine", "oauth1"):
        href, _ = await dora.register(kind)
        said = text_of(await tried(dora, href))
        assert "Basic •••" in said or "oauth_token_secret=•••" in said
        assert not re.search(r"oauth_token_secret=(?!•)", said)
        assert not re.search(r"cns_[a-z]+_[A-Za-z0-9_-]{20,}", said.replace("cns_ot_", ""))
    where = f"{(await dora.register('machine'))[0]}/credentials"
    sent = await dora.send(where, act="keys", token_endpoint_auth_method="client_secret_post")
    assert sent.status_code == 303
    assert "client_secret=•••" in text_of(await tried(dora, where.removesuffix("/credentials")))


async def test_a_denial_is_told_to_the_app(dora: Developer) -> None:
    href, _ = await dora.register("web")
    page = await tried(dora, href, "deny")
    assert titles(page)[-1] == "The app is told no"
    assert "error=access_denied" in text_of(page)
    frame, _ = await dora.register("oauth1")
    assert titles(await tried(dora, frame, "deny"))[-1] == "It ends here"


async def test_what_was_approved_before_is_not_asked_again(dora: Developer) -> None:
    href, _ = await dora.register("web")
    await tried(dora, href)
    again = await dora.send(f"{href}/try", act="start")
    assert titles(again)[-1] == "Done", text_of(again)
    assert "Consent" not in titles(again)


async def test_an_oob_app_is_shown_its_verifier(dora: Developer) -> None:
    href, _ = await dora.register("oauth1", redirect_uris="oob")
    assert titles(await tried(dora, href))[-1] == "Done"


async def test_what_only_the_app_can_sign_is_left_to_it(world: World, dora: Developer) -> None:
    href, _ = await dora.register("machine")
    await dora.send(
        f"{href}/credentials", act="keys", token_endpoint_auth_method="private_key_jwt",
        jwks_uri="https://keys.example/jwks",
    )  # fmt: skip
    assert "Run the program of the Quickstart" in text_of(await tried(dora, href))
    frame, _ = await dora.register("oauth1", **{"method:RSA-SHA256": "on"})
    fields = {"client_name": "Frame", "redirect_uris": "oob", "method:RSA-SHA256": "on"}
    await dora.send(f"{frame}/settings", **fields)
    assert "a key that only it has" in text_of(await tried(dora, frame))


async def test_a_refused_request_is_shown_as_it_is(
    world: World, dora: Developer, alone: World
) -> None:
    href, _ = await dora.register("machine")
    await world.settings(grant_types_supported=["authorization_code"])
    page = await tried(dora, href)
    assert "unsupported_grant_type" in text_of(page)
    assert await secrets_of(world, href)


async def test_a_trial_is_its_persons_and_its_apps_for_a_while(
    world: World, dora: Developer, max_: Developer, alone: World
) -> None:
    """THREATS 46, 51"""
    href, _ = await dora.register("web")
    other, _ = await dora.register("single-page")
    where = f"{href}/try"
    page = await dora.send(where, act="start")
    trial = dict(re.findall(r'name="(trial)" value="([^"]+)"', page.text))
    for path in (f"{other}/try", where):
        wrong = {"trial": "AAAA"} if path == where else trial
        answer = await dora.send(path, **wrong, decision="approve")
        assert answer.status_code == 400
    odd = await dora.send(where, **trial, decision="perhaps")
    assert odd.status_code == 400
    await dora.send(f"{href}/people", identifier="max", role="member")
    theirs = await max_.send(where, **trial, decision="approve")
    assert theirs.status_code == 400
    world.clock.forward(700)
    assert (await decided(dora, page, where, "approve")).status_code == 400


async def test_an_app_full_of_secrets_says_so(world: World, dora: Developer) -> None:
    href, _ = await dora.register("machine")
    for _ in range(9):
        await dora.send(f"{href}/credentials", act="secret")
    page = await tried(dora, href)
    assert page.status_code == 400
    assert "at most 10 secrets" in text_of(page)


async def test_a_trial_ends_nothing_of_anybody_else(world: World, dora: Developer) -> None:
    """THREATS 37"""
    href, secret = await dora.register("web", redirect_uris="http://127.0.0.1:9999/ready")
    client_id = client_id_of(href)
    code = await world.authorize(world.new_browser(), client_id=client_id, scope="photos.read")
    tokens = await world.redeem(code, client_id=client_id, secret=secret)
    jane, user = [await world.store().users.by_identifier(one) for one in ("jane", "dora")]
    row = await world.deployment.store.tenants.by_slug("photos")
    assert jane is not None and user is not None and row is not None
    live = await world.store().authorizations.of_user(jane.user_id, world.clock())
    actor = Actor("user", id=str(user.user_id), roles=frozenset({"developer"}))
    ctx = (await open_tenant(world.deployment, row)).acting(actor)
    with pytest.raises(NotFound):
        await end_trial(ctx, client_id, live[0].id)
    with pytest.raises(NotFound):
        await end_trial(ctx, client_id, user.user_id)
    assert await world.is_active(tokens.access_token, client_id=client_id, secret=secret)


async def test_a_rotation_finished_during_a_trial_keeps_the_apps_own_secret(
    world: World, dora: Developer
) -> None:
    href, _ = await dora.register("machine")
    client_id = client_id_of(href)
    await dora.send(f"{href}/credentials", act="secret", label="next")
    row = await world.deployment.store.tenants.by_slug("photos")
    assert row is not None
    async with lent_secret(await open_tenant(world.deployment, row), client_id):
        assert "Ends “Try it”" in text_of(await dora.get(f"{href}/credentials/finish"))
        assert (await dora.send(f"{href}/credentials/finish")).status_code == 303
    stored = await world.store().clients.get(client_id)
    assert stored is not None
    assert [one.label for one in stored.secrets if one.expires_at is None] == ["next"]
