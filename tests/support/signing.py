"""OAuth 1 at the front door: signed requests, and a client that walks the whole flow."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from consentry.spec.oauth1.base_string import base_string, base_string_uri
from consentry.spec.oauth1.header import format_header
from consentry.spec.oauth1.signatures import hmac_signature, signing_key
from consentry.spec.oauth1.signing import Credentials, Signed, sign_request
from support.world import CALLBACK, SECRET, World

KEY = "photo-printer"


@dataclass
class Answer:
    """A form-encoded answer, its members and its status."""

    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def members(self) -> dict[str, str]:
        return dict(parse_qsl(self.response.text, keep_blank_values=True))

    @property
    def problem(self) -> str | None:
        return self.members.get("oauth_problem")

    def __getitem__(self, name: str) -> str:
        return self.members[name]


async def add_oauth1_client(world: World, client_id: str = KEY, **metadata: Any) -> None:
    """A client that speaks OAuth 1 only."""
    defaults = {"protocols": ["oauth1"], "grant_types": [], "scope": "photos.read photos.print"}
    await world.add_client(client_id, **{**defaults, **metadata})


def sign(
    world: World,
    method: str,
    path: str,
    credentials: Credentials,
    *,
    slug: str = "photos",
    host: str | None = None,
    scheme: str = "http",
    ahead_s: int = 0,
    nonce: str | None = None,
    **options: Any,
) -> Signed:
    """One request, signed as given and not sent yet.

    host: what is signed and asked for. ahead_s: how far its clock is ahead of ours.
    """
    origin = f"{scheme}://{host or f'{slug}.localhost:8000'}"
    return sign_request(
        credentials,
        method,
        f"{origin}{path}",
        timestamp=int(world.clock().timestamp()) + ahead_s,
        nonce=nonce or secrets.token_hex(8),
        **options,
    )


def hand_signed(
    method: str,
    url: str,
    pairs: list[tuple[str, str]],
    *,
    client_secret: str = SECRET,
    token_secret: str = "",
) -> str:
    """An Authorization header of exactly these parameters, with an HMAC-SHA1 that fits them."""
    text = base_string(method, base_string_uri(url), pairs)
    key = signing_key(client_secret, token_secret)
    signature = hmac_signature(text, key, "HMAC-SHA1")
    return format_header([*pairs, ("oauth_signature", signature)])


async def deliver(
    world: World,
    method: str,
    signed: Signed,
    *,
    address: str = "203.0.113.9",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """A signed request sent from an address, as often as one likes."""
    transport = httpx.ASGITransport(world.app, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.request(
            method,
            signed.url,
            content=signed.body,
            headers={**signed.headers, **(headers or {})},
        )


async def send_signed(
    world: World,
    method: str,
    path: str,
    credentials: Credentials,
    *,
    address: str = "203.0.113.9",
    sent_headers: dict[str, str] | None = None,
    **options: Any,
) -> httpx.Response:
    """One request, signed as given (`sign`) and sent to the tenant."""
    signed = sign(world, method, path, credentials, **options)
    return await deliver(world, method, signed, address=address, headers=sent_headers)


async def whoami(world: World, credentials: Credentials, **options: Any) -> httpx.Response:
    """What `/api/v1/whoami` says of a signed request."""
    return await send_signed(world, "GET", "/api/v1/whoami", credentials, **options)


async def initiate(
    world: World, credentials: Credentials | None = None, callback: str = CALLBACK, **options: Any
) -> Answer:
    """Ask for temporary credentials."""
    extra = {"oauth_callback": callback, **options.pop("extra", {})}
    path = options.pop("path", "/oauth1/initiate")
    credentials = credentials or Credentials(KEY, SECRET)
    return Answer(await send_signed(world, "POST", path, credentials, extra=extra, **options))


async def approve(
    world: World, oauth_token: str, browser: httpx.AsyncClient | None = None, **options: Any
) -> httpx.Response:
    """What a person does with a temporary token: the last answer, a redirect or a page."""
    browser = browser or world.browser
    asked = await browser.get("/oauth1/authorize", params={"oauth_token": oauth_token})
    return await world.follow(asked, browser, **options)


def returned(response: httpx.Response) -> dict[str, str]:
    """The parameters a callback was given."""
    assert response.status_code == 302, response.text
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


async def exchange(
    world: World,
    temporary: Answer,
    verifier: str,
    *,
    client_key: str = KEY,
    client_secret: str = SECRET,
    **options: Any,
) -> Answer:
    """Trade approved temporary credentials."""
    credentials = Credentials(
        client_key, client_secret, temporary["oauth_token"], temporary["oauth_token_secret"]
    )
    extra = {"oauth_verifier": verifier, **options.pop("extra", {})}
    return Answer(
        await send_signed(world, "POST", "/oauth1/token", credentials, extra=extra, **options)
    )


async def token_credentials(
    world: World,
    client_key: str = KEY,
    client_secret: str = SECRET,
    *,
    slug: str = "photos",
    browser: httpx.AsyncClient | None = None,
    **options: Any,
) -> Credentials:
    """The whole flow, everything approved: what the client may sign with now."""
    client = Credentials(client_key, client_secret)
    temporary = await initiate(world, client, slug=slug, **options)
    back = returned(await approve(world, temporary["oauth_token"], browser))
    bought = await exchange(
        world, temporary, back["oauth_verifier"], client_key=client_key,
        client_secret=client_secret, slug=slug,
    )  # fmt: skip
    return Credentials(
        client_key, client_secret, bought["oauth_token"], bought["oauth_token_secret"]
    )
