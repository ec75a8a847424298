"""Settings by their old names."""

from datetime import timedelta
from typing import Any

import pytest

from compat.provider.mounted import READY, Mounted, printer, viewer
from consentry.compat.provider import ProviderSettings, SettingError, constants, policy_from


def test_nothing_set_is_the_safe_default() -> None:
    """S2 settings: defaults"""
    policy = policy_from({})
    assert policy == ProviderSettings()
    assert policy.response_types == ("code",)
    assert policy.access_token_lifetime == policy.access_token_lifetime_public == 3_600
    assert policy.code_lifetime == 60
    assert policy.enforce_secure and policy.enforce_client_secure and policy.require_pkce
    assert not policy.single_access_token and not policy.delete_expired
    assert policy.session_key == "oauth"
    assert "password" not in policy.grant_types


def test_the_constants_have_their_old_names() -> None:
    """S2 constants"""
    assert (constants.CONFIDENTIAL, constants.PUBLIC) == (0, 1)
    assert constants.SCOPES == ((2, "read"), (4, "write"), (6, "read+write"))
    policy = ProviderSettings()
    assert policy.access_token_lifetime == constants.EXPIRE_DELTA.total_seconds()
    assert policy.access_token_lifetime_public == constants.EXPIRE_DELTA_PUBLIC.total_seconds()
    assert policy.code_lifetime == constants.EXPIRE_CODE_DELTA.total_seconds()


def test_every_old_name_is_read_with_its_prefix_and_without() -> None:
    """S2 OAUTH_EXPIRE_DELTA, OAUTH_EXPIRE_CODE_DELTA, OAUTH_ENFORCE_SECURE, OAUTH_SESSION_KEY,
    OAUTH_EXPIRE_DELTA_PUBLIC, OAUTH_ENFORCE_CLIENT_SECURE, OAUTH_SINGLE_ACCESS_TOKEN,
    OAUTH_DELETE_EXPIRED, OAUTH_SCOPES"""
    old: dict[str, Any] = {
        "EXPIRE_DELTA": timedelta(hours=2),
        "EXPIRE_DELTA_PUBLIC": 600,
        "EXPIRE_CODE_DELTA": timedelta(minutes=10),
        "ENFORCE_SECURE": False,
        "ENFORCE_CLIENT_SECURE": False,
        "SESSION_KEY": "legacy",
        "SINGLE_ACCESS_TOKEN": True,
        "DELETE_EXPIRED": True,
        "SCOPES": ((2, "photos"), (4, "films", "See your films")),
    }
    policy = policy_from(old)
    prefixed = policy_from({f"OAUTH_{name}": value for name, value in old.items()})
    for read in (policy, prefixed):
        assert (read.access_token_lifetime, read.access_token_lifetime_public) == (7_200, 600)
        assert read.code_lifetime == 600
        assert not read.enforce_secure and not read.enforce_client_secure
        assert read.single_access_token and read.delete_expired
        assert (read.session_key, read.default_scope) == ("legacy", "photos")
        assert read.scopes.names(6) == ["photos", "films"]
        assert read.scopes.descriptions["films"] == "See your films"


