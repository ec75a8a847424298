"""AccessToken: what is answered to whom."""

import asyncio
import base64
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from compat.provider.mounted import (
    FORM,
    READY,
    REDEEM,
    SECRET,
    TOKEN,
    Mounted,
    Shared,
    printer,
    viewer,
)
from consentry.compat.provider import ProviderSettings, digest_of
from consentry.compat.provider.views import AccessToken, AccessTokenView


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_post_is_taken_and_both_header_and_body_say_so(
    mounted: Mounted, method: str
) -> None:
    """S2 AccessToken GET"""
    seen = await mounted.browser.request(method, TOKEN)
    assert (seen.status_code, seen.headers["allow"]) == (405, "POST")
    assert seen.json() == {
        "error": "invalid_request",
        "error_description": "only POST is allowed",
    }


async def test_the_answer_has_the_keys_of_section_5_1(mounted: Mounted) -> None:
    """S2 access_token_response"""
    answer = await mounted.redeem((await mounted.decide(scope="read write"))["code"])
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == (
        "Bearer",
        3_600,
        "read write",
    )


async def test_checks_come_in_the_order_of_the_reference(mounted: Mounted) -> None:
    """S2 POST order, S2 error_response"""
    nothing = await mounted.bare_token()
    assert (nothing.status_code, nothing.json()["error"]) == (400, "invalid_request")
    unknown = await mounted.bare_token(grant_type="pigeon")
    assert unknown.json()["error"] == "unsupported_grant_type"
    stranger = await mounted.bare_token(grant_type="refresh_token")
    assert (stranger.status_code, stranger.json()["error"]) == (400, "invalid_client")
    missing = await mounted.token(grant_type="refresh_token")
    assert missing.json()["error"] == "invalid_request"
    assert missing.headers["content-type"] == "application/json"
    assert set(missing.json()) == {"error", "error_description"}


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x"])
async def test_who_tries_the_header_in_vain_is_challenged(mounted: Mounted, secret: str) -> None:
    """S2 POST order: 401, S2 ClientAuthForm"""
    seen = await mounted.browser.post(
        TOKEN, data={"grant_type": "refresh_token"}, auth=("printer", secret)
    )
    assert (seen.status_code, seen.json()["error"]) == (401, "invalid_client")
    assert seen.headers["www-authenticate"].startswith('Basic realm="oauth"')
    assert (await mounted.bare_token(grant_type="refresh_token")).headers.get(
        "www-authenticate"
    ) is None


async def test_an_unknown_client_is_answered_like_a_wrong_secret(mounted: Mounted) -> None:
    """S2 ClientAuthForm: hashes, THREATS 48"""
    fields = {"grant_type": "refresh_token", "client_secret": "wrong"}
    known = await mounted.bare_token(client_id="printer", **fields)
    unknown = await mounted.bare_token(client_id="stranger", **fields)
    mounted.store.clients["viewer"] = viewer(client_secret_digest=digest_of("wrong"))
    public = await mounted.bare_token(client_id="viewer", **fields)
    assert known.json() == unknown.json() == public.json()


async def test_a_client_without_a_stored_secret_has_none_that_fits() -> None:
    """S2 ClientAuthForm: hashes"""
    mounted = Mounted(printer(client_secret_digest=b""))
    for secret in ("", SECRET, "00"):
        fields = {"grant_type": "refresh_token", "client_id": "printer", "client_secret": secret}
        assert (await mounted.bare_token(**fields)).json()["error"] == "invalid_client"


async def test_the_ways_to_authenticate_are_tried_in_their_order(mounted: Mounted) -> None:
    """S2 authentication tuple, S2 Mixin.authenticate"""
    by_header = (await mounted.decide())["code"]
    assert (await mounted.redeem(by_header)).status_code == 200
    by_body = (await mounted.decide())["code"]
    own = {"client_id": "printer", "client_secret": SECRET}
    assert (await mounted.bare_redeem(by_body, **own)).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"client_id": "printer", "client_secret": SECRET},
        {"client_secret": SECRET},
        {"client_id": "viewer"},
    ],
)
async def test_one_way_only_is_allowed_in_a_request(
    mounted: Mounted, fields: dict[str, str]
) -> None:
    """S2 Mixin.authenticate: one method only, THREATS 18"""
    seen = await mounted.token(grant_type="refresh_token", refresh_token="x", **fields)
    assert (seen.status_code, seen.json()["error"]) == (400, "invalid_request")


