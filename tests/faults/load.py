"""Steady redemptions and refreshes, and a ledger of what was acknowledged."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

import httpx2

from support.person import Person, parameters
from support.server import LoopbackTransport, Server, until
from support.world import Pkce

CALLBACK = "http://127.0.0.1:9999/till"
SECRET = "s6BhdRkqt3s6BhdRkqt3s6BhdRkqt3"
# The policy's `refresh_grace`: for so long the answer to a spent token is repeated.
GRACE_S = 10
MANIFEST: dict[str, list[Any]] = {
    "clients": [
        {
            "client_id": "till",
            "client_secret": SECRET,
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": "openid photos.read",
            "id_token_signed_response_alg": "ES256",
            "skip_consent": True,
            "token_endpoint_auth_method": "client_secret_basic",
        }
    ]
}
REFRESHERS, REDEEMERS = 4, 1
Ways = Callable[..., httpx2.AsyncBaseTransport]
"""Makes what carries requests to the server, or to one of several."""


@dataclass
class Ledger:
    """What clients were told, and what they had to ask twice because no answer came."""

    acknowledged: int = 0
    unanswered: int = 0
    statuses: set[int] = field(default_factory=set)
    redeemed: dict[str, dict[str, Any]] = field(default_factory=dict)
    newest: dict[int, str] = field(default_factory=dict)


class Load:
    """Clients that redeem and refresh until told to stop; one that gets no answer asks again.

    ways: makes what carries the requests. pause_s: what each client waits between two.
    """

    def __init__(
        self, server: Server, ways: Ways = LoopbackTransport, *, pause_s: float = 0
    ) -> None:
        self.server, self.ledger, self.pause_s = server, Ledger(), pause_s
        self.pkce = Pkce()
        self.jane = Person(server.issuer(), transport=ways())
        limits = httpx2.Limits(max_connections=REFRESHERS + REDEEMERS)
        self.http = httpx2.AsyncClient(transport=ways(limits=limits), base_url=server.issuer())
        self._ending = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.jane.visit(self._authorize)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        await self.jane.browser.aclose()

    @property
    def _authorize(self) -> str:
        asked = {
            "client_id": "till",
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid photos.read",
            "code_challenge": self.pkce.challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.server.issuer()}/oauth2/authorize?{urlencode(asked)}"

    async def code(self) -> str:
        """A new code; Jane is signed in and nothing is asked."""
        while True:
            try:
                answer = await self.jane.browser.get(self._authorize)
            except httpx2.TransportError:
                await asyncio.sleep(0.02)
                continue
            told = parameters(answer.headers.get("location", ""))
            if "code" in told:
                return told["code"]
            # RFC 6749 §4.1.2.1: a client cannot be told so by a status.
            is_away = told.get("error") == "temporarily_unavailable"
            assert is_away or answer.status_code == 503, (told, answer.text)
            await asyncio.sleep(0.02)

    async def token(self, form: dict[str, str]) -> httpx2.Response:
        """One token request."""
        return await self.http.post("/oauth2/token", data=form, auth=("till", SECRET))

    def redemption(self, code: str) -> dict[str, str]:
        """The form that redeems a code."""
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": self.pkce.verifier,
        }

    async def refresh(self, token: str) -> httpx2.Response:
        """One refresh."""
        return await self.token({"grant_type": "refresh_token", "refresh_token": token})

    async def answered(self, form: dict[str, str]) -> tuple[httpx2.Response, float]:
        """The answer to a request that is sent until there is one; seconds until it came, 0 if
        the first one was answered."""
        began, was_asked_again = time.monotonic(), False
        while True:
            try:
                answer = await self.token(form)
            except httpx2.TransportError:
                self.ledger.unanswered += 1
            else:
                self.ledger.statuses.add(answer.status_code)
                if answer.status_code != 503:
                    return answer, time.monotonic() - began if was_asked_again else 0.0
                self.ledger.unanswered += 1
            was_asked_again = True
            await asyncio.sleep(0.02)

    async def _redeem_on(self) -> None:
        while not self._ending.is_set():
            await asyncio.sleep(self.pause_s)
            code = await self.code()
            answer, waited = await self.answered(self.redemption(code))
            if answer.status_code == 200:
                self.ledger.acknowledged += 1
                self.ledger.redeemed[code] = answer.json()
            else:
                # Spent by a request whose answer was lost: to ask again is to ask twice.
                assert waited and answer.json()["error"] == "invalid_grant", answer.text

    async def _refresh_on(self, chain: int) -> None:
        while not self._ending.is_set():
            await asyncio.sleep(self.pause_s)
            form = {"grant_type": "refresh_token", "refresh_token": self.ledger.newest[chain]}
            answer, waited = await self.answered(form)
            if answer.status_code != 200:
                # Asked again so late that it counts as reuse: the chain is over.
                assert waited > GRACE_S - 2, answer.text
                del self.ledger.newest[chain]
                return
            self.ledger.acknowledged += 1
            self.ledger.newest[chain] = answer.json()["refresh_token"]

    async def _begin_chains(self) -> None:
        for chain in range(REFRESHERS):
            bought = (await self.token(self.redemption(await self.code()))).json()
            self.ledger.acknowledged += 1
            self.ledger.newest[chain] = bought["refresh_token"]

    @asynccontextmanager
    async def _told_by_the_server(self) -> AsyncIterator[None]:
        """What went wrong, with what the server logged about it."""
        try:
            yield
        except BaseExceptionGroup as error:
            error.add_note("\n".join(map(str, self.server.lines[-5:])))
            raise

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Ledger]:
        """The load, while inside; at the end each client has the answer to its last request."""
        await self._begin_chains()
        async with self._told_by_the_server(), asyncio.TaskGroup() as clients:
            for chain in range(REFRESHERS):
                clients.create_task(self._refresh_on(chain))
            for _ in range(REDEEMERS):
                clients.create_task(self._redeem_on())
            try:
                yield self.ledger
            finally:
                self._ending.set()

    async def more(self, count: int) -> None:
        """Wait until so many further changes were acknowledged."""
        wanted = self.ledger.acknowledged + count
        await asyncio.to_thread(until, lambda: self.ledger.acknowledged >= wanted, seconds=60)

    async def check(self, generations: int) -> None:
        """Nothing acknowledged is missing, nothing was done twice.

        generations: the sum over the stored authorizations, one for each change made.
        """
        ledger = self.ledger
        assert ledger.acknowledged <= generations <= ledger.acknowledged + ledger.unanswered
        await asyncio.gather(
            *(self._check_newest(token) for token in ledger.newest.values()),
            *(self._check_redeemed(code, bought) for code, bought in ledger.redeemed.items()),
        )

    async def _check_newest(self, token: str) -> None:
        answer, again = await self.refresh(token), await self.refresh(token)
        assert answer.status_code == 200, answer.text
        assert again.json()["refresh_token"] == answer.json()["refresh_token"]

    async def _check_redeemed(self, code: str, bought: dict[str, Any]) -> None:
        bearer = {"Authorization": f"Bearer {bought['access_token']}"}
        assert (await self.http.get("/oauth2/userinfo", headers=bearer)).status_code == 200
        assert (await self.token(self.redemption(code))).json()["error"] == "invalid_grant"
