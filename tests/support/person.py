"""A person with a browser that has no scripts: cookies, links and forms."""

import re
from html import unescape
from typing import Any, Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2 as httpx

from support.server import LoopbackTransport

PASSWORD = "correct horse battery staple"
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_REFRESH = re.compile(r'<meta http-equiv="refresh" content="0;url=([^"]*)"')
_VERIFIER = re.compile(r'id="oauth_verifier"[^>]*>([^<]+)<')
_STEPS = 15


class Person:
    """Signs in and decides; stops where the way leaves the tenant's host."""

    def __init__(
        self,
        issuer: str,
        username: str = "jane",
        password: str = PASSWORD,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.issuer, self.username, self.password = issuer, username, password
        self.browser = httpx.AsyncClient(
            transport=transport or LoopbackTransport(), base_url=issuer
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.browser.aclose()

    async def visit(self, url: str, decision: str = "approve") -> str:
        """Where a visit ends outside the tenant: the address, with what it carries.

        Or, where the person is to carry it by hand, the verifier that is shown (RFC 5849 §2.2).
        """
        seen = await self.browser.get(url)
        for _ in range(_STEPS):
            if shown := _VERIFIER.search(seen.text):
                return shown[1]
            onward = self._onward(seen)
            if onward is None:
                seen = await self._fill_in(seen, decision)
            elif onward.startswith(self.issuer):
                seen = await self.browser.get(onward)
            else:
                return onward
        raise AssertionError("the way does not end")

    @staticmethod
    def _onward(seen: httpx.Response) -> str | None:
        location = seen.headers.get("location")
        if location is None and (found := _REFRESH.search(seen.text)):
            location = unescape(found[1])
        return urljoin(str(seen.url), location) if location else None

    async def _fill_in(self, page: httpx.Response, decision: str) -> httpx.Response:
        fields: dict[str, Any] = {m[1]: unescape(m[2]) for m in _HIDDEN.finditer(page.text)}
        if 'name="password"' in page.text:
            fields |= {"username": self.username, "password": self.password}
            return await self.browser.post("/login", data=fields)
        for path, button in (("/consent", decision), ("/logout", "logout")):
            if f'action="{path}"' in page.text:
                return await self.browser.post(path, data={**fields, "decision": button})
        raise AssertionError(f"nothing to do on this page ({page.status_code}): {page.text}")


def parameters(url: str) -> dict[str, str]:
    """What an address carries in its query."""
    return dict(parse_qsl(urlsplit(url).query))
