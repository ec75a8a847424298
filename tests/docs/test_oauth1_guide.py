"""`docs/oauth1.md`: every example, against a real server with the demo."""

import asyncio
import base64
import hashlib
import hmac
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from consentry.records.policy import Policy
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.oauth1.signatures import STANDARD_METHODS, SignatureInput
from consentry.spec.oauth1.signing import Credentials, sign_request
from consentry.tenancy.signature_methods import known_methods
from docs.pages import ROOT, blocks
from support.person import Person
from support.server import DEMO, LOOPBACK, Server, serving

PAGE = ROOT / "docs/oauth1.md"
SHOWN = "http://photos.localhost:8000"
OWN = "HMAC-SHA3-256"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("oauth1-guide")
    made = Server(f"sqlite:///{home}/consentry.db", home)
    made.command("migrate")
    made.command("apply", "-f", str(DEMO))
    with serving(made):
        yield made


class Reader:
    """Does what the page says, with Jane at the browser; keeps what is printed."""

    def __init__(self, server: Server) -> None:
        self.server, self.printed = server, list[Any]()
        self.names: dict[str, Any] = {"print": self._print, "input": self._input}

    def run(self, block: str) -> list[Any]:
        """What an example prints."""
        self.printed = []
        exec(block.replace(SHOWN, self.server.issuer()), self.names)  # noqa: S102
        return self.printed

    def _print(self, *words: Any) -> None:
        self.printed.extend(words)

    def _input(self, _: str) -> str:
        return asyncio.run(self._visit(self.printed[-1]))

    async def _visit(self, url: str) -> str:
        async with Person(self.server.issuer()) as jane:
            return await jane.visit(url)


@pytest.fixture
def reader(server: Server, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader on a machine that takes every name under `localhost` to itself."""
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        here = isinstance(name, str) and name.endswith(".localhost")
        return real(LOOPBACK if here else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return Reader(server)


def test_the_examples_work_in_order(reader: Reader) -> None:
    steps, sign, verify, exchange, _ = blocks(PAGE, "python")
    reader.run(steps)
    [who] = reader.run(sign)
    scope = "photos.read photos.print"
    assert (who["client_id"], who["scope"], who["protocol"]) == ("printer1", scope, "oauth1")
    [said] = reader.run(verify)
    token = reader.names["session"].token["oauth_token"]
    assert said == {
        "active": True, "sub": who["sub"], "client_id": "printer1", "scope": scope,
        "realm": None, "oauth_token": token,
    }  # fmt: skip
    assert reader.run(exchange)[0] == scope
    assert {"access_token", "refresh_token"} <= set(reader.names["tokens"])
    report = reader.server.command("report", "oauth1", "--tenant", "photos")
    assert report.splitlines()[1].startswith("printer1")


def test_the_client_of_the_page_is_the_one_of_the_demo() -> None:
    [shown] = yaml.safe_load(blocks(PAGE, "yaml")[0])
    demo = yaml.safe_load(DEMO.read_text())["tenants"][0]["clients"]
    assert shown in demo


def test_the_method_of_ones_own_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/signatures.py").write_text(blocks(PAGE, "python")[-1])
    monkeypatch.syspath_prepend(tmp_path)
    methods = known_methods({OWN: "acme.signatures:verify"})
    for secret, expected in (("secret", True), ("another", False)):
        given = SignatureInput(_signed("secret"), secret)
        assert methods.verify(OWN, given) is expected


def _signed(secret: str) -> SignedRequest:
    """A request signed by the other half of that method."""

    def sign(one: Credentials, text: str) -> str:
        key = f"{one.client_secret}&{one.token_secret}".encode()
        return base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha3_256)).decode()

    url = "https://api.photos.example/albums"
    signed = sign_request(
        Credentials("k", secret), "GET", url, timestamp=1, nonce="n", signature_method=OWN,
        sign=sign,
    )  # fmt: skip
    return SignedRequest.parse("GET", url, authorization=signed.headers["Authorization"])


def test_the_numbers_of_the_page_are_those_of_the_policy() -> None:
    text, policy = PAGE.read_text(), Policy()
    assert f"either way ({policy.oauth1_timestamp_window})" in text
    assert policy.oauth1_temporary_credential_lifetime == 600 and "ten minutes at most" in text
    assert all(f"`{name}`" in text for name in STANDARD_METHODS)
