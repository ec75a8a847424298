"""The device flow (PARITY section 5.3, RFC 8628)."""

import asyncio
from typing import Any

import pytest

from compat.oauth2.given import others, refresh_grant
from compat.oauth2.shop import Shop
from compat.oauth2.tables import CLOCK, NOW, Client, User
from consentry.compat.oauth2 import (
    DEVICE_CODE_GRANT_TYPE,
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    DeviceCredentialMixin,
    DeviceVerification,
)
from consentry.spec.errors import InvalidRequest


class Credential(DeviceCredentialMixin):
    """What a television waits with."""

    clock = CLOCK

    def __init__(self, **columns: Any) -> None:
        self.__dict__ |= columns
        self.polled_at = 0.0
        self.decision: tuple[User, bool] | None = None


class Living(Shop):
    """A shop that serves televisions."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: dict[str, Credential] = {}
        shop = self

        class Authorization(DeviceAuthorizationEndpoint):
            def get_verification_uri(self) -> str:
                return "https://shop.example.com/tv"

            async def save_device_credential(
                self, client_id: str, scope: str, data: dict[str, Any]
            ) -> None:
                shop.waiting[data["device_code"]] = Credential(
                    client_id=client_id,
                    scope=scope,
                    device_code=data["device_code"],
                    user_code=data["user_code"],
                    expires_at=CLOCK() + data["expires_in"],
                )

        class Grant(DeviceCodeGrant):
            async def query_device_credential(self, device_code: str) -> Credential | None:
                return shop.waiting.get(device_code)

            async def query_user_grant(self, user_code: str) -> tuple[User, bool] | None:
                decision = shop.by_user_code(user_code).decision
                await others()
                return decision

            async def should_slow_down(self, credential: Any) -> bool:
                before, credential.polled_at = credential.polled_at, CLOCK()
                return bool(CLOCK() - before < 5)

            async def delete_device_credential(self, credential: Any) -> bool:
                return shop.waiting.pop(credential.device_code, None) is not None

        class Verification(DeviceVerification):
            async def query_by_user_code(self, user_code: str) -> Credential | None:
                return next((c for c in shop.waiting.values() if c.user_code == user_code), None)

            async def save_user_grant(self, user_code: str, user: Any, approved: bool) -> bool:
                found = shop.by_user_code(user_code)
                if found.decision is not None:
                    return False
                found.decision = (user, approved)
                return True

        self.verification = Verification()
        self.server.register_grant(Grant)
        self.server.register_grant(refresh_grant(self.tables))
        self.server.register_endpoint(Authorization)
        self.add(Client("tv", grant_types=[DEVICE_CODE_GRANT_TYPE, "refresh_token"]))
        self.add(Client("box", "box-secret", grant_types=[DEVICE_CODE_GRANT_TYPE]))

    def by_user_code(self, user_code: str) -> Credential:
        return next(one for one in self.waiting.values() if one.user_code == user_code)

    async def begin(self, client_id: str = "tv", **form: str) -> dict[str, Any]:
        response = await self.post("/oauth/device_authorization", client_id, **form)
        members: dict[str, Any] = response.json()
        return members

    async def poll(self, begun: dict[str, Any], client_id: str = "tv") -> dict[str, Any]:
        response = await self.ask_token(
            DEVICE_CODE_GRANT_TYPE, client_id, device_code=begun["device_code"]
        )
        members: dict[str, Any] = response.json()
        return members


@pytest.fixture
def living() -> Living:
    return Living()


async def test_a_device_is_given_two_codes(living: Living) -> None:
    """S4 Device: 1800 s, interval 5, codes"""
    begun = await living.begin(scope="profile admin")
    assert (begun["expires_in"], begun["interval"]) == (1800, 5)
    assert len(begun["device_code"]) == 42
    code = begun["user_code"]
    assert len(code) == 9 and code[4] == "-"
    assert set(code) <= set("BCDFGHJKLMNPQRSTVWXZ-")
    assert begun["verification_uri_complete"] == f"https://shop.example.com/tv?user_code={code}"
    assert living.waiting[begun["device_code"]].scope == "profile"


def test_user_codes_may_be_digits() -> None:
    """S4 Device: USER_CODE_TYPE"""

    class Digital(DeviceAuthorizationEndpoint):
        USER_CODE_TYPE = "digital"

        def get_verification_uri(self) -> str:
            return ""

        async def save_device_credential(self, client_id: str, scope: str, data: Any) -> None:
            return None

    code = Digital().generate_user_code()
    assert [len(part) for part in code.split("-")] == [3, 3, 3]
    assert code.replace("-", "").isdigit()


async def test_a_device_waits_until_somebody_decides(living: Living) -> None:
    """S4 Device: authorization_pending, slow_down, then tokens once. THREATS 27"""
    begun = await living.begin(scope="profile")
    assert (await living.poll(begun))["error"] == "authorization_pending"
    assert (await living.poll(begun))["error"] == "slow_down"
    CLOCK.now += 5
    assert (await living.poll(begun))["error"] == "authorization_pending"
    jane = living.tables.users["jane"]
    await living.verification.decide(begun["user_code"], jane, True)
    tokens = await living.poll(begun)
    assert tokens["scope"] == "profile"
    assert await living.me(tokens["access_token"]) == 200
    assert (await living.refresh(tokens["refresh_token"], "tv")).status_code == 200
    assert (await living.poll(begun))["error"] == "invalid_grant"


@pytest.mark.parametrize("spell", [str.lower, lambda code: code.replace("-", " "), str])
async def test_a_user_code_is_read_as_people_type_it(living: Living, spell: Any) -> None:
    """S4 Device: case, spaces and hyphens do not matter (RFC 8628 §6.1)"""
    begun = await living.begin(scope="profile")
    found = await living.verification.find(f" {spell(begun['user_code'])} ")
    assert (found.get_client_id(), found.get_scope()) == ("tv", "profile")
    assert found.get_nonce() is found.get_auth_time() is None


async def test_a_digital_user_code_is_found_too(living: Living) -> None:
    """S4 Device: 019-450-730"""
    begun = await living.begin()
    living.waiting[begun["device_code"]].user_code = "019-450-730"
    assert await living.verification.find("019450730")


async def test_an_approval_is_bound_to_who_typed_it(living: Living) -> None:
    """S4 Device: approval bound to the typing user; the first one stands"""
    begun = await living.begin()
    jane, bob = living.tables.users["jane"], living.tables.users["bob"]
    await living.verification.decide(begun["user_code"], jane, True)
    with pytest.raises(InvalidRequest, match="decided on before"):
        await living.verification.decide(begun["user_code"], bob, True)
    await living.poll(begun)
    assert living.tables.tokens[-1].user_id == "jane"


async def test_a_denial_reaches_the_device(living: Living) -> None:
    """S4 Device: access_denied"""
    begun = await living.begin()
    await living.verification.decide(begun["user_code"], living.tables.users["jane"], False)
    assert (await living.poll(begun))["error"] == "access_denied"


async def test_codes_expire(living: Living) -> None:
    """S4 Device: expired_token"""
    begun = await living.begin()
    CLOCK.now = NOW + 1800
    assert (await living.poll(begun))["error"] == "expired_token"
    with pytest.raises(InvalidRequest, match="expired"):
        await living.verification.find(begun["user_code"])
    with pytest.raises(InvalidRequest, match="not known"):
        await living.verification.find("BBBB-BBBB")


async def test_of_many_polls_at_once_one_is_answered(living: Living) -> None:
    """S4 Device: one use"""
    begun = await living.begin(scope="profile")
    await living.verification.decide(begun["user_code"], living.tables.users["jane"], True)
    answers = await asyncio.gather(*(living.poll(begun) for _ in range(10)))
    assert sum("access_token" in one for one in answers) == 1
    assert (await living.poll(begun))["error"] == "invalid_grant"


async def test_a_device_code_is_its_clients_alone(living: Living) -> None:
    """S4 Device: THREATS 18"""
    begun = await living.begin()
    assert (await living.poll(begun, "box"))["error"] == "invalid_grant"
    assert (await living.poll({"device_code": "unknown"}))["error"] == "invalid_grant"
    assert (await living.poll({"device_code": ""}))["error"] == "invalid_request"
    assert (await living.begin("app", scope="profile"))["error"] == "unauthorized_client"
    assert (await living.poll(begun, "app"))["error"] == "unauthorized_client"
    assert (await living.begin("tv", scope="admin"))["error"] == "invalid_scope"
