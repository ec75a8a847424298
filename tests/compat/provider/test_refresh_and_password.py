"""AccessToken: the refresh and the password grant."""

import asyncio
from typing import Any

import pytest

from compat.provider.mounted import READY, SECRET, Mounted, Shared, printer, viewer
from consentry.compat.provider import Attempts, ProviderSettings
from consentry.compat.provider.constants import READ_WRITE

PASSWORD = "correct horse battery staple"


def with_password(**changes: Any) -> Mounted:
    settings = ProviderSettings(
        grant_types=("authorization_code", "refresh_token", "password"), **changes
    )
    return Mounted(settings=settings)


async def refresh(mounted: Mounted, token: str, **changes: str | None) -> Any:
    fields = {"grant_type": "refresh_token", "refresh_token": token, **changes}
    return (await mounted.token(**fields)).json()


async def test_a_refresh_rotates_the_pair(mounted: Mounted) -> None:
    """S2 refresh_token handler, S2 invalidate_refresh_token, S2 invalidate_access_token"""
    first = await mounted.bought()
    second = await refresh(mounted, first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert not await mounted.works(first["access_token"])
    assert await mounted.works(second["access_token"])


async def test_the_old_access_token_can_be_left_to_run_out() -> None:
    """S2 invalidate_access_token: by policy"""
    mounted = Mounted(settings=ProviderSettings(end_access_token_on_refresh=False))
    first = await mounted.bought()
    await refresh(mounted, first["refresh_token"])
    assert await mounted.works(first["access_token"])


async def test_a_narrower_scope_is_the_access_tokens_and_the_refresh_token_keeps_the_full(
    mounted: Mounted,
) -> None:
    """S2 scope of a refresh, PARITY 6 S2 refresh ignores narrowing, S2 RefreshTokenGrantForm"""
    first = await mounted.bought(scope="read write")
    second = await refresh(mounted, first["refresh_token"], scope="read")
    assert second["scope"] == "read"
    held = {"Authorization": f"Bearer {second['access_token']}"}
    assert (await mounted.browser.get("/upload", headers=held)).status_code == 403
    third = await refresh(mounted, second["refresh_token"])
    assert third["scope"] == "read write"
    assert {one.scope for one in mounted.store.refresh_tokens.values()} == {READ_WRITE}


async def test_a_wider_scope_is_refused_and_spends_nothing(mounted: Mounted) -> None:
    """S2 scope of a refresh, THREATS 19"""
    first = await mounted.bought()
    wide = await refresh(mounted, first["refresh_token"], scope="read write")
    assert wide["error"] == "invalid_scope"
    assert "access_token" in await refresh(mounted, first["refresh_token"])


async def test_a_second_use_ends_the_family(mounted: Mounted) -> None:
    """S2 invalidate_refresh_token: family rotation, THREATS 15"""
    first = await mounted.bought()
    second = await refresh(mounted, first["refresh_token"])
    assert (await refresh(mounted, first["refresh_token"]))["error"] == "invalid_grant"
    assert not await mounted.works(second["access_token"])
    assert (await refresh(mounted, second["refresh_token"]))["error"] == "invalid_grant"


async def test_of_many_refreshes_at_once_one_at_most_wins() -> None:
    """S2 invalidate_refresh_token: atomic, THREATS 15"""
    mounted = Mounted(provider={"store": Shared(printer())})
    token = (await mounted.bought())["refresh_token"]
    answers = await asyncio.gather(*(refresh(mounted, token) for _ in range(10)))
    assert sum("access_token" in answer for answer in answers) <= 1
    [family] = mounted.store.revoked
    assert {one.family for one in mounted.store.access_tokens.values()} <= {family}


@pytest.mark.parametrize("token", ["cns_rt_nothing", "0123456789abcdef", "cns_rt_" + "A" * 49])
async def test_an_unknown_token_is_an_invalid_grant(mounted: Mounted, token: str) -> None:
    """S2 get_refresh_token_grant"""
    assert (await refresh(mounted, token))["error"] == "invalid_grant"


async def test_a_refresh_token_is_its_clients_only_and_ends(mounted: Mounted) -> None:
    """S2 RefreshTokenGrantForm.clean, THREATS 18"""
    mounted.store.clients["plotter"] = printer(client_id="plotter")
    token = (await mounted.bought())["refresh_token"]
    seen = await mounted.bare_token(client_id="plotter", client_secret=SECRET,
        grant_type="refresh_token", refresh_token=token,
    )  # fmt: skip
    assert seen.json()["error"] == "invalid_grant"
    mounted.clock.move(2_592_000)
    assert (await refresh(mounted, token))["error"] == "invalid_grant"


async def test_nobody_gets_a_refresh_token_where_that_grant_is_off() -> None:
    """S2 grant_types default"""
    mounted = Mounted(settings=ProviderSettings(grant_types=("authorization_code",)))
    assert "refresh_token" not in await mounted.bought()
    assert (await refresh(mounted, "x"))["error"] == "unsupported_grant_type"


async def test_the_password_grant_is_off_unless_switched_on(mounted: Mounted) -> None:
    """S2 grant_types default: password off, THREATS 20"""
    fields = {"grant_type": "password", "username": "jane", "password": PASSWORD}
    assert (await mounted.token(**fields)).json()["error"] == "unsupported_grant_type"
    assert "refresh_token" in (await with_password().token(**fields)).json()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"username": None}, "invalid_request"),
        ({"password": None}, "invalid_request"),
        ({"password": "wrong"}, "invalid_grant"),
        ({"scope": "nothing"}, "invalid_scope"),
    ],
)
async def test_a_password_form_fails_as_the_reference_does(
    changes: dict[str, str | None], error: str
) -> None:
    """S2 PasswordGrantForm, S2 get_password_grant"""
    fields = {"grant_type": "password", "username": "jane", "password": PASSWORD, **changes}
    assert (await with_password().token(**fields)).json()["error"] == error