async def test_two_headers_are_one_too_many(mounted: Mounted) -> None:
    """S2 Mixin.authenticate: one method only"""
    basic = "Basic " + base64.b64encode(f"printer:{SECRET}".encode()).decode()
    headers = [("Authorization", basic), ("Authorization", basic), *FORM.items()]
    code = (await mounted.decide())["code"]
    body = urlencode({**REDEEM, "code": code})
    seen = await mounted.browser.post(TOKEN, content=body, headers=headers)
    assert seen.json()["error"] == "invalid_request"


async def test_the_reference_class_knows_no_client_until_told_how() -> None:
    """S2 authentication tuple: empty by default"""
    mounted = Mounted(access_token=AccessToken)
    seen = await mounted.token(grant_type="refresh_token", refresh_token="x")
    assert (seen.status_code, seen.json()["error"]) == (401, "invalid_client")


async def test_a_public_client_redeems_its_code_by_proof_alone(mounted: Mounted) -> None:
    """S2 AuthorizationCodeGrantForm: PKCE, THREATS 13"""
    mounted.store.clients["viewer"] = viewer(redirect_uri=READY)
    code = (await mounted.decide(client_id="viewer"))["code"]
    wrong = await mounted.bare_redeem(code, client_id="viewer", code_verifier="w" * 43)
    assert wrong.json()["error"] == "invalid_grant"
    none = await mounted.bare_redeem(code, client_id="viewer", code_verifier=None)
    assert none.json()["error"] == "invalid_grant"
    short = await mounted.bare_redeem(code, client_id="viewer", code_verifier="short")
    assert short.json()["error"] == "invalid_request"
    right = await mounted.bare_redeem(code, client_id="viewer")
    assert right.status_code == 200
    posing = await mounted.bare_redeem(code, client_id="printer")
    assert posing.json()["error"] == "invalid_client"


async def test_a_verifier_nobody_asked_for_is_refused() -> None:
    """THREATS 13"""
    mounted = Mounted(settings=ProviderSettings(require_pkce=False))
    code = (await mounted.decide(code_challenge=None, code_challenge_method=None))["code"]
    assert (await mounted.redeem(code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": None}, "invalid_request"),
        ({"code": "cns_ac_nothing"}, "invalid_grant"),
        ({"code": "0123456789abcdef0123"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"redirect_uri": "https://printer.example/other"}, "invalid_grant"),
        ({"scope": "read write"}, "invalid_scope"),
        ({"scope": "nothing"}, "invalid_scope"),
    ],
)
async def test_what_does_not_fit_spends_nothing(
    mounted: Mounted, changes: dict[str, str | None], error: str
) -> None:
    """S2 AuthorizationCodeGrantForm.clean, S2 get_authorization_code_grant, THREATS 14"""
    code = (await mounted.decide())["code"]
    fields = {**REDEEM, "code": code, **changes}
    assert (await mounted.token(**fields)).json()["error"] == error
    assert (await mounted.redeem(code)).status_code == 200


async def test_a_code_is_its_clients_only(mounted: Mounted) -> None:
    """S2 AuthorizationCodeGrantForm.clean, THREATS 18"""
    mounted.store.clients["plotter"] = printer(client_id="plotter")
    code = (await mounted.decide())["code"]
    other = await mounted.bare_redeem(code, client_id="plotter", client_secret=SECRET)
    assert other.json()["error"] == "invalid_grant"
    assert (await mounted.redeem(code)).status_code == 200
    again = await mounted.bare_redeem(code, client_id="plotter", client_secret=SECRET)
    assert again.json()["error"] == "invalid_grant"
    assert not mounted.store.revoked


async def test_a_code_dies_with_its_minute(mounted: Mounted) -> None:
    """S2 EXPIRE_CODE_DELTA, THREATS 14"""
    code = (await mounted.decide())["code"]
    mounted.clock.move(60)
    assert (await mounted.redeem(code)).json()["error"] == "invalid_grant"


async def test_a_second_use_of_a_code_ends_what_the_first_bought(mounted: Mounted) -> None:
    """S2 invalidate_grant, PARITY 6 S2 code not atomic, THREATS 14"""
    code = (await mounted.decide())["code"]
    bought = (await mounted.redeem(code)).json()
    assert await mounted.works(bought["access_token"])
    assert (await mounted.redeem(code)).json()["error"] == "invalid_grant"
    assert not await mounted.works(bought["access_token"])
    again = await mounted.token(grant_type="refresh_token", refresh_token=bought["refresh_token"])
    assert again.json()["error"] == "invalid_grant"


