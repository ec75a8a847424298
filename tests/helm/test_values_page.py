"""The schema of the values, the values and their page say the same."""

import json

import yaml

from consentry.settings import Settings
from docs.pages import blocks
from helm.chart import case, problems
from helm.derived import CHART, NOT_A_VALUE, PAGE, ROOT, SCHEMA, all_values, page, schema

ANEW = "write it anew: python3 dev.py chart"


def test_the_page_has_every_value() -> None:
    assert PAGE.read_text() == page(), ANEW


def test_the_schema_knows_every_setting() -> None:
    assert json.loads(SCHEMA.read_text()) == schema(), ANEW


def test_settings_that_are_no_value_are_secret_or_the_charts_own() -> None:
    secret = {
        name
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert NOT_A_VALUE - secret == {"base_url", "database_url", "metrics"}
    assert secret <= NOT_A_VALUE, "a secret setting must not stand in a ConfigMap"


def test_every_value_has_a_default_and_a_meaning() -> None:
    seen = {each.path for found in all_values().values() for each in found}
    assert len(seen) > 100
    for found in all_values().values():
        for each in found:
            assert each.schema["description"]
            assert each.default is not None or "[]" in each.path


def test_the_values_have_nothing_that_the_schema_does_not_know() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    rooms = {
        each.path.partition(".")[0].partition("[")[0] for r in all_values().values() for each in r
    }
    assert set(values) == rooms


def test_values_that_the_guide_shows_can_be_used() -> None:
    """Each block, on top of what every release needs."""
    shown = blocks(ROOT / "docs/kubernetes.md", "yaml")
    assert len(shown) > 5
    least = {"baseUrl": "https://id.example.com", "secrets": case("given")["secrets"]}
    for block in shown:
        assert problems({**least, **yaml.safe_load(block)}) == []


def test_the_page_names_every_case() -> None:
    cases = {f"`ci/{path.name}`" for path in CHART.glob("ci/*.yaml")}
    text = PAGE.read_text()
    assert all(f"| {one} |" in text for one in cases)