async def test_wrong_passwords_are_limited_for_a_while() -> None:
    """S2 PasswordGrantForm: rate-limited, THREATS 49"""
    mounted = with_password()
    wrong = {"grant_type": "password", "username": "jane", "password": "wrong"}
    for username in ("jane", "JANE", "Jane", "jane", "jane"):
        assert (await mounted.token(**{**wrong, "username": username})).status_code == 400
    closed = await mounted.token(**{**wrong, "password": PASSWORD})
    assert (closed.status_code, closed.headers["retry-after"]) == (429, "60")
    assert (await mounted.token(**{**wrong, "username": "joe"})).status_code == 400
    mounted.clock.move(300)
    assert (await mounted.token(**{**wrong, "password": PASSWORD})).status_code == 200


async def test_the_counter_of_failures_is_bounded(mounted: Mounted) -> None:
    """S2 PasswordGrantForm: rate-limited, THREATS 57"""
    attempts = Attempts(most=1, window_s=10, size=2)
    for key in ("a", "b", "c"):
        await attempts.failed(key, mounted.clock())
    assert await attempts.is_open("a", mounted.clock())
    assert not await attempts.is_open("c", mounted.clock())
    mounted.clock.move(10)
    await attempts.failed("c", mounted.clock())
    assert not await attempts.is_open("c", mounted.clock())


@pytest.mark.parametrize("allowed", [True, False])
async def test_public_clients_get_no_refresh_token_for_a_password(allowed: bool) -> None:
    """S2 public clients: policy flag"""
    mounted = with_password(public_password_refresh=allowed)
    mounted.store.clients["viewer"] = viewer(redirect_uri=READY)
    seen = await mounted.bare_token(
        grant_type="password", client_id="viewer", username="jane", password=PASSWORD
    )
    assert seen.status_code == 200
    assert ("refresh_token" in seen.json()) == allowed


async def test_one_token_serves_the_password_grant_too() -> None:
    """S2 OAUTH_SINGLE_ACCESS_TOKEN"""
    mounted = with_password(single_access_token=True)
    fields = {"grant_type": "password", "username": "jane", "password": PASSWORD}
    first, second = [(await mounted.token(**fields)).json() for _ in range(2)]
    assert first["access_token"] == second["access_token"]
    assert await mounted.works(second["access_token"])
