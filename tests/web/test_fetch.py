"""Fetching what strangers point at, against real servers."""

import asyncio
import gzip
import json
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from consentry.tenancy.deployment import Answer
from consentry.web.fetch import MAX_AT_ONCE, MAX_BYTES, MAX_POSTS, Fetcher, FetchRefused, Resolver
from consentry_workers.taking import AT_ONCE
from support.patience import NEVER_S

from .origin import Certified, Origin, says, serving

Make = Callable[..., Fetcher]


class Names:
    """A DNS of our own: each question takes the next answer, the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Makes fetchers that are closed at the end; private addresses are let through."""
    async with AsyncExitStack() as stack:

        def made(allow_private: bool = True, **options: object) -> Fetcher:
            fetcher = Fetcher(allow_private, **options)  # type: ignore[arg-type]
            stack.push_async_callback(fetcher.aclose)
            return fetcher

        yield made


async def _refused(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(FetchRefused) as refusal:
        await fetcher.get_json(url)
    return str(refusal.value)


async def test_a_document_is_fetched(make: Make) -> None:
    async with serving(says(b'{"keys": []}')) as origin:
        assert await make().get_json(origin.url("/keys?v=1#part")) == {"keys": []}
    head = origin.heads[0].lower()
    assert head.startswith("get /keys?v=1 http/1.1\r\n")
    assert "accept-encoding: identity\r\n" in head


# Where we connect


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"]
)
async def test_a_private_address_is_refused_by_default(make: Make, address: str) -> None:
    fetcher = make(False, resolver=Names([address]))
    assert "public internet" in await _refused(fetcher, "https://keys.example.com/")


async def test_one_private_address_among_public_ones_is_refused(make: Make) -> None:
    fetcher = make(False, resolver=Names(["8.8.8.8", "127.0.0.1"]))
    assert "public internet" in await _refused(fetcher, "https://keys.example.com/")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f.1", "127.1", "0"]
)
async def test_no_spelling_of_loopback_is_let_through(
    make: Make, tmp_path: Path, host: str
) -> None:
    certified = Certified.make(tmp_path, "localhost")
    async with serving(says(), certified.server) as origin:
        fetcher = make(False, ssl_context=certified.client)
        reason = await _refused(fetcher, origin.url(host=host, scheme="https"))
    assert "public internet" in reason or "no address" in reason
    assert not origin.names


async def test_a_public_address_is_let_through(make: Make) -> None:
    """3ffe::/16 is public by its form but was handed back: nobody answers there."""
    fetcher = make(False, resolver=Names(["3ffe::1"]), total_s=0.05)
    assert (await _refused(fetcher, "https://keys.example.com/")).startswith("no answer")


async def test_a_name_is_resolved_once_and_its_host_and_certificate_are_asked_for(
    make: Make, tmp_path: Path
) -> None:
    """The second answer of the DNS would lead elsewhere."""
    certified = Certified.make(tmp_path, "keys.example.com")
    names = Names(["127.0.0.1"], ["127.0.0.9"])
    async with serving(says(), certified.server) as origin:
        fetcher = make(resolver=names, ssl_context=certified.client)
        await fetcher.get_json(origin.url(host="keys.example.com", scheme="https"))
    assert names.asked == [("keys.example.com", origin.port)]
    assert origin.names == ["keys.example.com"]
    assert f"\r\nhost: keys.example.com:{origin.port}\r\n" in origin.heads[0].lower()


async def test_each_fetch_asks_the_dns_and_connects_anew(make: Make) -> None:
    names = Names(["127.0.0.1"])
    async with serving(says()) as origin:
        fetcher = make(resolver=names)
        for host in ("one.example", "two.example"):
            await fetcher.get_json(origin.url(host=host))
    assert [host for host, _ in names.asked] == ["one.example", "two.example"]
    assert all("\r\nconnection: close\r\n" in head.lower() for head in origin.heads)


async def test_the_next_address_is_tried_where_one_does_not_answer(make: Make) -> None:
    async with serving(says(b"1")) as origin:
        fetcher = make(resolver=Names(["127.0.0.9", "127.0.0.1"]))
        assert await fetcher.get_json(origin.url(host="keys.example.com")) == 1


async def test_a_certificate_of_another_name_is_refused(make: Make, tmp_path: Path) -> None:
    certified = Certified.make(tmp_path, "other.example.com")
    async with serving(says(), certified.server) as origin:
        fetcher = make(resolver=Names(["127.0.0.1"]), ssl_context=certified.client)
        url = origin.url(host="keys.example.com", scheme="https")
        assert await _refused(fetcher, url) == "no answer: ConnectError"
    assert not origin.heads


