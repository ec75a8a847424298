"""The HTTP/1.1 wire, from raw sockets."""

import time

import pytest

from serve.running import Running, read_all, read_answer, request, until

CHUNKED = b"Transfer-Encoding: chunked\r\n"
SOON_S = 12
"""Less than the fifteen seconds of a server that was told nothing about the time."""
START = b"POST /x HTTP/1.1\r\nHost: a\r\n"


def status(said: bytes) -> int:
    return int(said.split()[1])


def answers(said: bytes) -> list[int]:
    return [int(part.split()[0]) for part in said.split(b"HTTP/1.1 ")[1:]]


def test_a_request_is_answered_and_the_connection_kept(wire: Running) -> None:
    with wire.connect() as connection:
        for path in (b"/a", b"/b"):
            connection.sendall(request(path.decode()))
            said = read_answer(connection)
            assert status(said) == 200
            assert said.endswith(path + b" ")
            assert b"\r\ndate: " in said
            assert b"server:" not in said


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"Content-Length: 5, 5\r\n\r\nabcde",
        b"Content-Length: +5\r\n\r\nabcde",
        b"Content-Length : 5\r\n\r\nabcde",
        b"X: a\r\n b\r\n\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: identity\r\n\r\nabc",
        b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"\r\n5\nabcde\n0\n\n",
        CHUNKED + b"\r\n0x5\r\nabcde\r\n0\r\n\r\n",
        CHUNKED + b"\r\n-5\r\nabcde\r\n0\r\n\r\n",
        CHUNKED + b"\r\nfffffffffffffffff\r\nabcde\r\n0\r\n\r\n",
        CHUNKED + b"\r\n5;a\nabcde\r\n0\r\n\r\n",
        b"Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 5\r\n\r\nabcde",
        b"Upgrade: h2c\r\nConnection: Upgrade\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
        b"X: a\rY: b\r\n\r\n",
        b"X: a\x00b\r\n\r\n",
        b"X(: a\r\n\r\n",
        b"no colon\r\n\r\n",
    ],
)
def test_a_body_two_servers_may_measure_differently_is_refused(
    wire: Running, framing: bytes
) -> None:
    """RFC 9112 §6.3, §11.2; what follows is never taken for a second request"""
    said = wire.send(START + framing + request("/second"))
    assert answers(said) == [400]
    assert b"connection: close" in said.lower()
    assert b"/second" not in said


