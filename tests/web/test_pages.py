"""Pages keep what others wrote inert, and say the same with and without scripts."""

from collections.abc import Callable
from typing import Any

import pytest
from jinja2 import UndefinedError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from consentry.web.pages import Brand, action_source, add_pages, render
from support.page_samples import SAMPLES, Document, every_text

EVERY_PAGE = pytest.mark.parametrize("template", SAMPLES)
HOSTILE = "\"'></title><script>boom()</script><img src=x onerror=boom()>{{7*7}}&lt;\u202e"

PHOTOS = Brand("Photos", None)

Show = Callable[..., Any]


@pytest.fixture
def show() -> Show:
    """`show(template, brand=..., form_action=..., **context)`: the answer to one GET."""
    add_pages("consentry_admin")
    add_pages("support")

    def answer(template: str, *, brand: Brand = PHOTOS, **given: Any) -> Any:
        async def endpoint(request: Request) -> Response:
            return render(template, request=request, brand=brand, **given)

        return TestClient(Starlette(routes=[Route("/page", endpoint)])).get("/page")

    return answer


@EVERY_PAGE
def test_a_page_is_well_formed(show: Show, template: str) -> None:
    answer = show(template, **SAMPLES[template])
    page = Document(answer.text)
    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert page.all("main")[0]["id"] == "main"
    assert page.all("a")[0]["href"] == "#main"


@EVERY_PAGE
def test_ids_are_unique_and_every_field_has_a_label(show: Show, template: str) -> None:
    page = Document(show(template, **SAMPLES[template]).text)
    ids = [given["id"] for _, given in page.elements if "id" in given]
    labelled = {given["for"] for given in page.all("label")}
    fields = {given["id"] for given in page.all("input") if given["type"] != "hidden"}
    assert len(set(ids)) == len(ids)
    assert fields == labelled


@EVERY_PAGE
def test_hostile_text_adds_no_element_and_no_attribute(show: Show, template: str) -> None:
    """THREATS 42: the page has the very skeleton it has for harmless text."""
    tame = every_text(SAMPLES[template], "plain")
    wild = every_text(SAMPLES[template], HOSTILE)
    before = Document(show(template, brand=Brand("plain", None), **tame).text)
    after = Document(show(template, brand=Brand(HOSTILE, None), **wild).text)

    def skeleton(page: Document) -> list[tuple[str, list[str]]]:
        return [(tag, sorted(given)) for tag, given in page.elements]

    assert skeleton(after) == skeleton(before)
    assert "49" not in after.text


@EVERY_PAGE
def test_no_page_has_inline_script_or_style(show: Show, template: str) -> None:
    """THREATS 43"""
    page = Document(show(template, **SAMPLES[template]).text)
    assert not page.all("style")
    assert all("src" in given for given in page.all("script"))
    for tag, given in page.elements:
        assert "style" not in given, tag
        assert not [name for name in given if name.startswith("on")], tag


@pytest.mark.parametrize(
    ("template", "gone"),
    [
        ("interaction/login.html", "csrf_token"),
        ("interaction/login.html", "error"),
        ("interaction/select_account.html", "user"),
        ("interaction/consent.html", "flow"),
        ("interaction/consent.html", "lifetime"),
        ("interaction/error.html", "error_id"),
        ("interaction/logout.html", "csrf_token"),
        ("interaction/form_post.html", "action"),
        ("account/profile.html", "csrf_token"),
        ("account/overview.html", "me"),
        ("account/delete.html", "ending"),
        ("console/home.html", "base_host"),
    ],
)
def test_a_page_refuses_to_leave_out_what_it_needs(show: Show, template: str, gone: str) -> None:
    given = {name: value for name, value in SAMPLES[template].items() if name != gone}
    with pytest.raises(UndefinedError, match=gone):
        show(template, **given)


def test_the_policy_lets_in_nothing_but_our_own_files(show: Show) -> None:
    answer = show("interaction/signed_out.html", form_action=("https://app.example:8443", "app:"))
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
        "connect-src 'self'; form-action 'self' https://app.example:8443 app:; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_the_policy_lets_in_frames_of_the_origins_that_are_named_and_no_other(show: Show) -> None:
    """CSP Level 3 §6.1.6: nothing else of the policy is any wider."""
    plain = show("interaction/signed_out.html").headers["content-security-policy"]
    framed = show(
        "interaction/signed_out.html", frame_src=("https://a.example", "https://b.example:8")
    )
    added = "frame-src https://a.example https://b.example:8; "
    policy = framed.headers["content-security-policy"]
    assert "frame-src" not in plain and policy.count(added) == 1
    assert policy.replace(added, "") == plain


def test_a_callers_headers_cannot_loosen_the_policy(show: Show) -> None:
    loose = {"Content-Security-Policy": "default-src *", "Cache-Control": "public", "X-Id": "1"}
    answer = show("interaction/signed_out.html", headers=loose, status=403)
    assert answer.headers.get_list("content-security-policy")[0].startswith("default-src 'none'")
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert (answer.headers["x-id"], answer.status_code) == ("1", 403)


@pytest.mark.parametrize(
    "source",
    ["*", "https://a.example; script-src *", "https://a.example https://b.example", "'none'", "a"],
)
def test_a_source_that_would_change_the_policy_is_refused(show: Show, source: str) -> None:
    with pytest.raises(ValueError, match="form-action"):
        show("interaction/signed_out.html", form_action=(source,))
    with pytest.raises(ValueError, match="frame-src"):
        show("interaction/signed_out.html", frame_src=(source,))


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://app.example/cb?x=1", "https://app.example"),
        ("http://127.0.0.1:9999/ready", "http://127.0.0.1:9999"),
        ("http://[::1]:9999/ready", "http:"),
        ("com.example.app:/cb", "com.example.app:"),
        ("https://app.example;x/cb", "https:"),
    ],
)
def test_a_redirect_uri_becomes_the_narrowest_source_a_policy_can_name(
    uri: str, source: str
) -> None:
    assert action_source(uri) == source


