"""Static files are kept for ever under addresses that name their content, and climb nowhere."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from consentry.web.accent import accent_css, contrast, parse_accent
from consentry.web.assets import asset_url, brand_url
from consentry.web.pages import Brand, static_route

COLOURS = st.from_regex(r"[0-9a-f]{6}", fullmatch=True)
PROPERTY = re.compile(r"--([a-z-]+):(#[0-9a-f]{6})")
THEMED = re.compile(r"--([a-z-]+):light-dark\((#[0-9a-f]{6}),(#[0-9a-f]{6})\)")


@pytest.fixture
def static() -> TestClient:
    """A client of the static files."""
    return TestClient(Starlette(routes=[static_route()]))


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("app.css", "text/css; charset=utf-8"),
        ("form_post.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_a_file_is_kept_for_ever_under_its_full_address(
    static: TestClient, name: str, media_type: str
) -> None:
    answer = static.get(asset_url(name))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("address", ["/static/app.css", "/static/app.css?v=0123456789abcdef"])
def test_other_content_than_the_address_names_is_asked_for_again(
    static: TestClient, address: str
) -> None:
    assert static.get(address).headers["cache-control"] == "no-cache"


def test_an_unchanged_file_is_not_sent_twice(static: TestClient) -> None:
    etag = static.get("/static/app.css").headers["etag"]
    again = static.get("/static/app.css", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = static.get("/static/app.css", headers={"If-None-Match": '"0123456789abcdef"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "../pages.py",
        "%2e%2e/pages.py",
        "..%2fpages.py",
        "..%5cpages.py",
        "app.css/../../pages.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "",
        ".",
        "app.css%00",
        "missing.css",
        "brand-12345.css",
        "brand-ZZZZZZ.css",
        "brand-123456.css/..",
    ],
)
def test_no_path_leads_outside(static: TestClient, path: str) -> None:
    assert static.get(f"/static/{path}").status_code == 404


def test_static_files_are_only_read(static: TestClient) -> None:
    assert static.post("/static/app.css").status_code == 405
    assert static.head("/static/app.css").status_code == 200


def test_the_accent_is_a_stylesheet_of_its_own(static: TestClient) -> None:
    answer = static.get(brand_url("ff3366"))
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"].endswith("immutable")
    assert "--accent:#ff3366" in answer.text
    assert static.get(brand_url(None)).status_code == 200


@given(COLOURS)
def test_every_accent_is_readable(accent: str) -> None:
    """WCAG 2.2 SC 1.4.3, on white and on the dark surface of app.css"""
    css = accent_css(accent)
    shared = dict(PROPERTY.findall(css))
    themed = {name: shades for name, *shades in THEMED.findall(css)}
    assert contrast(shared["accent"], shared["on-accent"]) >= 4.5
    assert contrast(shared["accent-hover"], shared["on-accent"]) >= 4.5
    for number, surfaces in enumerate((("#ffffff", "#f4f5f8"), ("#181b21", "#20242c"))):
        for surface in surfaces:
            assert contrast(themed["accent-text"][number], surface) >= 4.5
        assert contrast(themed["accent-edge"][number], surfaces[0]) >= 3


def test_contrast_is_that_of_the_guidelines() -> None:
    """WCAG 2.2, "contrast ratio": 21 for black on white, 1 for a colour on itself."""
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("text", ["#1A73E8", "1a73e8"])
def test_an_accent_is_read_with_or_without_its_mark(text: str) -> None:
    assert Brand("Photos", text).accent == "1a73e8"


@pytest.mark.parametrize("text", ["", "red", "#fff", "#1a73e8;", "1a73e8}\n", "#1a73eg"])
def test_what_is_no_colour_is_no_accent(text: str) -> None:
    with pytest.raises(ValueError, match="six hex digits"):
        parse_accent(text)
