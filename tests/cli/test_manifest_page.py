"""`docs/manifest.md` lists what a manifest may hold."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from consentry.operations.manifest import ApiEntry, ClientEntry, TenantEntry, UserEntry
from consentry.records.policy import Policy
from consentry.spec.client_metadata import ClientMetadata

PAGE = (Path(__file__).parents[2] / "docs/manifest.md").read_text()
OURS = ("protocols", "skip_consent", "may_introspect", "oauth1_signature_methods",
        "oauth1_rsa_public_key")  # fmt: skip


def section(title: str) -> str:
    """The text below a heading."""
    found: str = re.split(r"^## ", PAGE.split(f"\n## {title}\n")[1], flags=re.MULTILINE)[0]
    return found


def test_every_setting_of_a_tenant_is_there_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(.+?)` \|", section("Settings of a tenant"), re.MULTILINE)
    listed = {name: yaml.safe_load(default) for name, default in rows}
    defaults = Policy().model_dump(mode="json")
    assert listed == defaults


@pytest.mark.parametrize(
    ("title", "form"), [("Tenant", TenantEntry), ("APIs", ApiEntry), ("Users", UserEntry)]
)
def test_every_key_is_there(title: str, form: type[BaseModel]) -> None:
    rows = re.findall(r"^\| (`.+?`) \|", section(title), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(form.model_fields)


def test_every_key_of_a_client_that_is_our_own_is_there() -> None:
    text = section("Clients")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", text, re.MULTILINE))
    assert set(rows) == set(OURS) < set(ClientMetadata.model_fields)
    assert all(f"`{name}`" in text for name in ClientEntry.model_fields)
    defaults = ClientMetadata.model_validate({"grant_types": []}).model_dump(
        mode="json", include=set(OURS)
    )
    shown = {name: yaml.safe_load(text.strip("`")) for name, text in rows.items()}
    assert {**shown, "oauth1_rsa_public_key": ""} == defaults