@pytest.mark.parametrize(
    "link",
    [
        "http://app.example/",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,hello",
        "//app.example/",
        "https:app.example",
        "https://bank.example@app.example/",
        "https://app.example\\@bank.example/",
        "https://[app.example/",
        None,
    ],
)
def test_consent_links_only_to_https(show: Show, link: str | None) -> None:
    """THREATS 42"""
    sample = SAMPLES["interaction/consent.html"]
    shown = {**sample["client"], "policy_uri": link, "tos_uri": "https://app.example/terms"}
    page = Document(show("interaction/consent.html", **{**sample, "client": shown}).text)
    out = page.all("a")[1:]
    assert [given["href"] for given in out] == [
        "https://printer.example.com/",
        "https://app.example/terms",
    ]
    assert all("noopener" in str(given["rel"]) for given in out)


def test_consent_tells_what_is_new_from_what_was_allowed(show: Show) -> None:
    text = Document(
        show("interaction/consent.html", **SAMPLES["interaction/consent.html"]).text
    ).text
    new, known = text.index("It now also asks to"), text.index("You already allowed it to")
    assert new < text.index("See your photos") < known < text.index("See your profile")


def test_consent_names_the_address_one_returns_to(show: Show) -> None:
    sample = SAMPLES["interaction/consent.html"]
    shown = {**sample["client"], "name": "Your Bank", "host": "127.0.0.1"}
    page = Document(show("interaction/consent.html", **{**sample, "client": shown}).text)
    assert "You return to an app on this device, 127.0.0.1" in page.text


def test_an_error_page_leads_nowhere_but_to_itself(show: Show) -> None:
    """THREATS 11: not even the address that was asked for becomes a link."""
    page = Document(show("interaction/error.html", **SAMPLES["interaction/error.html"]).text)
    assert [given["href"] for given in page.all("a")] == ["#main"]
    assert not page.all("form")
    assert "https://evil.example/cb" in page.text


def test_signed_out_ignores_an_address_that_is_no_web_address(show: Show) -> None:
    answer = show("interaction/signed_out.html", continue_url="javascript:boom()")
    assert [given["href"] for given in Document(answer.text).all("a")] == ["#main", "/login"]


def test_sign_in_starts_where_the_person_has_to_type(show: Show) -> None:
    sample = {**SAMPLES["interaction/login.html"], "error": None}
    for username, focused in (("", "username"), ("jane", "password")):
        page = Document(show("interaction/login.html", **{**sample, "username": username}).text)
        assert [given["id"] for given in page.all("input") if "autofocus" in given] == [focused]
        assert 'role="alert"' not in str(page.elements)


def test_a_refused_sign_in_marks_both_fields_alike(show: Show) -> None:
    """THREATS 48: the page does not tell which of the two was wrong."""
    page = Document(show("interaction/login.html", **SAMPLES["interaction/login.html"]).text)
    fields = [given for given in page.all("input") if given["type"] != "hidden"]
    assert [given["aria-invalid"] for given in fields] == ["true", "true"]
    assert {given["aria-describedby"] for given in fields} == {"form-error"}
    assert [given["role"] for given in page.all("div") if "role" in given] == ["alert"]


def test_form_post_carries_every_parameter_and_its_own_script(show: Show) -> None:
    given = {"code": '"><b>', "submit": "x", "iss": "https://photos.example"}
    page = Document(
        show("interaction/form_post.html", action="https://a.example/", parameters=given).text
    )
    assert {field["name"]: field["value"] for field in page.all("input")} == given
    assert page.all("form")[0]["action"] == "https://a.example/"
    assert [str(script["src"]).split("?")[0] for script in page.all("script")] == [
        "/static/form_post.js"
    ]


def test_an_account_without_apps_says_so(show: Show) -> None:
    sample = {**SAMPLES["account/overview.html"], "apps": [], "app_count": 0}
    me = {"name": None, "username": "jane", "email": None}
    page = Document(show("account/overview.html", **{**sample, "me": me}).text)
    assert "No connected apps" in page.text
    assert page.text.count("Not set") == 2


def test_each_app_is_withdrawn_by_a_form_of_its_own(show: Show) -> None:
    page = Document(show("account/withdraw_app.html", **SAMPLES["account/withdraw_app.html"]).text)
    form = page.all("form")[-1]
    assert (form["action"], form["method"]) == ("/account/apps/printer/withdraw", "post")


@EVERY_PAGE
def test_htmx_minds_no_element_without_the_nonce_of_the_page(show: Show, template: str) -> None:
    page = Document(show(template, **SAMPLES[template]).text)
    minded = [given for _, given in page.elements if any(name[:3] == "hx-" for name in given)]
    assert all(given["hx-nonce"] == SAMPLES[template]["nonce"] for given in minded)


def test_scripts_of_a_page_with_a_nonce_must_carry_it(show: Show) -> None:
    """THREATS 43: and no text becomes markup but through htmx's own policy."""
    answer = show("account/overview.html", **SAMPLES["account/overview.html"])
    policy = answer.headers["content-security-policy"].split("; ")
    assert "script-src 'nonce-a-nonce'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "trusted-types htmx" in policy
    scripts = Document(answer.text).all("script")
    assert {given["nonce"] for given in scripts} == {"a-nonce"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_said_on_the_page(show: Show, theme: str) -> None:
    page = Document(show("interaction/signed_out.html", theme=theme).text)
    assert page.all("html") == [{"lang": "en", "data-theme": theme}]
