"""What apps, services and people do, as visits: requests in order, each made of answers before.

A visit yields the kind of a request and the request, and is sent the whole answer.
"""

import itertools
import re
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from html import unescape
from random import Random
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID, uuid4

import orjson

from benchmarks import wire
from benchmarks.data import CHALLENGE, CLIENT, REDIRECT_URI, VERIFIER, Place

Visit = Generator[tuple[str, bytes], bytes, None]
PASSWORD = "correct horse battery staple"  # noqa: S105
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_STATUS = slice(9, 12)
MOST_PAGES = 8


@dataclass(frozen=True, slots=True)
class Town:
    """Tenants, some busier than others, with what their apps hold.

    codes: each is redeemed once. refresh_tokens: go round, rotated. signers: OAuth 1 tokens.
    """

    base: str
    places: list[Place]
    weights: list[float]
    random: Random
    codes: deque[tuple[Place, UUID]]
    refresh_tokens: deque[tuple[str, str]]
    signers: list[tuple[Place, UUID]]

    def hosts(self) -> Iterator[str]:
        """Hosts without end, as often as their tenants are busy."""
        while True:
            for place in self.random.choices(self.places, cum_weights=self.weights, k=1_000):
                yield self.host(place)

    def host(self, place: Place) -> str:
        """Where a tenant answers."""
        return f"{place.slug}.{self.base}"


def zipf(count: int) -> list[float]:
    """Cumulative weights: the second is half as busy as the first, the third a third."""
    return list(itertools.accumulate(1 / rank for rank in range(1, count + 1)))


def visits(town: Town, *, people: float) -> Iterator[Visit]:
    """Visits without end; `people` is the share of those in which somebody signs in.

    Unless all are, one of each other kind comes first, so that the shortest run has them.
    """
    hosts = town.hosts()
    others: list[tuple[Callable[[Town, str], Visit], int]] = [
        (_service, 22), (_known_app, 40), (_new_app, 8), (_signer, 20), (_reader, 10),
    ]  # fmt: skip
    kinds, weights = [make for make, _ in others], [weight for _, weight in others]
    if people < 1:
        yield from [make(town, next(hosts)) for make in kinds]
    while True:
        if town.random.random() < people:
            yield _person(town, next(hosts))
        else:
            yield town.random.choices(kinds, weights)[0](town, next(hosts))


def _service(town: Town, host: str) -> Visit:
    """A client on its own behalf; the API it calls asks twice."""
    token = yield from _json("client credentials", _token(host, grant_type="client_credentials"))
    yield from _asked(host, token["access_token"], 2)


def _known_app(town: Town, host: str) -> Visit:
    """An app that was approved earlier: a new access token, used three times."""
    host, refresh_token = town.refresh_tokens.popleft()
    bought = yield from _json("refresh", wire.rotation(host, refresh_token))
    town.refresh_tokens.append((host, bought["refresh_token"]))
    yield from _asked(host, bought["access_token"], 3)


def _new_app(town: Town, host: str) -> Visit:
    """An app that has a code: tokens, who the person is, and the tokens used."""
    place, one = town.codes.popleft()
    yield from _redeemed(town, town.host(place), wire.redemption(town.host(place), place, one))


def _redeemed(town: Town, host: str, request: bytes) -> Visit:
    bought = yield from _json("code", request)
    yield from _json("userinfo", wire.get_as(host, "/oauth2/userinfo", bought["access_token"]))
    yield from _asked(host, bought["access_token"], 2)
    town.refresh_tokens.append((host, bought["refresh_token"]))


def _signer(town: Town, host: str) -> Visit:
    """An OAuth 1 client that signs two requests."""
    place, one = town.random.choice(town.signers)
    token = wire.token_credentials(place, one)
    for _ in range(2):
        host = town.host(place)
        request = wire.signed_get(host, "/api/v1/whoami", uuid4(), "HMAC-SHA1", token)
        yield from _json("OAuth 1, signed", request)


def _reader(town: Town, host: str) -> Visit:
    """A library that starts: metadata, then keys."""
    yield from _json("discovery", wire.get(host, "/.well-known/openid-configuration"))
    yield from _json("JWKS", wire.get(host, "/oauth2/jwks"))


def _person(town: Town, host: str) -> Visit:
    """A browser without cookies that is sent by an app: name, password, consent, code."""
    asked = urlencode({
        "client_id": CLIENT, "response_type": "code", "redirect_uri": REDIRECT_URI,
        "scope": "openid photos.read", "state": "af0ifjsldkj", "nonce": "n-0S6_WzA2Mj",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    })  # fmt: skip
    kind, request = "page", wire.get(host, f"/oauth2/authorize?{asked}")
    cookies: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        answer = yield kind, request
        head, body = _parts(answer)
        cookies |= _cookies(head)
        location = _header(head, "location")
        if location.startswith(REDIRECT_URI):
            yield from _redeemed(town, host, _redemption(host, location))
            return
        if location:
            kind, request = "page", wire.browse(host, location, cookies)
            continue
        fields = {found[1]: unescape(found[2]) for found in _HIDDEN.finditer(body)}
        if 'name="password"' in body:
            kind, path = "password", "/login"
            fields |= {"username": "jane", "password": PASSWORD}
        else:
            kind, path = "page", "/consent"
            fields |= {"decision": "approve"}
        request = wire.browse(host, path, cookies, fields)
    raise RuntimeError(f"signing in does not end: {answer.decode()[:500]}")


def _redemption(host: str, location: str) -> bytes:
    code = parse_qs(urlsplit(location).query)["code"][0]
    return _token(
        host, grant_type="authorization_code", code=code, redirect_uri=REDIRECT_URI,
        code_verifier=VERIFIER,
    )  # fmt: skip


def _token(host: str, **fields: str) -> bytes:
    return wire.post(host, "/oauth2/token", **fields)


def _asked(host: str, token: str, times: int) -> Visit:
    request = wire.post(host, "/oauth2/introspect", token=token)
    for _ in range(times):
        said = yield from _json("introspection", request)
        if not said["active"]:
            raise RuntimeError("a token that was just given is not active")


def _json(kind: str, request: bytes) -> Generator[tuple[str, bytes], bytes, dict[str, str]]:
    answer = yield kind, request
    if answer[_STATUS] != b"200":
        raise RuntimeError(f"{kind}: {answer.decode()[:1000]}")
    found: dict[str, str] = orjson.loads(answer.partition(b"\r\n\r\n")[2])
    return found


def _parts(answer: bytes) -> tuple[list[str], str]:
    head, _, body = answer.decode().partition("\r\n\r\n")
    return head.split("\r\n"), body


def _header(head: list[str], name: str) -> str:
    values = (line.partition(": ")[2] for line in head if line.lower().startswith(f"{name}: "))
    return next(values, "")


def _cookies(head: list[str]) -> dict[str, str]:
    lines = [line for line in head if line.lower().startswith("set-cookie: ")]
    pairs = (line.partition(": ")[2].partition(";")[0].partition("=") for line in lines)
    return {name: value for name, _, value in pairs}
