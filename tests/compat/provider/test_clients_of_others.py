"""A client that others wrote, all the way through the four stages."""

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client

from compat.provider.mounted import ORIGIN, READY, SECRET, TOKEN, VERIFIER, Mounted, Page


async def test_authlibs_client_gets_tokens_and_renews_them(mounted: Mounted) -> None:
    """S2 Capture, S2 Authorize, S2 Redirect, S2 AccessToken"""
    async with AsyncOAuth2Client(
        "printer", SECRET, scope="read write", redirect_uri=READY, base_url=ORIGIN,
        code_challenge_method="S256", transport=httpx2.ASGITransport(app=mounted.app),
    ) as client:  # fmt: skip
        address, state = client.create_authorization_url(
            f"{ORIGIN}/oauth2/authorize/", code_verifier=VERIFIER
        )
        page = Page((await mounted.follow(await mounted.browser.get(address))).text)
        seen = await mounted.follow(await mounted.press(page, "approve"))
        token = await client.fetch_token(
            ORIGIN + TOKEN, authorization_response=seen.headers["location"], state=state,
            code_verifier=VERIFIER,
        )  # fmt: skip
        assert token["scope"] == "read write"
        assert (await client.get("/photos")).text == "jane"
        renewed = await client.refresh_token(ORIGIN + TOKEN, refresh_token=token["refresh_token"])
        assert renewed["access_token"] != token["access_token"]
        assert (await client.get("/photos")).text == "jane"