async def test_a_certificate_nobody_vouches_for_is_refused(make: Make, tmp_path: Path) -> None:
    certified = Certified.make(tmp_path, "keys.example.com")
    async with serving(says(), certified.server) as origin:
        fetcher = make(resolver=Names(["127.0.0.1"]))
        url = origin.url(host="keys.example.com", scheme="https")
        assert await _refused(fetcher, url) == "no answer: ConnectError"
    assert not origin.heads


async def test_a_host_without_an_address_is_refused(make: Make) -> None:
    assert "no address" in await _refused(make(resolver=Names([])), "https://keys.example.com/")


async def test_a_name_the_dns_does_not_know_is_refused(make: Make) -> None:
    """RFC 6761 §6.4: no resolver may know it. RFC 1035 §2.3.4: and none may ask for the other."""
    assert "no address" in await _refused(make(), "https://keys.invalid/")
    assert "no address" in await _refused(make(), f"https://{'a' * 64}.example/")


# What may be asked for


@pytest.mark.parametrize("url", ["http://keys.example.com/", "HTTP://keys.example.com/"])
async def test_plain_http_is_refused_by_default(make: Make, url: str) -> None:
    fetcher = make(False, resolver=Names(["8.8.8.8"]))
    assert await _refused(fetcher, url) == "only https is fetched"


@pytest.mark.parametrize("url", ["ftp://a/", "file:///etc/passwd", "//a/", "a", "", "data:,{}"])
async def test_no_other_scheme_is_ever_fetched(make: Make, url: str) -> None:
    assert await _refused(make(), url) == "only https is fetched"


@pytest.mark.parametrize("url", ["https://user@a/", "https://a:b@c/", "https://a\\@b/"])
async def test_a_user_in_the_url_is_refused(make: Make, url: str) -> None:
    assert "user name" in await _refused(make(), url)


@pytest.mark.parametrize(
    "url",
    [
        "https:///keys",
        "https://a b/",
        "https://a%2eb/",
        "https://a:0/",
        "https://a:65536/",
        "https://[fe80::1%25eth0]/",
        f"https://{'a' * 254}/",
    ],
)
async def test_a_host_or_port_that_is_none_is_refused(make: Make, url: str) -> None:
    assert "host and port" in await _refused(make(), url)


@pytest.mark.parametrize("url", ["https://a\n/", "https://a:x/", "https://[::1/", "https://‥/"])
async def test_what_is_no_url_is_refused(make: Make, url: str) -> None:
    assert await _refused(make(), url) == "not a URL"


# What may come back


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"]
)
async def test_a_redirect_is_not_followed(make: Make, status: str) -> None:
    async with serving(says()) as inner:
        moved = says(b"{}", f"Location: {inner.url()}", status=status)
        async with serving(moved) as origin:
            assert "redirect" in await _refused(make(), origin.url())
    assert not inner.heads


@pytest.mark.parametrize("status", ["201 Created", "204 No Content", "404 No", "500 Error"])
async def test_another_status_than_200_is_refused(make: Make, status: str) -> None:
    async with serving(says(b"", status=status)) as origin:
        assert f"status {status[:3]}" in await _refused(make(), origin.url())


def _json_of(size: int) -> bytes:
    return json.dumps("x" * (size - 2)).encode()


async def test_64_kib_are_the_most(make: Make) -> None:
    async with serving(says(_json_of(MAX_BYTES))) as origin:
        assert await make().get_json(origin.url())
    async with serving(says(_json_of(MAX_BYTES + 1))) as origin:
        assert "over 65536" in await _refused(make(), origin.url())


async def test_an_answer_without_end_is_cut(make: Make) -> None:
    async def flood(_: Origin, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"1" * 4096)
            await writer.drain()

    async with serving(flood) as origin:
        assert "over 65536" in await _refused(make(), origin.url())


async def test_a_compressed_answer_is_refused(make: Make) -> None:
    bomb = gzip.compress(bytes(1_000_000))
    async with serving(says(bomb, "Content-Encoding: gzip")) as origin:
        assert "compressed" in await _refused(make(), origin.url())


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "Application/JSON", "application/jwk-set+json"],
)
async def test_each_json_media_type_is_accepted(make: Make, content_type: str) -> None:
    """RFC 6839 §3.1"""
    async with serving(says(content_type=content_type)) as origin:
        assert await make().get_json(origin.url()) == {}