def test_the_implicit_response_type_is_off_and_said_to_be() -> None:
    """S2 OAUTH_RESPONSE_TYPE_CHOICES: token off"""
    policy = policy_from({"OAUTH_RESPONSE_TYPE_CHOICES": (("code", "code"), ("token", "token"))})
    assert policy.response_types == ("code",)
    assert "RFC 9700" in policy.notes[0]
    assert policy_from({"RESPONSE_TYPE_CHOICES": ["code"]}).notes == ()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"OAUTH_EXPIRE_DELTA": timedelta(days=365)}, "OAUTH_EXPIRE_DELTA: 1 to 86400 seconds"),
        ({"OAUTH_EXPIRE_DELTA_PUBLIC": timedelta(days=30)}, "1 to 86400 seconds, not 2592000"),
        ({"OAUTH_EXPIRE_CODE_DELTA": 601}, "OAUTH_EXPIRE_CODE_DELTA: 1 to 600 seconds, not 601"),
        ({"EXPIRE_CODE_DELTA": 0}, "1 to 600 seconds"),
        ({"EXPIRE_CODE_DELTA": 0.5}, "whole seconds"),
        ({"EXPIRE_DELTA": True}, "whole seconds"),
        ({"EXPIRE_DELTA": "3600"}, "whole seconds"),
        ({"OAUTH_ENFORCE_SECURE": 1}, "True or False"),
        ({"OAUTH_SESSION_KEY": 1}, "must be text"),
        ({"OAUTH_SESSION_KEY": "a;b"}, "name a cookie"),
        ({"OAUTH_SCOPES": "read"}, "must be a list or tuple"),
        ({"OAUTH_SCOPES": [(2,)]}, "OAUTH_SCOPES"),
        ({"OAUTH_RESPONSE_TYPE_CHOICES": ["id_token"]}, "neither code nor token"),
        ({"OAUTH_RESPONSE_TYPE_CHOICES": ["token"]}, "code must be among them"),
        ({"OAUTH_SCOPE": []}, "did you mean OAUTH_SCOPES"),
        ({"DEBUG": True}, "known are"),
        ({"OAUTH_EXPIRE_DELTA": 60, "EXPIRE_DELTA": 60}, "EXPIRE_DELTA is given as well"),
    ],
)
def test_a_value_that_is_not_taken_is_named(settings: dict[str, Any], said: str) -> None:
    """S2 settings: ceilings, unknown names"""
    with pytest.raises(SettingError, match=said):
        policy_from(settings)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"code_lifetime": 700}, "code_lifetime"),
        ({"access_token_lifetime": 90_000}, "access_token_lifetime"),
        ({"flow_lifetime": 5}, "flow_lifetime"),
        ({"default_scope": "nothing"}, "default_scope"),
        ({"grant_types": ("implicit",)}, "grant_types"),
        ({"colour": "red"}, "colour: no such setting"),
    ],
)
def test_settings_that_are_new_have_limits_too(own: dict[str, Any], said: str) -> None:
    """S2 settings: ceilings"""
    with pytest.raises(SettingError, match=said):
        policy_from({}, **own)


