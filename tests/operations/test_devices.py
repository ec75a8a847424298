"""A browser's own words, made plain."""

import pytest

from consentry.operations.devices import UNKNOWN, device_name

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME}", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/156.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 17; Pixel 11) {CHROME}", "Chrome on Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 16000.0) {CHROME}", "Chrome on ChromeOS"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} OPR/120.0", "Opera on Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
         "Firefox on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.1 Safari/605.1.15",
         "Safari on Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) CriOS/156.0 Safari/604.1",
         "Chrome on iPhone"),
        ("curl/8.20.0", "curl"),
        ("Something (Windows)", "Windows"),
        ("python-requests/2.40", UNKNOWN),
        ("", UNKNOWN),
        ("<script>boom()</script>", UNKNOWN),
    ],
)  # fmt: skip
def test_a_device_is_named_by_browser_and_system(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
