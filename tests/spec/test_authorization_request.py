"""The authorization request."""

import json
from dataclasses import FrozenInstanceError
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec import errors
from consentry.spec.authorization_request import AuthorizationRequest, Preview, preview
from consentry.spec.claims import ClaimAsk, ClaimsRequest
from consentry.spec.forms import Form, parse_query
from consentry.spec.scope import Scope

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
CODE = {"response_type": "code", "client_id": "printer"}
IMPLICIT = {
    "response_type": "token id_token",
    "client_id": "printer",
    "scope": "openid",
    "nonce": "n",
}


def _parse(base: dict[str, str] = CODE, **more: str) -> AuthorizationRequest:
    return AuthorizationRequest.parse(parse_query(urlencode(base | more).encode()))


def test_the_least_a_client_may_ask_has_defaults_for_the_rest() -> None:
    """RFC 6749 §4.1.1"""
    assert _parse() == AuthorizationRequest(client_id="printer")
    assert _parse().scope is None
    assert _parse().response_mode == "query"


def test_everything_that_is_asked_is_read() -> None:
    asked = AuthorizationRequest.parse(
        parse_query(
            urlencode(
                [
                    ("response_type", "code"),
                    ("response_mode", "form_post"),
                    ("client_id", "printer"),
                    ("redirect_uri", "http://127.0.0.1:9999/ready"),
                    ("scope", "openid photos.read"),
                    ("state", "xyz"),
                    ("nonce", "n-0S6_WzA2Mj"),
                    ("code_challenge", CHALLENGE),
                    ("code_challenge_method", "S256"),
                    ("resource", "https://api.photos.example"),
                    ("resource", "urn:photos:b"),
                    ("resource", "https://api.photos.example"),
                    ("prompt", "login consent"),
                    ("max_age", "0"),
                    ("display", "popup"),
                    ("ui_locales", "fr-CA  not_a_tag en"),
                    ("login_hint", "jane"),
                    ("id_token_hint", "a.b.c"),
                    ("acr_values", "1 0"),
                    ("claims", '{"userinfo": {"email": null}}'),
                    ("unknown", "is passed over"),
                ]
            ).encode()
        )
    )
    assert asked == AuthorizationRequest(
        client_id="printer",
        redirect_uri="http://127.0.0.1:9999/ready",
        response_type=frozenset({"code"}),
        response_mode="form_post",
        scope=Scope.of("openid", "photos.read"),
        state="xyz",
        nonce="n-0S6_WzA2Mj",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
        resource=("https://api.photos.example", "urn:photos:b"),
        prompt=frozenset({"login", "consent"}),
        max_age=0,
        display="popup",
        ui_locales=("fr-CA", "en"),
        login_hint="jane",
        id_token_hint="a.b.c",
        acr_values=("1", "0"),
        claims=ClaimsRequest(userinfo={"email": ClaimAsk()}),
    )
    assert asked.is_oidc and not _parse().is_oidc


