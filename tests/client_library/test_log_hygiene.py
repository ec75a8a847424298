"""What never reaches a log, whatever its level."""

import logging
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from client_library.kit import PROVIDER, SECRET, Now, Provider, Site, back, begin, registered
from consentry.client import OAuth, OAuthError


class Everything(logging.Handler):
    """Every record with all it carries."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(f"{record.getMessage()} {record.__dict__!r}")


@pytest.fixture
def everything() -> Any:
    handler, root = Everything(), logging.getLogger()
    before, level = root.handlers[:], root.level
    # Others would print all of it.
    root.handlers[:] = [handler]
    root.setLevel(logging.NOTSET)
    yield handler
    root.setLevel(level)
    root.handlers[:] = before


async def test_a_whole_oauth_2_login_leaves_no_secret_in_the_log(
    oauth: OAuth, site: Site, provider: Provider, now: Now, everything: Everything
) -> None:
    """S3 log hygiene, THREATS 54. PARITY 6 S3: the verifier was logged."""
    provider.token = {
        "access_token": "hidden-at", "token_type": "Bearer", "refresh_token": "hidden-rt",
    }  # fmt: skip
    client = registered(oauth, provider, client_kwargs={"scope": "openid"})
    async with site.browser() as browser:
        asked = await begin(browser, "other")
        # What the browser itself is told is not the library's to hide.
        everything.told.clear()
        provider.token["id_token"] = provider.id_token(nonce=asked["nonce"])
        request_line = back(site, "other", state=asked["state"], code="hidden-code")
        assert (await browser.get(request_line)).status_code == 200
    told = [line for line in everything.told if request_line not in line]
    token = {**site.last, "expires_at": now() - 10}
    provider.token = {**provider.token, "access_token": "hidden-at-2"}
    await client.get("things", token=token)
    await client.revoke_token("hidden-rt")
    provider.answers["/token"] = lambda form: JSONResponse({"error": "invalid_grant"})
    with pytest.raises(OAuthError) as caught:
        await client.refresh_token({**token, "refresh_token": "hidden-other"})
    told += [line for line in everything.told if request_line not in line]
    verifier = provider.came("/token")[0]["code_verifier"]
    for secret in ("hidden-", SECRET, verifier, site.last["id_token"], asked["nonce"]):
        assert not [line for line in told if secret in line], secret
        assert secret not in str(caught.value)
    assert any("HTTP Request" in line for line in told)


@pytest.mark.parametrize("kind", ["HEADER", "QUERY", "BODY"])
async def test_a_whole_oauth_1_login_leaves_no_secret_in_the_log(
    oauth: OAuth, site: Site, provider: Provider, everything: Everything, kind: str
) -> None:
    """S3 log hygiene: the request token was logged, and the query is by httpx2"""
    provider.answers["/initiate"] = lambda form: PlainTextResponse(
        "oauth_token=hidden-tt&oauth_token_secret=hidden-ts&oauth_callback_confirmed=true"
    )
    provider.answers["/token"] = lambda form: PlainTextResponse(
        "oauth_token=hidden-ot&oauth_token_secret=hidden-os"
    )
    client = oauth.register(
        "old", client_id="printer", client_secret=SECRET,
        request_token_url=f"{PROVIDER}/initiate", authorize_url=f"{PROVIDER}/authorize",
        access_token_url=f"{PROVIDER}/token", api_base_url=f"{PROVIDER}/api/",
        client_kwargs={"transport": provider.transport, "signature_type": kind},
    )  # fmt: skip
    async with site.browser() as browser:
        await begin(browser, "old")
        address = back(site, "old", oauth_token="hidden-tt", oauth_verifier="hidden-v")
        assert (await browser.get(address)).status_code == 200
    await client.get("things?a=1", token=site.last)
    lines = [line for line in everything.told if f"{site.address}/" not in line]
    assert any(f"{PROVIDER}/api/things" in line for line in lines)
    for secret in ("hidden-", SECRET):
        assert not [line for line in lines if secret in line], secret