@pytest.mark.parametrize("content_type", ["text/html", "", "text/plain; a=application/json"])
async def test_another_media_type_is_refused(make: Make, content_type: str) -> None:
    async with serving(says(content_type=content_type)) as origin:
        assert "Content-Type" in await _refused(make(), origin.url())


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":1,"a":2}', b"\xff", b"[" * 5000])
async def test_what_is_not_json_is_refused_and_not_shown(make: Make, body: bytes) -> None:
    async with serving(says(body)) as origin:
        reason = await _refused(make(), origin.url())
    assert reason.startswith("unusable answer")
    assert "html" not in reason


async def test_what_is_not_http_is_refused(make: Make) -> None:
    async def banner(_: Origin, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")

    async with serving(banner) as origin:
        assert await _refused(make(), origin.url()) == "no answer: RemoteProtocolError"


async def test_an_answer_cut_short_is_refused(make: Make) -> None:
    async def cut(_: Origin, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        writer.write(b"Content-Length: 9\r\n\r\n{}")

    async with serving(cut) as origin:
        assert await _refused(make(), origin.url()) == "no answer: RemoteProtocolError"


async def test_a_port_where_nobody_listens_is_refused(make: Make) -> None:
    async with serving(says()) as origin:
        pass
    assert await _refused(make(), origin.url()) == "no answer: ConnectError"


# What it may cost


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n1"]
)
async def test_an_answer_that_never_ends_is_given_up(make: Make, start: bytes) -> None:
    over = asyncio.Event()

    async def stall(_: Origin, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await over.wait()

    async with serving(stall) as origin:
        assert await _refused(make(total_s=0.1), origin.url()) == "no answer within 0.1 s"
        over.set()


async def test_a_dns_that_never_answers_is_given_up(make: Make) -> None:
    async def silent(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    resolver: Resolver = silent
    assert "within" in await _refused(make(resolver=resolver, total_s=0.05), "https://a.example/")


async def test_sixteen_documents_are_fetched_at_once_and_no_more(make: Make) -> None:
    full, over = asyncio.Event(), asyncio.Event()

    async def wait(origin: Origin, writer: asyncio.StreamWriter) -> None:
        if origin.heads[-1].startswith("GET /keys"):
            if len(origin.heads) == MAX_AT_ONCE:
                full.set()
            await over.wait()
        await says()(origin, writer)

    async with serving(wait) as origin, asyncio.TaskGroup() as tasks:
        fetcher = make()
        for _ in range(MAX_AT_ONCE + 4):
            tasks.create_task(fetcher.get_json(origin.url()))
        await full.wait()
        # Another fetcher's request comes after any that these four could have sent.
        await make().get_json(origin.url("/probe"))
        assert len(origin.heads) == MAX_AT_ONCE + 1
        over.set()
    assert len(origin.heads) == MAX_AT_ONCE + 5


# What it must not bring along


async def test_a_cookie_is_not_kept(make: Make) -> None:
    async with serving(says(b"{}", "Set-Cookie: a=b")) as origin:
        fetcher = make()
        for _ in range(2):
            await fetcher.get_json(origin.url())
    assert len(origin.heads) == 2
    assert "cookie" not in "".join(origin.heads).lower()


async def test_a_proxy_of_the_environment_is_not_used(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(says()) as proxy, serving(says()) as origin:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        monkeypatch.delenv("NO_PROXY", raising=False)
        await make().get_json(origin.url())
    assert len(origin.heads) == 1
    assert not proxy.heads


async def test_a_text_is_fetched_whatever_its_type(make: Make) -> None:
    async with serving(says(b"a text\n", content_type="application/octet-stream")) as origin:
        assert await make().get_text(origin.url("/.well-known/x")) == "a text\n"
    async with serving(says(b"\xff")) as origin:
        with pytest.raises(FetchRefused, match="ASCII"):
            await make().get_text(origin.url())
    with pytest.raises(FetchRefused, match="public internet"):
        await make(False, resolver=Names(["10.0.0.1"])).get_text("https://id.example/")


# Notices that are sent


HEADERS = {"Content-Type": "application/json", "webhook-id": "msg_1"}


async def _unsent(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(FetchRefused) as refusal:
        await fetcher.send(url, b"{}", HEADERS)
    return str(refusal.value)


async def test_a_notice_is_sent_and_the_status_comes_back(make: Make) -> None:
    async with serving(says(b"thanks", status="204 No Content")) as origin:
        assert await make().send(origin.url("/hook?a=1"), b'{"a":1}', HEADERS) == Answer(204)
    head = origin.heads[0].lower()
    assert head.startswith("post /hook?a=1 http/1.1\r\n")
    for line in ("content-type: application/json", "content-length: 7", "webhook-id: msg_1"):
        assert f"\r\n{line}\r\n" in head
    assert "\r\nuser-agent: consentry\r\n" in head
    assert origin.bodies == [b'{"a":1}']


async def test_each_status_is_an_answer_and_a_redirect_is_not_followed(make: Make) -> None:
    """THREATS 55"""
    async with serving(says()) as inner:
        for status in ("302 Found", "307 Temporary", "410 Gone", "500 Error"):
            moved = says(b"", f"Location: {inner.url()}", status=status)
            async with serving(moved) as origin:
                assert await make().send(origin.url(), b"{}", HEADERS) == Answer(int(status[:3]))
    assert not inner.heads


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120), ("-1", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
async def test_how_long_to_wait_is_told(make: Make, value: str, seconds: int | None) -> None:
    """RFC 9110 §10.2.3"""
    busy = says(b"", f"Retry-After: {value}", status="503 Busy")
    async with serving(busy) as origin:
        assert await make().send(origin.url(), b"", HEADERS) == Answer(503, seconds)


async def test_a_notice_goes_nowhere_but_to_public_addresses_by_https(make: Make) -> None:
    """THREATS 55"""
    inward = make(False, resolver=Names(["8.8.8.8", "10.0.0.1"]))
    assert "public internet" in await _unsent(inward, "https://hooks.example.com/")
    assert await _unsent(inward, "http://hooks.example.com/") == "only https is fetched"
    assert "user name" in await _unsent(inward, "https://a:b@hooks.example.com/")


async def test_a_notice_is_sent_to_the_next_address_where_one_is_not_there(make: Make) -> None:
    async with serving(says()) as origin:
        fetcher = make(resolver=Names(["127.0.0.9", "127.0.0.1"]))
        url = origin.url(host="hooks.example.com")
        assert (await fetcher.send(url, b"x", HEADERS)).status == 200
    assert origin.bodies == [b"x"]


async def test_an_answer_of_any_size_or_form_is_no_failure_and_is_not_read_on(make: Make) -> None:
    async def flood(_: Origin, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"1" * 4096)
            await writer.drain()

    async with serving(flood) as origin:
        assert await make().send(origin.url(), b"{}", HEADERS) == Answer(200)


async def test_a_receiver_that_never_answers_is_given_up(make: Make) -> None:
    over = asyncio.Event()

    async def stall(_: Origin, writer: asyncio.StreamWriter) -> None:
        await over.wait()

    async with serving(stall) as origin:
        assert await _unsent(make(total_s=0.1), origin.url()) == "no answer within 0.1 s"
        over.set()


def test_more_notices_may_be_sent_at_once_than_a_process_does() -> None:
    """Else those of one tenant would be waited for by all others until they had failed."""
    assert MAX_POSTS > AT_ONCE


async def test_slow_receivers_of_notices_hold_up_no_documents(make: Make) -> None:
    over = asyncio.Event()

    async def wait(origin: Origin, writer: asyncio.StreamWriter) -> None:
        if origin.heads[-1].startswith("POST"):
            await over.wait()
        await says()(origin, writer)

    async with serving(wait) as origin, asyncio.TaskGroup() as tasks:
        fetcher = make()
        for _ in range(MAX_POSTS + 4):
            tasks.create_task(fetcher.send(origin.url(), b"{}", HEADERS))
        assert await fetcher.get_json(origin.url()) == {}
        over.set()


async def test_names_that_nobody_answers_for_hold_up_no_others(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """THREATS 55: whoever registers a webhook chooses the name, too."""
    answered, ask = threading.Event(), socket.getaddrinfo
    many = (os.cpu_count() or 1) + 4

    def asked(host: str, *more: Any, **options: Any) -> Any:
        if host == "lame.example":
            answered.wait(4 * NEVER_S)
            raise OSError
        return ask(host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    loop = asyncio.get_running_loop()
    try:
        async with serving(says(b"[]")) as origin:
            fetcher = make(total_s=2 * NEVER_S)
            lame = [fetcher.send("https://lame.example/", b"", {}) for _ in range(many)]
            waiting = asyncio.gather(*lame, return_exceptions=True)
            await asyncio.sleep(0)
            async with asyncio.timeout(NEVER_S):
                assert await fetcher.get_json(origin.url("/")) == []
                assert (await fetcher.send(origin.url("/"), b"", {})).status == 200
                assert await loop.getaddrinfo("127.0.0.1", 80)
            assert not waiting.done()
            names = [one for one in threading.enumerate() if one.name == "names"]
            assert len(names) >= many and all(one.daemon for one in names)
    finally:
        answered.set()
    assert {str(one) for one in await waiting} == {"the host has no address"}
