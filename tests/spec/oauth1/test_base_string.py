"""What a signature is computed over."""

import pytest

from consentry.spec.oauth1.base_string import base_string, base_string_uri, normalized_parameters
from consentry.spec.oauth1.errors import ParameterRejected

from .made import parsed_with


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("HTTP://EXAMPLE.com", "http://example.com/"),
        ("https://example.com?a=1", "https://example.com/"),
        ("https://example.com/#top", "https://example.com/"),
        ("http://example.com:80/", "http://example.com/"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("http://example.com:/", "http://example.com/"),
        ("http://example.com:8080/a?b#c", "http://example.com:8080/a"),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
        ("http://a.example/B/%7ec/%2F/;d=1//", "http://a.example/B/%7ec/%2F/;d=1//"),
        ("http://a.example/../b/./c", "http://a.example/../b/./c"),
    ],
)
def test_scheme_and_host_are_lower_case_and_the_path_is_as_sent(url: str, uri: str) -> None:
    """PARITY 2.2 Base-string URI; RFC 5849 §3.4.1.2"""
    assert base_string_uri(url) == uri


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("http://[::1]/", "http://[::1]/"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("https://[::1]:443", "https://[::1]/"),
        ("https://[::1]:80/", "https://[::1]:80/"),
        ("http://[2001:DB8::A]:8080/x", "http://[2001:db8::a]:8080/x"),
        ("https://[::ffff:192.0.2.1]:443/x", "https://[::ffff:192.0.2.1]/x"),
    ],
)
def test_an_ipv6_host_loses_its_default_port_too(url: str, uri: str) -> None:
    """PARITY 6 Authlib 1.0 port rule"""
    assert base_string_uri(url) == uri


@pytest.mark.parametrize(
    "url",
    [
        "", "/photos", "//example.com/", "example.com/", "http:/example.com", "http://",
        "http:///a", "http://?a", "ftp://example.com/", "javascript://example.com/",
        "http://user@example.com/", "http://user:word@example.com/", "https://good@evil/",
        "http://a b/", "http://example.com/a b", "http://example.com/\n", "http://example.com/\0",
        "http://example.com:8o/", "http://example.com:123456/", "http://a:1:2/", "http://:80/",
        "http://::1/", "http://[::1/", "http://::1]/", "http://[::g]/", "http://[]/",
        "http://[::1]x/", "http://[fe80::1%25eth0]/", "http://exämple.com/", "http://a.example/ä",
        "http://a\\b/", "http://a.example/\ud800", " http://example.com/", "http://example.com/ ",
    ],
)  # fmt: skip
def test_what_is_no_absolute_http_url_is_refused(url: str) -> None:
    """RFC 5849 §3.4.1.2; RFC 3986 §3.2"""
    with pytest.raises(ParameterRejected, match="URL is malformed"):
        base_string_uri(url)


def test_parameters_sort_by_encoded_name_then_encoded_value() -> None:
    """PARITY 2.2 Sorting; RFC 5849 §3.4.1.3.2"""
    pairs = [("b", "1"), ("a", "~"), ("a", "2 q"), ("a", "2"), ("a", "2"), ("B", ""), ("é", "")]
    assert normalized_parameters(pairs) == "%C3%A9=&B=&a=2&a=2&a=2%20q&a=~&b=1"


def test_a_name_that_begins_another_sorts_first() -> None:
    """`a` before `a-`, though `=` comes after `-`; RFC 5849 §3.4.1.3.2"""
    assert normalized_parameters([("a-", "1"), ("a", "2")]) == "a=2&a-=1"


def test_the_parts_are_encoded_once_more_and_joined() -> None:
    """PARITY 2.2 Concatenation; RFC 5849 §3.4.1.1"""
    found = base_string("get", "http://example.com/r%20v", [("a b", "&=")])
    assert found == "GET&http%3A%2F%2Fexample.com%2Fr%2520v&a%2520b%3D%2526%253D"


def test_nothing_to_sign_still_has_both_ampersands() -> None:
    assert base_string("x-own!", "http://e.example/", []) == "X-OWN%21&http%3A%2F%2Fe.example%2F&"


@pytest.mark.parametrize(
    ("name", "text", "twice"),
    [
        ("oauth_callback", "http://a.example/%20", "http%253A%252F%252Fa.example%252F%252520"),
        ("oauth_callback", "http://a.example/?q=%25", "%252F%253Fq%253D%252525"),
        ("oauth_callback", "http://a.example/?q=1+2", "q%253D1%252B2"),
        ("oauth_token", "100%", "oauth_token%3D100%2525"),
        ("oauth_token", "%41é", "oauth_token%3D%252541%25C3%25A9"),
    ],
)
def test_a_protocol_value_is_decoded_once(name: str, text: str, twice: str) -> None:
    """PARITY 6 Authlib 1.0 base string"""
    request = parsed_with({name: text})
    assert request.protocol[name] == text
    assert twice in request.base_string