async def test_plain_http_is_refused_at_every_stage() -> None:
    """S2 OAUTH_ENFORCE_SECURE"""
    plain = Mounted(origin="http://photos.example")
    seen = await plain.ask()
    assert seen.status_code == 400
    assert "access_denied" in seen.text
    assert seen.headers["cache-control"] == "no-store"
    for path in ("authorize/confirm/", "redirect/"):
        assert (await plain.browser.get(f"/oauth2/{path}")).status_code == 400
    token = await plain.token(grant_type="refresh_token")
    assert (token.status_code, token.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("host", ["a b", "localhost@evil.example", "localhost.evil.example", ""])
async def test_what_only_looks_like_loopback_is_not(host: str) -> None:
    """S2 OAUTH_ENFORCE_SECURE: loopback exempt, THREATS 33"""
    mounted = Mounted(origin="http://localhost")
    seen = await mounted.browser.get("/oauth2/authorize/", headers={"Host": host})
    assert (seen.status_code, "access_denied" in seen.text) == (400, True)


@pytest.mark.parametrize("host", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:8000"])
async def test_loopback_needs_no_tls(host: str) -> None:
    """S2 OAUTH_ENFORCE_SECURE: loopback exempt"""
    seen = await Mounted(origin=host).ask()
    assert seen.status_code == 303
    assert "__Host-" not in seen.headers["set-cookie"]


async def test_plain_http_is_taken_when_that_is_set() -> None:
    """S2 OAUTH_ENFORCE_SECURE"""
    policy = policy_from({"OAUTH_ENFORCE_SECURE": False})
    assert (await Mounted(origin="http://photos.example", settings=policy).ask()).status_code == 303


async def test_clients_must_be_answered_over_https() -> None:
    """S2 OAUTH_ENFORCE_CLIENT_SECURE"""
    uri = "http://printer.example/ready"
    strict = Mounted(printer(redirect_uri=uri))
    assert "must be https" in (await strict.page(redirect_uri=uri)).alert
    loose = Mounted(
        printer(redirect_uri=f"{uri} javascript:alert(1)"),
        settings=ProviderSettings(enforce_client_secure=False),
    )
    assert (await loose.page(redirect_uri=uri)).buttons
    assert not (await loose.page(redirect_uri="javascript:alert(1)")).buttons


async def test_the_session_key_names_the_cookie_that_a_flow_is_bound_to() -> None:
    """S2 OAUTH_SESSION_KEY"""
    mounted = Mounted(settings=ProviderSettings(session_key="legacy"))
    cookie = (await mounted.ask()).headers["set-cookie"]
    assert cookie.startswith("__Host-legacy_browser=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert READY not in cookie and "printer" not in cookie


async def test_public_clients_have_a_lifetime_of_their_own_and_any_client_may() -> None:
    """S2 OAUTH_EXPIRE_DELTA, OAUTH_EXPIRE_DELTA_PUBLIC"""
    settings = ProviderSettings(access_token_lifetime=7_200, access_token_lifetime_public=60)
    public = viewer(redirect_uri=READY)
    mounted = Mounted(printer(), public, printer(client_id="special"), settings=settings)
    assert (await mounted.bought())["expires_in"] == 7_200
    code = (await mounted.decide(client_id="viewer"))["code"]
    answer = await mounted.bare_redeem(code, client_id="viewer")
    assert answer.json()["expires_in"] == 60
    own = Mounted(printer(access_token_lifetime=90), settings=settings)
    assert (await own.bought())["expires_in"] == 90


async def test_one_live_token_is_handed_out_again_when_that_is_set() -> None:
    """S2 OAUTH_SINGLE_ACCESS_TOKEN"""
    mounted = Mounted(settings=ProviderSettings(single_access_token=True))
    first = await mounted.bought()
    mounted.clock.move(100)
    second = await mounted.bought()
    assert second["access_token"] == first["access_token"]
    assert second["expires_in"] == first["expires_in"] - 100
    assert (await mounted.bought(scope="write"))["access_token"] != first["access_token"]
    mounted.clock.move(3_600)
    assert (await mounted.bought())["access_token"] != first["access_token"]


async def test_a_replayed_code_ends_the_token_it_was_given_again() -> None:
    """S2 OAUTH_SINGLE_ACCESS_TOKEN, THREATS 14"""
    mounted = Mounted(settings=ProviderSettings(single_access_token=True))
    first = await mounted.bought()
    code = (await mounted.decide())["code"]
    assert (await mounted.redeem(code)).status_code == 200
    assert await mounted.works(first["access_token"])
    assert (await mounted.redeem(code)).json()["error"] == "invalid_grant"
    assert not await mounted.works(first["access_token"])


@pytest.mark.parametrize(("delete", "kept"), [(True, 0), (False, 1)])
async def test_what_has_expired_is_removed_at_once_when_that_is_set(
    delete: bool, kept: int
) -> None:
    """S2 OAUTH_DELETE_EXPIRED"""
    mounted = Mounted(settings=ProviderSettings(delete_expired=delete))
    await mounted.bought()
    [old] = mounted.store.access_tokens
    mounted.clock.move(4_000)
    await mounted.bought()
    assert (old in mounted.store.access_tokens) == bool(kept)


async def test_a_sweep_removes_all_that_has_expired_within_its_limit() -> None:
    """THREATS 57"""
    mounted = Mounted()
    store, bought = mounted.store, await mounted.bought()
    await mounted.bought()
    code = next(iter(store.grants.values()))
    await store.revoke_family(code.family)
    assert await store.sweep(mounted.clock()) == 0
    assert not await mounted.works(bought["access_token"])
    mounted.clock.move(3_000_000)
    assert await store.sweep(mounted.clock(), limit=3) == 3
    await store.sweep(mounted.clock())
    kept = (store.grants, store.access_tokens, store.refresh_tokens, store.spent, store.revoked)
    assert not any(kept)


def test_a_provider_refuses_what_it_could_not_work_with() -> None:
    """S2 settings"""
    with pytest.raises(ValueError, match="32 bytes"):
        Mounted(provider={"secret_key": b"short"})
    with pytest.raises(ValueError, match="check_password"):
        Mounted(
            settings=ProviderSettings(grant_types=("password",)), provider={"check_password": None}
        )
    with pytest.raises(ValueError, match="absolute"):
        Mounted(provider={"grants": {"no_uri": None}})
