"""The claims parameter and the standard claims."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.claims import STANDARD_CLAIMS, ClaimAsk, ClaimsRequest, check_claims
from consentry.spec.errors import InvalidRequest
from consentry.spec.scope import CLAIMS_BY_SCOPE

EXAMPLE = """{"userinfo": {"given_name": {"essential": true}, "nickname": null,
 "email": {"essential": true}, "picture": null, "http://example.info/claims/groups": null},
 "id_token": {"auth_time": {"essential": true},
 "acr": {"values": ["urn:mace:incommon:iap:silver"]}}}"""

asks = st.builds(
    ClaimAsk,
    essential=st.booleans(),
    values=st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.booleans()).map(tuple),
)
requests = st.builds(
    ClaimsRequest,
    userinfo=st.dictionaries(st.sampled_from(STANDARD_CLAIMS), asks, max_size=3),
    id_token=st.dictionaries(st.sampled_from(["acr", "auth_time", "sub"]), asks, max_size=3),
)


def test_the_example_of_the_specification_reads() -> None:
    """OIDC Core §5.5"""
    asked = ClaimsRequest.parse(EXAMPLE)
    assert asked.userinfo["given_name"] == ClaimAsk(essential=True)
    assert asked.userinfo["nickname"] == ClaimAsk()
    assert set(asked.userinfo) > {"http://example.info/claims/groups"}
    assert asked.id_token["acr"].values == ("urn:mace:incommon:iap:silver",)
    assert asked


@given(requests)
def test_a_request_survives_its_json(asked: ClaimsRequest) -> None:
    assert ClaimsRequest.from_dict(json.loads(json.dumps(asked.to_dict()))) == asked


@pytest.mark.parametrize("text", [None, "{}", '{"userinfo": null}', '{"other": {"a": 1}}'])
def test_nothing_known_is_nothing_asked(text: str | None) -> None:
    assert not ClaimsRequest.parse(text)


def test_a_value_comes_before_the_values() -> None:
    asked = ClaimsRequest.parse('{"id_token": {"sub": {"value": "a", "values": ["b"]}}}')
    assert asked.id_token["sub"].values == ("a", "b")


def test_members_we_do_not_know_are_passed_over() -> None:
    """OIDC Core §5.5.1"""
    asked = ClaimsRequest.parse('{"id_token": {"sub": {"purpose": "x"}}}')
    assert asked.id_token["sub"] == ClaimAsk()


def _nested(levels: int) -> str:
    inner = "[" * (levels - 4) + "]" * (levels - 4)
    return f'{{"userinfo": {{"a": {{"values": [{inner}]}}}}}}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "1",
        "null",
        '"a"',
        '{"userinfo": []}',
        '{"userinfo": {"a": 1}}',
        '{"userinfo": {"a": {"essential": 1}}}',
        '{"userinfo": {"a": {"values": "b"}}}',
        '{"userinfo": {"a": null, "a": null}}',
        '{"userinfo": {}, "userinfo": {}}',
        '{"userinfo": {"a": {"value": NaN}}}',
        '{"userinfo": {"a": {"value": 1e999}}}',
        '{"userinfo": {"a": {"value": 9007199254740992}}}',
        '{"userinfo": {"a": {"value": ' + "9" * 5000 + "}}}",
        '{"userinfo": {"a": {"value": "\\ud800"}}}',
        '{"userinfo": {"\\ud800": null}}',
        _nested(9),
        "[" * 8000,
        '{"a":' * 1500,
        '{"userinfo": {"a": {"value": "' + "x" * 8192 + '"}}}',
    ],
)
def test_a_bad_claims_parameter_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        ClaimsRequest.parse(text)


def test_eight_levels_are_read() -> None:
    assert ClaimsRequest.parse(_nested(8)).userinfo["a"].values


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        ClaimsRequest.parse(text)
    except InvalidRequest:
        pass


def test_every_claim_of_a_scope_is_standard() -> None:
    """OIDC Core §5.4"""
    named = {claim for claims in CLAIMS_BY_SCOPE.values() for claim in claims}
    assert named | {"sub"} == set(STANDARD_CLAIMS)


def test_standard_claims_of_the_right_type_are_taken() -> None:
    """OIDC Core §5.1, §5.1.1, §5.2"""
    check_claims(
        {
            "name": "Jane Doe",
            "name#ja-Kana-JP": "ジェーン",
            "email_verified": True,
            "birthdate": "0000-02-29",
            "picture": "https://c.example/jane.png",
            "address": {"country": "NO", "postal_code": "0150"},
            "updated_at": 1311280970,
        }
    )


@pytest.mark.parametrize(
    "claims",
    [
        {"nmae": "Jane"},
        {"sub": "jane"},
        {"iss": "https://c.example"},
        {"name": 1},
        {"name": None},
        {"name": "a\0b"},
        {"name": "x" * 2049},
        {"name#": "a"},
        {"name#a b": "a"},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email_verified#en": True},
        {"updated_at": "now"},
        {"updated_at": True},
        {"updated_at": -1},
        {"updated_at": float("nan")},
        {"updated_at": float("inf")},
        {"birthdate": "1 May 1990"},
        {"birthdate": "1990-13-01"},
        {"picture": "javascript:alert(1)"},
        {"picture": 1},
        {"address": "Oslo"},
        {"address": {"planet": "Earth"}},
        {"address": {"country": 47}},
    ],
)
def test_a_claim_that_is_not_as_it_should_be_is_named(claims: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as refused:
        check_claims({"nickname": "jj", **claims})
    assert str(refused.value).startswith(f"{next(iter(claims))}: ")
