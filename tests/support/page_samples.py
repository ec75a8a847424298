"""A sample of everything each page is given, and a reader of the HTML that comes of it."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from consentry_admin.account.profile import ADDRESS, TEXTS
from consentry_admin.listing import Listing

_FLOW = {"action": "/go", "csrf_token": "a-csrf-token", "flow": "a-flow"}
_USER = {"name": "Jane Doe", "username": "jane", "email": "jane@example.com"}
_CLIENT = {
    "name": "printer.example.com",
    "initial": "P",
    "host": "printer.example.com",
    "client_uri": "https://printer.example.com/",
    "policy_uri": "https://printer.example.com/privacy",
    "tos_uri": "https://printer.example.com/terms",
}
_SCOPES = [
    {"name": "profile", "description": "See your profile", "is_new": False, "claims": ["name"]},
    {"name": "photos.read", "description": "See your photos", "is_new": True},
]
_WHEN = datetime(2026, 11, 20, 23, 5, tzinfo=UTC)

_SHELL = {
    "nonce": "a-nonce",
    "csrf_token": "a-csrf-token",
    "theme_token": "a-theme-token",
    "me": _USER,
    "roles": ["admin"],
    "here": "/account",
    "home": "/account",
    "done": "saved",
}
_PERMISSION = {
    "name": "photos.read",
    "description": "See your photos",
    "authorizations": 2,
    "is_last": False,
}
_APP = {
    "client_id": "printer",
    "name": "printer.example.com",
    "host": "printer.example.com",
    "is_on_device": False,
    "is_own": False,
    "is_connected": True,
    "protocols": ["oauth2", "oauth1"],
    "since": _WHEN,
    "last_used": _WHEN,
    "authorizations": 2,
    "scopes": [_PERMISSION, {**_PERMISSION, "name": "photos.print", "description": ""}],
    "resources": ["Photo API"],
}
_OTHER_APP = {**_APP, "host": None, "scopes": [], "last_used": None, "is_own": True}
_HISTORY = [
    {"at": _WHEN, "decision": "withdraw", "scopes": ["See your photos"]},
    {"at": _WHEN, "decision": "approve", "scopes": []},
]
_SESSION = {
    "key": "0123456789abcdef",
    "device": "Firefox on Windows",
    "address": "203.0.113.9",
    "since": _WHEN,
    "expires_at": _WHEN,
    "is_current": True,
}
_EVENTS = [
    {
        "seq": 2,
        "at": _WHEN,
        "action": action,
        "target_kind": "client",
        "target_id": "printer",
        "address": "203.0.113.9",
        "detail": {"scope": "photos.read"},
    }
    for action in ("consent.grant", "consent.withdraw", "user.sign_in", "key.rotate")
]
_ENDING = {"sessions": 3, "apps": 2, "authorizations": 4}

SAMPLES: dict[str, dict[str, Any]] = {
    "interaction/login.html": {
        **_FLOW,
        "client_name": "printer.example.com",
        "return_host": "127.0.0.1",
        "username": "jane",
        "error": "The username or the password is wrong.",
    },
    "interaction/forgot.html": {**_FLOW},
    "interaction/mail_sent.html": {},
    "interaction/new_password.html": {
        **_FLOW,
        "token": "a-token",
        "username": "jane",
        "is_first": False,
        "error": "The password must have 8 to 1024 characters.",
    },
    "interaction/verify_email.html": {**_FLOW, "token": "a-token", "email": "jane@example.com"},
    "interaction/verified.html": {"email": "jane@example.com"},
    "interaction/select_account.html": {
        **_FLOW,
        "client_name": "printer.example.com",
        "user": _USER,
    },
    "interaction/consent.html": {
        **_FLOW,
        "client": _CLIENT,
        "user": _USER,
        "scopes": _SCOPES,
        "resources": [{"identifier": "https://api.photos.example", "name": "Photo API"}],
        "lifetime": "until you sign out",
    },
    "interaction/error.html": {
        "title": "This request cannot continue",
        "message": "The app asked for an address it has not registered.",
        "error_id": "01JD4Z9T6Y7K",
        "code": "invalid_request",
        "details": {"Received": "https://evil.example/cb"},
    },
    "interaction/logout.html": {**_FLOW, "client_name": "printer.example.com"},
    "interaction/signed_out.html": {
        "client_name": "printer.example.com",
        "continue_url": "https://printer.example.com/bye",
        "frames": ["https://album.example.com/out?iss=https%3A%2F%2Fphotos.example.com&sid=a1"],
    },
    "interaction/verifier.html": {"client_name": "printer", "verifier": "BCDFGHJK"},
    "interaction/denied.html": {"client_name": "printer"},
    "interaction/continue.html": {"target": "/oauth2/authorize?flow=sealed"},
    "interaction/form_post.html": {
        "action": "https://printer.example.com/ready",
        "parameters": {"code": "a-code", "state": "a-state"},
    },
    "account/overview.html": {
        **_SHELL,
        "apps": [_APP],
        "app_count": 1,
        "session": _SESSION,
        "other_sessions": 2,
        "member_since": _WHEN,
    },
    "account/profile.html": {
        **_SHELL,
        "values": dict.fromkeys((*TEXTS, *ADDRESS), "some text"),
        "is_proven": False,
        "can_mail": True,
        "wrong": "website",
        "error": "must be a URL",
    },
    "account/email.html": {**_SHELL, "error": "cannot be written to"},
    "account/password.html": {
        **_SHELL,
        "ending": _ENDING,
        "other_sessions": 2,
        "wrong": "new_password",
        "error": "The new password must have 8 to 1024 characters.",
    },
    "account/apps.html": {
        **_SHELL,
        "apps": Listing("/account/apps", [_APP, _OTHER_APP], "q", "name", 2, "/p", "/n"),
        "count": 60,
        "withdrawn": [{**_APP, "is_connected": False}],
    },
    "account/app.html": {**_SHELL, "app": _APP, "history": _HISTORY},
    "account/withdraw_app.html": {**_SHELL, "app": _APP},
    "account/withdraw_scope.html": {**_SHELL, "app": _APP, "scope": _PERMISSION},
    "account/sessions.html": {
        **_SHELL,
        "sessions": Listing("/account/sessions", [_SESSION, {**_SESSION, "is_current": False}]),
        "count": 60,
    },
    "account/end_session.html": {**_SHELL, "session": _SESSION},
    "account/end_others.html": {**_SHELL, "count": 3},
    "account/activity.html": {
        **_SHELL,
        "events": Listing("/account/activity", _EVENTS, previous="/p", next="/n"),
        "names": {"printer": "printer.example.com"},
    },
    "account/data.html": {**_SHELL, "chapters": ["profile", "sessions"]},
    "account/delete.html": {**_SHELL, "ending": _ENDING, "error": "This is not your password."},
    "account/deleted.html": {},
    "gallery.html": {
        **_SHELL,
        "text": "A word",
        "rows": Listing("/list", ["One", "Two"], "o", "name", 2, None, "/list?page=2"),
        "numbers": [3, 4, 2, 9, 0],
        "day": _WHEN,
    },
    "console/home.html": {"version": "0.1.0", "scheme": "http", "base_host": "localhost:8000"},
}

_VOID = {"meta", "link", "input", "br", "img", "hr"}
# An end tag these may not contain: `<p>` is closed by the parser when a block opens in it.
_BLOCKS = {"p", "div", "ul", "ol", "dl", "section", "form", "h1", "h2", "h3", "pre", "details"}
_BLOCKS |= {"table", "nav", "figure", "dialog", "fieldset"}

Element = tuple[str, dict[str, str | None]]


class Document(HTMLParser):
    """Elements and text of a page; AssertionError where tags do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> repeats an attribute: {names}"
        assert not (tag in _BLOCKS and "p" in self._open), f"<{tag}> inside <p>"
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]


def every_text(value: Any, text: str) -> Any:
    """The same value with each text in it replaced."""
    if isinstance(value, str):
        return text
    if isinstance(value, dict):
        # A nonce is ours, and no text of anybody's.
        kept = {key: value[key] for key in value if key == "nonce"}
        return {key: every_text(inner, text) for key, inner in value.items()} | kept
    if is_dataclass(value) and not isinstance(value, type):
        texts = {one.name: getattr(value, one.name) for one in fields(value)}
        return type(value)(**every_text(texts, text))
    if isinstance(value, list):
        return [every_text(inner, text) for inner in value]
    return value
