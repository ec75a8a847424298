"""Answers as they stand on the wire."""

import socket

from serve.running import Running, read_answer, request


def test_an_answer_of_unknown_length_comes_in_chunks(wire: Running) -> None:
    """RFC 9112 §7.1"""
    said = wire.send(request("/stream", "Connection: close"))
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    assert b"x-odd: 1" in head
    assert body == b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


def test_the_answer_to_head_has_no_body(wire: Running) -> None:
    """RFC 9110 §9.3.2"""
    said = wire.send(request("/pid", method="HEAD") + request("/a", "Connection: close"))
    assert b"content-length: " in said.partition(b"\r\n\r\n")[0]
    assert said.partition(b"\r\n\r\n")[2].startswith(b"HTTP/1.1 200 OK")


def test_an_answer_without_content_has_no_framing(wire: Running) -> None:
    """RFC 9110 §6.4.1"""
    said = wire.send(request("/nothing", "Connection: close"))
    assert said.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"transfer-encoding" not in said


def test_a_client_of_http_1_0_gets_one_answer(wire: Running) -> None:
    """RFC 9112 §9.3"""
    said = wire.send(b"GET /a HTTP/1.0\r\nHost: a\r\n\r\n")
    assert b"connection: close" in said
    assert said.endswith(b"/a ")


def test_a_header_that_would_end_its_line_is_never_sent(wire: Running) -> None:
    """RFC 9110 §5.5; also when the same was refused before"""
    for _ in range(2):
        said = wire.send(request("/injecting?a+Set-Cookie:b", "Connection: close"))
        assert said.startswith(b"HTTP/1.1 500")
        assert b"ookie" not in said


def test_answers_stay_right_when_many_different_headers_were_sent(wire: Running) -> None:
    with wire.connect() as connection:
        for number in range(1_200):
            connection.sendall(request(f"/injecting?{number}", "X: y"))
            assert b"location: %d\r\n" % number in read_chunked(connection)
        connection.sendall(request("/a"))
        assert read_answer(connection).endswith(b"/a ")


def read_chunked(connection: socket.socket) -> bytes:
    said = b""
    while not said.endswith(b"0\r\n\r\n"):
        said += connection.recv(65536)
    return said