@pytest.mark.parametrize(
    "start",
    [
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://a@other/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_malformed_start_is_answered_400(wire: Running, start: bytes) -> None:
    assert answers(wire.send(start)) == [400]


def test_a_full_address_is_taken_when_the_host_field_says_the_same(wire: Running) -> None:
    """RFC 9112 §3.2.2"""
    said = wire.send(b"GET http://A/x?y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert said.endswith(b"/x ")


def test_an_offer_to_upgrade_is_ignored_and_ends_the_connection(wire: Running) -> None:
    """RFC 9110 §7.8"""
    said = wire.send(request("/a", "Connection: Upgrade", "Upgrade: h2c") + request("/second"))
    assert answers(said) == [200]
    assert b"connection: close" in said


def test_a_trailer_does_not_become_a_header(wire: Running) -> None:
    """RFC 9110 §6.5.1"""
    body = b"3\r\nabc\r\n0\r\nAuthorization: Basic eDp5\r\n\r\n"
    said = wire.send(
        b"POST /headers HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + CHUNKED + b"\r\n" + body
    )
    assert status(said) == 200
    assert b"host" in said
    assert b"authorization" not in said


def test_pipelined_requests_are_answered_in_order(wire: Running) -> None:
    """RFC 9112 §9.3.2"""
    said = wire.send(
        request("/slow?0.2")
        + request("/b", method="POST", body=b"body")
        + request("/c", "Connection: close")
    )
    assert answers(said) == [200, 200, 200]
    assert said.index(b"slow") < said.index(b"/b body") < said.index(b"/c ")


def test_an_error_does_not_pass_for_the_answer_to_an_earlier_request(wire: Running) -> None:
    said = wire.send(request("/slow?0.2") + b"rubbish\r\n\r\n")
    assert answers(said) == [200]
    assert said.endswith(b"slow")


def test_more_pipelined_requests_than_wait_end_the_connection(wire: Running) -> None:
    said = wire.send(request("/slow?0.2") + request("/a") * 200)
    assert 1 < len(answers(said)) < 140
    assert set(answers(said)) == {200}


def test_a_head_of_thirty_kilobytes_is_read(wire: Running) -> None:
    said = wire.send(request("/a", "X: " + "a" * 30_000, "Connection: close"))
    assert status(said) == 200


@pytest.mark.parametrize(
    "head",
    [
        request("/a", "X: " + "a" * 33_000),
        request("/" + "a" * 33_000),
        request("/a", *("A: b" for _ in range(6_000))),
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 400_000,
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X" * 400_000,
        b"\r\n" * 40_000 + b"GET / HTTP/1.1\r\nHost: a\r\n",
    ],
    ids=["value", "target", "many", "endless value", "endless name", "blank lines"],
)
def test_a_head_above_32_kib_is_answered_431(wire: Running, head: bytes) -> None:
    """RFC 6585 §5"""
    assert answers(wire.send(head)) == [431]


def test_a_large_head_is_refused_behind_a_body_too(wire: Running) -> None:
    first = request("/a", method="POST", body=b"b" * 20_000)
    said = wire.send(first + b"GET / HTTP/1.1\r\nX: " + b"a" * 80_000)
    assert answers(said) in ([200, 431], [200])


def test_trailers_count_as_a_head(wire: Running) -> None:
    said = wire.send(START + CHUNKED + b"\r\n0\r\n" + b"A: b\r\n" * 10_000)
    assert answers(said) == [431]


@pytest.mark.parametrize(
    "part",
    [
        b"GET / HTT",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        START + b"Content-Length: 10\r\n\r\nabc",
        START + CHUNKED + b"\r\n3\r\nab",
    ],
    ids=["first line", "head", "body", "chunk"],
)
def test_a_half_sent_request_is_cut_with_408(hasty: Running, part: bytes) -> None:
    began = time.monotonic()
    assert answers(hasty.send(part)) == [408]
    assert 0.4 < time.monotonic() - began < SOON_S


def test_bytes_that_trickle_do_not_lengthen_the_time(hasty: Running) -> None:
    began = time.monotonic()
    with hasty.connect() as connection:
        connection.settimeout(0.05)
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        said = b""
        while not said and time.monotonic() - began < SOON_S:
            try:
                said = connection.recv(1000)
            except TimeoutError:
                connection.sendall(b"a")
    assert status(said) == 408
    assert 0.4 < time.monotonic() - began < SOON_S


@pytest.mark.parametrize("said", [b"", b"\r\n"], ids=["nothing", "a blank line"])
def test_a_connection_that_asks_nothing_is_closed_in_silence(hasty: Running, said: bytes) -> None:
    began = time.monotonic()
    assert hasty.send(said) == b""
    assert 0.4 < time.monotonic() - began < SOON_S


def test_a_blank_line_between_requests_does_not_hold_the_connection(hasty: Running) -> None:
    with hasty.connect() as connection:
        connection.sendall(request("/a"))
        assert status(read_answer(connection)) == 200
        began = time.monotonic()
        connection.sendall(b"\r\n")
        assert read_all(connection) == b""
        assert 0.4 < time.monotonic() - began < SOON_S


def test_a_slow_answer_is_not_cut(hasty: Running) -> None:
    assert hasty.get("/slow?0.8") == (200, b"slow")


def test_an_idle_connection_outlives_the_time_of_a_request(hasty: Running) -> None:
    with hasty.connect() as connection:
        connection.sendall(request("/slow?0.8"))
        assert status(read_answer(connection)) == 200
        connection.settimeout(0.8)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.sendall(request("/a", "Connection: close"))
        assert status(read_all(connection)) == 200


def test_an_answer_given_before_the_body_arrives_whole(wire: Running) -> None:
    """RFC 9112 §9.6: no reset overtakes it, however much the client still sends"""
    head = (
        b"POST /early HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n"
    )
    said = wire.send(head + b"a" * 3_000_000)
    assert answers(said) == [403]
    assert said.endswith(b"no")


def test_a_client_that_waits_is_told_to_continue(wire: Running) -> None:
    """RFC 9110 §10.1.1"""
    with wire.connect() as connection:
        connection.sendall(START + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert read_answer(connection).endswith(b"/x abc")


def test_a_client_that_reads_no_answer_is_cut_off(hasty: Running) -> None:
    # A server too busy to have begun so soon is given more time.
    assert any(is_cut_off(hasty, idle_s) for idle_s in (1.5, 6.0, SOON_S))
    assert hasty.get("/a")[0] == 200


def is_cut_off(server: Running, idle_s: float) -> bool:
    """Whether who reads nothing for so long is left with a part of the answer."""
    with server.connect() as connection:
        connection.sendall(request("/large"))
        time.sleep(idle_s)
        return len(read_all(connection)) < 20_000_000


def test_what_was_cut_is_in_the_log_without_what_was_sent(wire: Running) -> None:
    wire.send(b"GET /?code=SplxlOBeZQ HTTP/9\r\n\r\n")
    lines = until(lambda: wire.events("request_cut"))
    assert {"status", "reason", "client"} <= lines[-1].keys()
    assert "SplxlOBeZQ" not in repr(wire.lines) + "".join(wire.other)
