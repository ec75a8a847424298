"""YAML that reads back as it was written."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from consentry.operations.yaml_text import YamlError, read, write

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(["yes", "NO", "on", "~", "null", "1e3", "0x1f", "1:30", "1_000", "007",
                       "2026-01-01", "=", "<<", "- a", "a: b", "#", "", " ", ".inf", "+1", "&a"])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("ab:#1 "), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_reads_back_the_same(value: object) -> None:
    assert read(write(value)).value == value


@given(VALUES)
def test_other_readers_read_it_the_same(value: object) -> None:
    assert yaml.safe_load(write(value)) == value


@given(st.text("ab:-[]{}&*!|>'\"%@#,? \n\t\x00\ufeff", max_size=30))
def test_any_text_is_a_document_or_a_mistake_on_one_of_its_lines(text: str) -> None:
    try:
        read(text)
    except YamlError as error:
        assert 1 <= error.line <= text.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("1990-01-01", "1990-01-01"),
        ("0o17", "0o17"),
        ("017", "017"),
        ("1:30", "1:30"),
        ("true", True),
        ("~", None),
        ("", None),
        ("-12", -12),
        ("1.5", 1.5),
        ("'1'", "1"),
    ],
)
def test_types_are_those_of_the_core_schema(text: str, value: object) -> None:
    """YAML 1.2 §10.3.2"""
    assert read(text).value == value


def test_every_key_knows_its_line() -> None:
    document = read("a:\n- b: 1\n  c:\n  - x\n  - y\n- {b: 2, c: [z]}\nd: 3\n")
    places = {"a": 1, "a[0].b": 2, "a[0].c": 3, "a[0].c[1]": 5, "a[1].c[0]": 6, "d": 7}
    assert {path: document.line(path) for path in places} == places
    assert document.line("a[0].nothing") == 2
    assert document.line("nothing") == 1
