"""A developer at the portal, without scripts: forms filled in, pages read."""

import re
from html import unescape
from typing import Any

from httpx import AsyncClient, Response

FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
REDIRECTS = {
    "web": "https://printer.example/ready",
    "single-page": "https://printer.example/",
    "native": "http://127.0.0.1/callback",
    "agent": "http://127.0.0.1/callback",
    "oauth1": "https://frame.example/ready",
}


class Developer:
    """One signed-in browser. Knows the portal as its pages show it, and nothing else."""

    def __init__(self, browser: AsyncClient) -> None:
        self.browser = browser

    async def get(self, path: str) -> Response:
        return await self.browser.get(path)

    async def send(self, path: str, shown_at: str | None = None, **fields: str) -> Response:
        """Fill in the form of a page: its hidden fields, those given, and nothing else."""
        page = await self.browser.get(shown_at or path)
        hidden = {name: unescape(value) for name, value in FIELD.findall(page.text)}
        hidden = {name: hidden[name] for name in ("version", "trial") if name in hidden}
        return await self.browser.post(path, data={**hidden, **token_of(page, path), **fields})

    async def register(self, kind: str = "web", **fields: str) -> tuple[str, str | None]:
        """A new app: the address its pages are below, and its secret."""
        given: dict[str, Any] = {"client_name": f"My {kind}", "scope:photos.read": "on"}
        if kind in REDIRECTS:
            given["redirect_uris"] = REDIRECTS[kind]
        if kind == "oauth1":
            given |= {"method:HMAC-SHA256": "on", "method:RSA-SHA256": "on"}
        answer = await self.send(f"/developer/new/{kind}", **(given | fields))
        assert answer.status_code == 303, alerts(answer)
        where = answer.headers["location"].partition("?")[0]
        page = await self.get(where)
        return where.removesuffix("/credentials"), secret_of(page)


def token_of(page: Response, action: str) -> dict[str, str]:
    """The CSRF token of the form that is sent to this address."""
    for form in re.findall(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', page.text, re.S):
        if unescape(form[0]) == action:
            found = dict(FIELD.findall(form[1]))
            return {"csrf_token": unescape(found["csrf_token"])}
    return {}


def secret_of(page: Response) -> str | None:
    """The secret a page shows."""
    found = re.search(r'<code id="new-secret">([^<]+)</code>', page.text)
    return unescape(found[1]) if found else None


def alerts(page: Response) -> list[str]:
    """What a page says is wrong."""
    parts = re.findall(r'role="alert"[^>]*>(.*?)</(?:div|p)>', page.text, re.S)
    return [unescape(re.sub(r"<[^>]+>", "", part)).strip() for part in parts]


def text_of(page: Response) -> str:
    """What a page says, without its markup."""
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def client_id_of(href: str) -> str:
    return href.rpartition("/")[2]
