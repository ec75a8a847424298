"""Redirect URIs: registering, matching, answering."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consentry.spec.redirect_uri import (
    append_params,
    check_link,
    check_registrable,
    matches,
    origin,
    with_fragment,
)

REGISTRABLE = [
    "https://client.example/cb",
    "https://client.example",
    "https://client.example:8443/cb?tenant=a&b=%20c",
    "https://xn--bcher-kva.example/cb",
    "https://client.example/a..b/...",
    "https://client.example/cb?next=..",
    "HTTPS://client.example/cb",
    "http://127.0.0.1:9999/ready",
    "http://127.0.0.1/ready",
    "http://[::1]:9999/ready",
    "http://localhost:3000/cb",
    "com.example.app:/oauth2redirect",
    "com.example.app://callback",
]

# Each is wrong for the one reason its line names.
REFUSED = {
    "": "characters",
    "https://c.example/" + "a" * 1_983: "characters",
    "/cb": "absolute",
    "//c.example/cb": "absolute",
    "c.example/cb": "absolute",
    "https://c.example/cb#": "fragment",
    "https://c.example/cb#a": "fragment",
    "https://user@c.example/cb": "user information",
    "https://user:pw@c.example/cb": "user information",
    "https://c.example%40evil.example/cb": "host",
    "https://c.example:@evil.example/cb": "user information",
    "com.example.app://u@h/cb": "user information",
    "https://*.c.example/cb": "not allowed",
    "https://c.example/*": "not allowed",
    "https://c.example/cb?a=*": "not allowed",
    "https://c.example/%2a": "not allowed",
    "https://c.example/a/../b": "..",
    "https://c.example/..": "..",
    "https://c.example/%2e%2e/b": "..",
    "https://c.example/.%2E/b": "..",
    "https://c.example/%252e%252e/b": "..",
    "https://c.example/a%2f..%2fb": "..",
    "https://c.example/a/..;x/b": "..",
    "https://c.example/%25252525252e": "too many times",
    "com.example.app:/a/../b": "..",
    "com.example.app:..": "..",
    "https://c.example/a b": "not allowed",
    "https://c.example/a\tb": "not allowed",
    "https://c.example/a\r\nb": "not allowed",
    "https://c.example/cb\n": "not allowed",
    "https://c.example/\x00": "not allowed",
    "https://c.example\\@evil.example/": "not allowed",
    "https://c.example/%00": "not allowed",
    "https://c.example/%0d%0a": "not allowed",
    "https://c.example/%5c": "not allowed",
    "https://c.example/%255c": "not allowed",
    "https://c.example/%zz": "not allowed",
    "https://c.example/<a>": "not allowed",
    'https://c.example/"': "not allowed",
    "https://bücher.example/cb": "not allowed",
    "https://c\u3002example/cb": "not allowed",
    "https:c.example/cb": "host",
    "https:/c.example/cb": "host",
    "https:///cb": "host",
    "https://:443/cb": "host",
    "https://c.example:/cb": "host",
    "https://c.example:0/cb": "port",
    "https://c.example:65536/cb": "port",
    "https://c.example:80a/cb": "host",
    "https://[::1/cb": "host",
    "https://[:::1]/cb": "",
    "https://c,example/cb": "host",
    "http://c.example/cb": "https",
    "http://127.0.0.2/cb": "https",
    "http://127.0.0.1.evil.example/cb": "https",
    "http://localhost.evil.example/cb": "https",
    "http://2130706433/cb": "https",
    "javascript:alert(1)": "scheme",
    "JaVaScRiPt:alert(1)": "scheme",
    "data:text/html,x": "scheme",
    "DATA:text/html,x": "scheme",
    "vbscript:x": "scheme",
    "file:///etc/passwd": "scheme",
    "blob:https://c.example/x": "scheme",
    "about:blank": "scheme",
    "view-source:https://c.example/": "scheme",
    "ftp://c.example/": "scheme",
    "ws://c.example/": "scheme",
    "intent://c.example/": "scheme",
    "urn:ietf:wg:oauth:2.0:oob": "scheme",
    "myapp:/cb": "scheme",
    "oob": "absolute",
}


@pytest.mark.parametrize("uri", REGISTRABLE)
def test_an_honest_redirect_uri_may_be_registered(uri: str) -> None:
    check_registrable(uri)


@pytest.mark.parametrize("uri", REFUSED)
def test_a_dangerous_redirect_uri_is_refused_with_its_reason(uri: str) -> None:
    """RFC 9700 §4.1, RFC 8252 §7"""
    with pytest.raises(ValueError) as refused:
        check_registrable(uri)
    assert REFUSED[uri] in str(refused.value)


@given(st.text())
def test_whatever_is_registrable_is_plain_ascii_without_a_fragment(text: str) -> None:
    for uri in (text, f"https://c.example/{text}", f"https://{text}", f"{text}:/cb"):
        try:
            check_registrable(uri)
        except ValueError:
            continue
        assert uri.isascii() and uri.isprintable() and not set(uri) & set(' #*\\<>"')
        parts = urlsplit(uri)
        assert parts.scheme in ("http", "https") or "." in parts.scheme
        assert "@" not in parts.netloc and ".." not in parts.path.split("/")


@given(
    st.lists(st.sampled_from(REGISTRABLE), unique=True), st.text() | st.sampled_from(list(REFUSED))
)
def test_only_what_is_registered_matches(registered: list[str], asked: str) -> None:
    assert all(matches(registered, uri) for uri in registered)
    assume(asked not in registered)
    assert not matches(registered, asked)


@given(st.sampled_from(REGISTRABLE), st.integers(0, 100), st.characters())
def test_one_changed_character_is_another_uri(uri: str, where: int, other: str) -> None:
    """RFC 9700 §2.1: byte for byte. Digits of a loopback port are the one allowance."""
    where %= len(uri)
    asked = uri[:where] + other + uri[where + 1 :]
    assume(asked != uri and not other.isdigit() and ":" not in (other, uri[where]))
    assert not matches([uri], asked)


@given(
    st.sampled_from(["http://127.0.0.1", "http://[::1]"]),
    st.sampled_from(["", "/", "/ready", "/ready?a=1", "?a=1"]),
    st.none() | st.integers(1, 65535),
    st.none() | st.integers(1, 65535),
)
def test_the_port_of_a_loopback_literal_is_free(
    host: str, rest: str, registered: int | None, asked: int | None
) -> None:
    """RFC 8252 §7.3"""
    ports = ["" if port is None else f":{port}" for port in (registered, asked)]
    assert matches([host + ports[0] + rest], host + ports[1] + rest)


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("http://localhost:1/cb", "http://localhost:2/cb"),
        ("https://127.0.0.1:1/cb", "https://127.0.0.1:2/cb"),
        ("https://c.example/cb", "https://c.example:443/cb"),
        ("http://127.0.0.1:1/cb", "http://[::1]:1/cb"),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/CB"),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb/"),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb?x=1"),
        ("http://127.0.0.1:1/cb", "HTTP://127.0.0.1:2/cb"),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:0/cb"),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:99999/cb"),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:/cb"),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2@evil.example/cb"),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1.evil.example:2/cb"),
        ("http://127.0.0.1:1", "http://127.0.0.1:2/"),
        ("https://c.example/callback", "https://c.example/call"),
        ("oob", "oob"),
    ],
)
def test_nothing_else_may_differ(registered: str, asked: str) -> None:
    assert not matches([registered], asked)


@given(
    st.sampled_from(REGISTRABLE),
    st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1),
)
def test_parameters_join_the_query_that_is_there(uri: str, params: dict[str, str]) -> None:
    """RFC 6749 §3.1.2"""
    before = parse_qsl(urlsplit(uri).query)
    answer = append_params(uri, params)
    assert parse_qsl(urlsplit(answer).query) == before + list(params.items())
    assert answer.startswith(uri)
    fragment = with_fragment(uri, params)
    assert fragment.startswith(uri + "#")
    assert parse_qsl(urlsplit(fragment).fragment) == list(params.items())


@pytest.mark.parametrize(
    ("uri", "answer"),
    [
        ("https://c.example/cb", "https://c.example/cb?a=1"),
        ("https://c.example/cb?", "https://c.example/cb?a=1"),
        ("https://c.example/cb?b=2", "https://c.example/cb?b=2&a=1"),
        ("https://c.example/cb?b=2&", "https://c.example/cb?b=2&a=1"),
    ],
)
def test_the_query_is_joined_with_the_right_sign(uri: str, answer: str) -> None:
    assert append_params(uri, {"a": "1"}) == answer


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://C.example/cb?x", "https://c.example"),
        ("https://c.example:8443/cb", "https://c.example:8443"),
        ("http://127.0.0.1:9999/ready", "http://127.0.0.1:9999"),
        ("http://[::1]:9999/ready", "http:"),
        ("com.example.app:/cb", "com.example.app:"),
        ("com.example.app://host/cb", "com.example.app:"),
    ],
)
def test_a_form_may_lead_to_the_origin_of_the_client(uri: str, source: str) -> None:
    assert origin(uri) == source


def test_an_origin_never_carries_a_second_directive() -> None:
    with pytest.raises(ValueError):
        origin("https://c.example; script-src *")


@pytest.mark.parametrize("link", ["https://c.example/tos#a b", "http://c.example/", "javascript:a"])
def test_a_link_is_https(link: str) -> None:
    with pytest.raises(ValueError):
        check_link(link)
    check_link("https://c.example/tos?lang=en")
    check_link("http://localhost:8000/tos")
