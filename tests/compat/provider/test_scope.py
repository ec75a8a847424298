"""Scopes as bits."""

import pytest
from jinja2 import Environment

from compat.provider.mounted import Mounted
from consentry.compat.provider import install, scope
from consentry.compat.provider.constants import READ, READ_WRITE, SCOPES, WRITE
from consentry.compat.provider.forms import ScopeChoiceField, ScopeMixin
from consentry.compat.provider.jinja import scopes as scopes_filter
from consentry.compat.provider.scope import Scopes
from consentry.compat.provider.settings import ProviderSettings
from consentry.spec.errors import InvalidRequest, InvalidScope


@pytest.mark.parametrize(
    ("wants", "has", "expected"),
    [
        (READ, READ, True),
        (WRITE, READ, False),
        (WRITE, WRITE, True),
        (READ, WRITE, False),
        (READ, READ_WRITE, True),
        (WRITE, READ_WRITE, True),
    ],
)
def test_check_has_the_truth_table_of_the_reference(wants: int, has: int, expected: bool) -> None:
    """S2 scope.check, S2 Table in the reference"""
    assert scope.check(wants, has) is expected


@pytest.mark.parametrize("has", [0, READ, READ_WRITE])
def test_wanting_nothing_is_never_granted(has: int) -> None:
    """S2 scope.check: check(0, x) is False"""
    assert scope.check(0, has) is False


def test_part_of_what_is_wanted_is_not_enough() -> None:
    """S2 scope.check, S2 write alone is not read write"""
    assert not scope.check(READ_WRITE, READ)
    assert not scope.check(READ_WRITE, WRITE)
    assert scope.check(READ_WRITE, READ_WRITE)


def test_a_negative_number_does_not_pass_for_every_bit() -> None:
    """S2 scope.check"""
    with pytest.raises(ValueError, match="negative"):
        scope.check(READ, -1)


def test_names_leave_out_what_only_stands_for_others_unless_asked() -> None:
    """S2 scope.names, S2 scope.to_names, S2 composite names"""
    assert scope.to_names(READ_WRITE) == ["read", "write"]
    assert scope.names(READ_WRITE, composites=True) == ["read", "write", "read+write"]
    assert scope.names(WRITE) == ["write"]
    assert scope.names(0) == []


def test_a_wider_name_that_is_not_the_sum_of_others_is_named() -> None:
    """S2 composite names"""
    nested = Scopes([(2, "read"), (6, "write")])
    assert nested.names(6) == ["read", "write"]
    assert nested.names(4) == []


def test_to_int_ors_the_names_and_always_the_default() -> None:
    """S2 scope.to_int"""
    assert scope.to_int("read", "write") == READ_WRITE
    assert scope.to_int("write") == WRITE
    assert scope.to_int("write", default=READ) == READ_WRITE
    assert scope.to_int("nothing", default=READ) == READ
    assert scope.to_int("nothing") == 0


def test_write_implies_read_only_when_said() -> None:
    """S2 scope.to_int write_implies_read, S2 scope implication is explicit data"""
    assert scope.to_int("write", write_implies_read=True) == 6
    explicit = Scopes([*SCOPES, (8, "all")], implies={"all": ["write"], "write": ["read"]})
    assert explicit.to_int("write") == 6
    assert explicit.to_int("all") == 14
    assert explicit.to_int("read") == READ


def test_strict_refuses_an_unknown_name() -> None:
    """S2 scope.to_int strict mode"""
    with pytest.raises(InvalidScope, match="nothing is not a scope"):
        scope.to_int("read", "nothing", strict=True)


@pytest.mark.parametrize(
    "entries",
    [[], [(0, "read")], [(True, "read")], [(2, "read"), (4, "read")], [(2, "re ad")], [(2, "")]],
)
def test_what_cannot_be_a_registry_of_scopes_is_refused(entries: list[tuple[int, str]]) -> None:
    """S2 OAUTH_SCOPES"""
    with pytest.raises(ValueError, match="scope"):
        Scopes(entries)
    with pytest.raises(ValueError, match="implies"):
        Scopes(SCOPES, implies={"write": ["nothing"]})


def test_the_template_filter_takes_bits_text_and_lists() -> None:
    """S2 Template filter scopes"""
    assert scopes_filter(6) == scopes_filter("read write") == scopes_filter(["read", "write"])
    env = Environment(autoescape=True)
    install(env, Scopes([(2, "photos"), (4, "films")]))
    template = env.from_string("{{ bits | scopes | join(' ') }}")
    assert template.render(bits=6) == "photos films"


def test_a_choice_field_splits_text_and_takes_lists_and_tuples_only() -> None:
    """S2 ScopeChoiceField"""
    field = ScopeChoiceField(ProviderSettings())
    assert field.clean("read  write") == field.clean(["read", "write"]) == ["read", "write"]
    assert field.clean(("write",)) == ["write"]
    assert field.clean(None) == field.clean("") == []
    with pytest.raises(InvalidScope, match="nothing is not a valid scope"):
        field.clean("read nothing")
    with pytest.raises(InvalidRequest):
        field.clean({"read": 1})
    with pytest.raises(InvalidScope):
        field.clean("read\twrite")


def test_clean_scope_is_the_or_of_flags_or_the_default() -> None:
    """S2 ScopeMixin.clean_scope, S2 Default scope"""

    class Form(ScopeMixin):
        settings = ProviderSettings()

    assert Form().clean_scope("read write") == READ_WRITE
    assert Form().clean_scope("read+write") == READ_WRITE
    assert Form().clean_scope(None) == READ
    Form.settings = ProviderSettings(default_scope="write")
    assert Form().clean_scope(None) == WRITE
    Form.settings = ProviderSettings(default_scope=None)
    with pytest.raises(InvalidScope, match="required"):
        Form().clean_scope(None)


async def test_on_the_wire_a_scope_is_names_parted_by_spaces(mounted: Mounted) -> None:
    """S2 Scope string"""
    assert (await mounted.bought(scope="read write"))["scope"] == "read write"
    assert (await mounted.bought(scope="read+write"))["scope"] == "read write"
    [first, _] = mounted.store.access_tokens.values()
    assert first.scope == READ_WRITE


async def test_without_a_scope_the_first_is_given_or_the_request_refused() -> None:
    """S2 Default scope"""
    assert (await Mounted().bought(scope=None))["scope"] == "read"
    refusing = Mounted(settings=ProviderSettings(default_scope=None))
    page = await refusing.page(scope=None)
    assert "invalid_scope" in page.alert
