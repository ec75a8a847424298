"""PARITY 5.3 Bearer protector: one of several, all of a text."""

import pytest

from consentry.resource import ResourceProtector
from resource_library.api import Own, call, guarded_by


@pytest.mark.parametrize(
    ("scopes", "held", "is_enough"),
    [
        (None, "", True),
        ([], "", True),
        ("a", "a", True),
        ("a", "b", False),
        ("a", "", False),
        ("a b", "a", False),
        ("a b", "b c a", True),
        (["a", "b"], "b", True),
        (["a b", "c"], "c", True),
        (["a b", "c"], "a", False),
        (["a b", "c"], "b a", True),
        (("a", "b"), "c", False),
        ("a", "ab", False),
    ],
)
async def test_a_list_is_any_and_a_text_is_all(
    scopes: list[str] | str | None, held: str, is_enough: bool
) -> None:
    """PARITY 5.3 Bearer protector: OR between items, AND inside a string."""
    app = guarded_by(ResourceProtector(Own(token=held)), scopes)
    assert (await call(app, "token")).status_code == (200 if is_enough else 403)


@pytest.mark.parametrize("scopes", ["", [""], ["a", " "], 'a"b', ["a", "é"]])
def test_a_scope_that_asks_nothing_or_is_none_is_refused_at_once(scopes: list[str] | str) -> None:
    with pytest.raises(ValueError):
        ResourceProtector(Own())(scopes)
