"""Which hosts a tenant may have."""

import pytest

from consentry.operations.domains import checked_domain
from consentry.operations.errors import Refused


@pytest.mark.parametrize(
    ("host", "stored"),
    [
        ("id.photos.example", "id.photos.example"),
        ("photos", "photos"),
        ("1und1.example", "1und1.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("id.photos.example:8443", "id.photos.example:8443"),
        # Reached by the base host's port, and so kept without one.
        ("id.photos.example:8000", "id.photos.example"),
        ("example.consentry.dev.example", "example.consentry.dev.example"),
    ],
)
def test_a_host_name_with_or_without_port_is_taken(host: str, stored: str) -> None:
    assert checked_domain("consentry.dev:8000", host) == stored


@pytest.mark.parametrize(
    "host",
    [
        "", ".", "a..example", "-a.example", "a-.example", "A.example", "a.example.", "a_b.example",
        "münchen.example", "127.0.0.1", "1", "a.1", "[::1]", "a.example:", "a.example:0",
        "a.example:65536", "a.example:80:80", "http://a.example", "a.example/", "a.example\n",
        "*.example", "a b.example", f"{'a' * 64}.example", f"{'a.' * 130}example",
        "consentry.dev", "consentry.dev:8000", "consentry.dev:81", "photos.consentry.dev",
        "a.b.consentry.dev:9",
    ],
)  # fmt: skip
def test_any_other_is_refused(host: str) -> None:
    with pytest.raises(Refused):
        checked_domain("consentry.dev:8000", host)