# Each differs from a good request in what its line shows.
REFUSED: list[tuple[dict[str, str], dict[str, str], type[errors.OAuthError]]] = [
    (CODE, {"response_type": ""}, errors.InvalidRequest),
    (CODE, {"client_id": ""}, errors.InvalidRequest),
    (CODE, {"response_type": "code token"}, errors.UnsupportedResponseType),
    (CODE, {"response_type": "none"}, errors.UnsupportedResponseType),
    (CODE, {"response_mode": "jwt"}, errors.InvalidRequest),
    (IMPLICIT, {"response_mode": "query"}, errors.InvalidRequest),
    (CODE, {"scope": 'a"b'}, errors.InvalidScope),
    (CODE, {"code_challenge": CHALLENGE}, errors.InvalidRequest),
    (CODE, {"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, errors.InvalidRequest),
    (CODE, {"code_challenge_method": "S256"}, errors.InvalidRequest),
    (CODE, {"code_challenge": "short", "code_challenge_method": "S256"}, errors.InvalidRequest),
    (CODE, {"resource": "/api"}, errors.InvalidTarget),
    (CODE, {"resource": "https://api.example#a"}, errors.InvalidTarget),
    (CODE, {"resource": "https://api.example/a b"}, errors.InvalidTarget),
    (CODE, {"prompt": "none login"}, errors.InvalidRequest),
    (CODE, {"prompt": "create"}, errors.InvalidRequest),
    (CODE, {"max_age": "-1"}, errors.InvalidRequest),
    (CODE, {"max_age": "1.5"}, errors.InvalidRequest),
    (CODE, {"max_age": "\u0661"}, errors.InvalidRequest),
    (CODE, {"max_age": "9" * 11}, errors.InvalidRequest),
    (CODE, {"display": "hologram"}, errors.InvalidRequest),
    (CODE, {"claims": "{"}, errors.InvalidRequest),
    (IMPLICIT, {"nonce": ""}, errors.InvalidRequest),
    (IMPLICIT, {"scope": "photos.read"}, errors.InvalidRequest),
    (IMPLICIT, {"scope": ""}, errors.InvalidRequest),
    (CODE, {"request": "a.b.c"}, errors.RequestNotSupported),
    (CODE, {"request_uri": "https://c.example/r"}, errors.RequestUriNotSupported),
    (CODE, {"registration": "{}"}, errors.RegistrationNotSupported),
]


@pytest.mark.parametrize(("base", "wrong", "error"), REFUSED)
def test_a_bad_request_raises_the_error_of_its_rule(
    base: dict[str, str], wrong: dict[str, str], error: type[errors.OAuthError]
) -> None:
    """RFC 6749 §4.1.2.1, RFC 7636 §4.4.1, RFC 8707 §2, OIDC Core §3.1.2.6"""
    _parse(base)
    with pytest.raises(error) as refused:
        _parse(base, **wrong)
    assert type(refused.value) is error


def test_a_token_alone_needs_no_nonce_and_no_openid() -> None:
    """RFC 6749 §4.2.1"""
    assert _parse(response_type="token").response_mode == "fragment"


def test_prompt_none_alone_is_taken() -> None:
    assert _parse(prompt="none").prompt == frozenset({"none"})


def test_only_so_many_locales_are_kept() -> None:
    assert len(_parse(ui_locales=" ".join(["en"] * 50)).ui_locales) == 16


def test_the_preview_reads_whatever_else_is_wrong() -> None:
    """RFC 6749 §4.1.2.1"""
    form = Form.of(
        client_id="printer", redirect_uri="x", state="s", response_type="?", response_mode="!"
    )
    assert preview(form) == Preview("printer", "x", "s", "?", "!")
    assert preview(Form.of()) == Preview(None, None, None, None, None)


words = st.text("abcdefgh-", min_size=1, max_size=6)
anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
requests = st.builds(
    AuthorizationRequest,
    client_id=anything,
    redirect_uri=st.none() | anything,
    response_type=st.sampled_from([frozenset({"code"}), frozenset({"id_token", "token"})]),
    response_mode=st.sampled_from(["query", "fragment", "form_post"]),
    scope=st.none() | st.lists(words, max_size=3).map(lambda names: Scope.of(*names)),
    state=st.none() | anything,
    nonce=st.none() | anything,
    code_challenge=st.none() | anything,
    code_challenge_method=st.none() | st.just("S256"),
    resource=st.lists(anything, max_size=2).map(tuple),
    prompt=st.frozensets(st.sampled_from(["login", "consent", "select_account"])),
    max_age=st.none() | st.integers(0, 10**10),
    display=st.none() | st.just("page"),
    ui_locales=st.lists(words, max_size=2).map(tuple),
    login_hint=st.none() | anything,
    id_token_hint=st.none() | anything,
    acr_values=st.lists(words, max_size=2).map(tuple),
    claims=st.builds(
        ClaimsRequest, id_token=st.dictionaries(words, st.builds(ClaimAsk), max_size=2)
    ),
)


@given(requests)
def test_a_request_survives_its_json(asked: AuthorizationRequest) -> None:
    sealed: dict[str, Any] = json.loads(json.dumps(asked.to_dict()))
    assert AuthorizationRequest.from_dict(sealed) == asked


@given(st.dictionaries(st.sampled_from(sorted({*CODE, *IMPLICIT, "prompt", "claims"})), anything))
def test_any_form_is_read_or_refused(fields: dict[str, str]) -> None:
    try:
        AuthorizationRequest.parse(Form.of(**fields))
    except errors.OAuthError:
        pass


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        _parse().scope = Scope()  # type: ignore[misc]
