"""What a client asks at the authorization endpoint, read once and frozen.

RFC 6749 §4.1.1 and §4.2.1, RFC 7636 §4.3, RFC 8707 §2, OIDC Core §3.1.2.1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from . import scope as scopes
from .claims import ClaimsRequest
from .errors import (
    InvalidRequest,
    OAuthError,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
)
from .forms import Form
from .pkce import check_challenge
from .resource_indicator import check_resources
from .response_types import check_response_mode, check_response_type, normalize
from .scope import Scope

PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})
DISPLAYS: Final = ("page", "popup", "touch", "wap")
_MAX_AGE = re.compile(r"[0-9]{1,10}")
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_MAX_LOCALES: Final = 16
_NOT_SUPPORTED: Final[dict[str, type[OAuthError]]] = {
    "request": RequestNotSupported,
    "request_uri": RequestUriNotSupported,
    "registration": RegistrationNotSupported,
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What decides where an error may go, before anything is checked; None when omitted."""

    client_id: str | None
    redirect_uri: str | None
    state: str | None
    response_type_text: str | None
    response_mode_text: str | None


def preview(form: Form) -> Preview:
    """What must be looked at first: a redirect waits for a good client and redirect_uri.

    Never raises (RFC 6749 §4.1.2.1).
    """
    return Preview(
        client_id=form.get("client_id"),
        redirect_uri=form.get("redirect_uri"),
        state=form.get("state"),
        response_type_text=form.get("response_type"),
        response_mode_text=form.get("response_mode"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A well-formed request; whether the client may ask it is for later steps.

    scope: None when omitted. max_age: seconds. resource: absolute URIs. response_mode: the
    one to answer in, asked for or by default.
    """

    client_id: str
    redirect_uri: str | None = None
    response_type: frozenset[str] = frozenset({"code"})
    response_mode: str = "query"
    scope: Scope | None = None
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    resource: tuple[str, ...] = ()
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    display: str | None = None
    ui_locales: tuple[str, ...] = ()
    login_hint: str | None = None
    id_token_hint: str | None = None
    acr_values: tuple[str, ...] = ()
    claims: ClaimsRequest = field(default_factory=ClaimsRequest)

    @classmethod
    def parse(cls, form: Form) -> "AuthorizationRequest":
        """The request a form spells.

        Raises the OAuthError the source sections name: InvalidRequest,
        UnsupportedResponseType, InvalidScope, InvalidTarget, RequestNotSupported,
        RequestUriNotSupported, RegistrationNotSupported.
        """
        _refuse_unsupported(form)
        types = normalize(form.require("response_type"))
        check_response_type(types)
        challenge, method = form.get("code_challenge"), form.get("code_challenge_method")
        check_challenge(challenge, method)
        scope_text = form.get("scope")
        asked = cls(
            client_id=form.require("client_id"),
            redirect_uri=form.get("redirect_uri"),
            response_type=types,
            response_mode=check_response_mode(types, form.get("response_mode")),
            scope=None if scope_text is None else Scope.parse(scope_text),
            state=form.get("state"),
            nonce=form.get("nonce"),
            code_challenge=challenge,
            code_challenge_method=method,
            resource=check_resources(form.all("resource")),
            prompt=_prompt(form.get("prompt")),
            max_age=_max_age(form.get("max_age")),
            display=_display(form.get("display")),
            ui_locales=_locales(form.get("ui_locales")),
            login_hint=form.get("login_hint"),
            id_token_hint=form.get("id_token_hint"),
            acr_values=_words(form.get("acr_values")),
            claims=ClaimsRequest.parse(form.get("claims")),
        )
        _check_id_token(asked)
        return asked

    @property
    def is_oidc(self) -> bool:
        """Whether this is an authentication request (OIDC Core §3.1.2.1)."""
        return self.scope is not None and scopes.OPENID in self.scope

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON without what was omitted; `from_dict` gives an equal value back."""
        members: dict[str, Any] = {}
        for name in _FIELDS:
            value = getattr(self, name)
            if value is not None and value != () and value != frozenset():
                members[name] = _plain(value)
        if not self.claims:
            del members["claims"]
        return members

    @classmethod
    def from_dict(cls, members: Mapping[str, Any]) -> "AuthorizationRequest":
        """The request `to_dict` wrote; not checked again, so only for what we sealed."""
        given = dict(members)
        for name in ("response_type", "prompt"):
            given[name] = frozenset(given.get(name, ()))
        for name in ("resource", "ui_locales", "acr_values"):
            given[name] = tuple(given.get(name, ()))
        if "scope" in given:
            given["scope"] = Scope.parse(given["scope"])
        given["claims"] = ClaimsRequest.from_dict(given.get("claims", {}))
        return cls(**given)


_FIELDS: Final = tuple(each.name for each in fields(AuthorizationRequest))


def _plain(value: Any) -> Any:
    if isinstance(value, Scope):
        return str(value)
    if isinstance(value, ClaimsRequest):
        return value.to_dict()
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


def _refuse_unsupported(form: Form) -> None:
    for name, error in _NOT_SUPPORTED.items():
        if name in form:
            raise error(f"{name} is not supported", rule=name)


def _check_id_token(asked: AuthorizationRequest) -> None:
    """An ID token in the front channel needs `openid` and a nonce (OIDC Core §3.2.2.1)."""
    if "id_token" not in asked.response_type:
        return
    if not asked.is_oidc:
        raise InvalidRequest("an ID token needs the scope openid", rule="scope openid")
    if asked.nonce is None:
        raise InvalidRequest("nonce is required for this response_type", rule="nonce")


def _prompt(text: str | None) -> frozenset[str]:
    asked = frozenset(_words(text))
    if not asked <= PROMPTS:
        raise InvalidRequest("prompt has an unknown value", rule="prompt", received=text or "")
    if "none" in asked and len(asked) > 1:
        raise InvalidRequest("prompt none stands alone", rule="prompt", received=text or "")
    return asked


def _max_age(text: str | None) -> int | None:
    if text is None:
        return None
    if not _MAX_AGE.fullmatch(text):
        raise InvalidRequest("max_age must be whole seconds", rule="max_age", received=text)
    return int(text)


def _display(text: str | None) -> str | None:
    if text is not None and text not in DISPLAYS:
        raise InvalidRequest("display has an unknown value", rule="display", received=text)
    return text


def _locales(text: str | None) -> tuple[str, ...]:
    """The language tags; what is none is passed over, never an error (OIDC Core §3.1.2.1)."""
    return tuple(word for word in _words(text) if _LANGUAGE_TAG.fullmatch(word))[:_MAX_LOCALES]


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word for word in (text or "").split(" ") if word)