async def test_of_many_at_once_one_at_most_has_tokens() -> None:
    """S2 invalidate_grant: atomic, PARITY 6 S2 code not atomic, THREATS 14"""
    mounted = Mounted(provider={"store": Shared(printer())})
    code = (await mounted.decide())["code"]
    answers = await asyncio.gather(*(mounted.redeem(code) for _ in range(20)))
    assert sum(answer.status_code == 200 for answer in answers) <= 1
    assert {answer.json().get("error") for answer in answers} <= {None, "invalid_grant"}
    for answer in answers:
        assert "access_token" not in answer.json() or not await mounted.works(
            answer.json()["access_token"]
        )


async def test_a_family_that_ends_while_tokens_are_made_has_none() -> None:
    """S2 invalidate_grant, THREATS 14"""

    class Raced(AccessToken):
        async def authenticate(self, request: Any, data: Any) -> Any:
            return await self.store.get_client("printer")

        async def invalidate_grant(self, grant: Any) -> bool:
            won = await super().invalidate_grant(grant)
            await self.store.revoke_family(grant.family)
            return won

        async def invalidate_refresh_token(self, refresh_token: Any) -> bool:
            won = await super().invalidate_refresh_token(refresh_token)
            await self.store.revoke_family(refresh_token.family)
            return won

    mounted = Mounted()
    bought = await mounted.bought()
    code = (await mounted.decide())["code"]
    alone = ProviderSettings(grant_types=("authorization_code",))
    raced = Mounted(access_token=Raced, settings=alone, provider={"store": mounted.store})
    assert (await raced.redeem((await mounted.decide())["code"])).json()["error"] == "invalid_grant"
    raced = Mounted(access_token=Raced, provider={"store": mounted.store})
    raced.clock = mounted.clock
    assert (await raced.redeem(code)).json()["error"] == "invalid_grant"
    seen = await raced.token(grant_type="refresh_token", refresh_token=bought["refresh_token"])
    assert seen.json()["error"] == "invalid_grant"
    assert not await mounted.works(bought["access_token"])


async def test_parameters_in_the_query_count_for_nothing(mounted: Mounted) -> None:
    """S2 POST order, THREATS 12"""
    code = (await mounted.decide())["code"]
    query = str(httpx2.QueryParams({"grant_type": "authorization_code", "code": code}))
    seen = await mounted.browser.post(f"{TOKEN}?{query}", headers=FORM, content=b"")
    assert seen.json()["error"] == "invalid_request"
    twice = await mounted.browser.post(
        TOKEN, headers=FORM, content=f"grant_type=authorization_code&code={code}&code={code}"
    )
    assert twice.json()["error"] == "invalid_request"


async def test_grants_of_ones_own_are_found_by_their_uri() -> None:
    """S2 get_handler: extension grants by URI"""

    async def exchange(view: AccessToken, request: Any, data: Any, client: Any) -> Any:
        made = await view.create_access_token(request, data.require("for"), 2, client)
        return view.access_token_response(made)

    uri = "urn:example:grant:exchange"
    mounted = Mounted(provider={"grants": {uri: exchange}})
    seen = await mounted.token(**{"grant_type": uri, "for": "joe"})
    assert seen.json()["scope"] == "read"
    assert await mounted.works(seen.json()["access_token"])


async def test_every_hook_of_the_reference_is_called() -> None:
    """S2 create_access_token, create_refresh_token, get_handler, invalidate_grant,
    invalidate_refresh_token, invalidate_access_token, access_token_response, error_response,
    get_refresh_token_grant, S2 Extending"""
    names = [
        "get_handler", "authenticate", "authorization_code", "refresh_token",
        "get_authorization_code_grant", "get_refresh_token_grant", "create_access_token",
        "create_refresh_token", "invalidate_grant", "invalidate_refresh_token",
        "invalidate_access_token", "access_token_response", "error_response",
    ]  # fmt: skip
    called: list[str] = []
    mounted = Mounted(access_token=_noting(names, called))
    bought = await mounted.bought()
    again = await mounted.token(grant_type="refresh_token", refresh_token=bought["refresh_token"])
    assert again.status_code == 200
    await mounted.token(grant_type="refresh_token")
    assert set(called) == set(names)


def _noting(names: list[str], called: list[str]) -> type[AccessToken]:
    """The shipped view with methods that note that they were called."""

    def noted(name: str) -> Any:
        def call(self: Any, *given: Any, **named: Any) -> Any:
            called.append(name)
            return getattr(AccessTokenView, name)(self, *given, **named)

        return call

    return type("Noting", (AccessTokenView,), {name: noted(name) for name in names})
