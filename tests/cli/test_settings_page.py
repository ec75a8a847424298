"""`docs/settings.md` says what the program does."""

import re
from pathlib import Path

import pytest

from consentry.settings import Settings

PAGE = Path(__file__).parents[2] / "docs/settings.md"
ROW = re.compile(r"^\| `(CONSENTRY_\w+)` \| `([^`]*)` \| (.+) \|$", re.MULTILINE)


def test_the_settings_page_lists_every_setting_with_its_default_and_meaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CONSENTRY_{name.upper()}", raising=False)
    settings = Settings()
    expected = [(row["name"], row["default"], row["meaning"]) for row in settings.described()]
    assert sorted(ROW.findall(PAGE.read_text())) == sorted(expected)
