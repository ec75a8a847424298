"""What the documentation names is there, and what is there is named."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from consentry.main import TENANT_ENDPOINTS, base_endpoints
from consentry.metrics import registry
from consentry.settings import Settings
from consentry.spec import errors
from consentry.spec.oauth1 import errors as oauth1_errors
from consentry.store.memory import memory_store
from consentry.store.ports import Store
from docs.pages import PAGES, ROOT, anchors, links, text_of
from docs.palette import size_of
from docs.pictures import IMAGES, SCHEMES, SHOTS, WIDTH

HTTP, OPERATIONS = ROOT / "docs/http.md", ROOT / "docs/operations.md"
_SETTING = re.compile(r"CONSENTRY_[A-Z][A-Z0-9_]*")
_ADDRESS = re.compile(r"^### `(/[^`]*)`$")
ELSEWHERE = ("consumer_key_unknown", "permission_denied")
_SUFFIXES = {"counter": "_total", "info": "_info"}


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    made = await memory_store()
    yield made
    await made.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in links(page):
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        if fragment:
            assert fragment in anchors(target), f"{link}: no such heading"


def test_every_page_is_in_the_navigation() -> None:
    named = set(re.findall(r'"([a-z0-9-]+\.md)"', (ROOT / "zensical.toml").read_text()))
    assert named == {page.name for page in PAGES if page.parent.name == "docs"}


def test_pictures_load_nothing_from_elsewhere() -> None:
    for picture in (ROOT / "docs/images").glob("*.svg"):
        drawn = picture.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "://" not in drawn, picture.name
        assert "prefers-color-scheme: dark" in drawn, picture.name


def test_pictures_of_pages_are_there_in_both_themes_and_small() -> None:
    for name, height, *_ in SHOTS:
        for scheme in SCHEMES:
            picture = (IMAGES / f"{name}-{scheme}.png").read_bytes()
            assert size_of(picture) == (WIDTH, height)
            assert len(picture) < 120_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_named_is_one(page: Path) -> None:
    known = {f"CONSENTRY_{name.upper()}" for name in Settings.model_fields}
    named = set(_SETTING.findall(page.read_text()))
    assert {one for one in named if not one.startswith("CONSENTRY_TEST_")} <= known


def test_every_page_is_reachable_from_the_first_one() -> None:
    first = ROOT / "docs/index.md"
    found, waiting = set[Path](), [first]
    while waiting:
        page = waiting.pop()
        if page not in found and page.suffix == ".md":
            found.add(page)
            waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
    assert {page for page in PAGES if page.parent.name == "docs"} <= found


async def test_the_reference_has_every_address_with_its_methods_and_no_other(store: Store) -> None:
    served = {**TENANT_ENDPOINTS, **base_endpoints(Settings(), store)}
    expected = {path: (set(each.methods), each.cross_origin) for path, each in served.items()}
    assert _documented() == {**expected, "/static/": ({"GET"}, False)}


def _documented() -> dict[str, tuple[set[str], bool]]:
    """Address to methods, and whether scripts of any origin are said to be let in."""
    found: dict[str, tuple[set[str], bool]] = {}
    waiting: list[str] = []
    for line in HTTP.read_text().splitlines():
        if address := _ADDRESS.fullmatch(line):
            waiting.append(address[1])
        elif line.startswith("Methods: "):
            said = set(re.findall(r"`([A-Z]+)`", line)), "any origin" in line
            found |= dict.fromkeys(waiting, said)
            waiting = []
    return found


def test_every_error_code_of_the_reference_is_one_of_ours() -> None:
    section = text_of(HTTP).split("\n## Errors\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([0-9, ]+) \|", section, re.MULTILINE)
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    ours = [each for each in kinds if issubclass(each, errors.OAuthError)]
    for code, said in rows:
        statuses = {str(each.status) for each in ours if each.code == code}
        assert statuses == set(said.split(", ")), code


def test_every_word_of_oauth1_is_explained_with_its_status() -> None:
    section = text_of(ROOT / "docs/errors.md").split("\n## Words of OAuth 1\n")[1].split("\n## ")[0]
    said = dict(re.findall(r"^\| `(\w+)` \| ([0-9]+) \|", section, re.MULTILINE))
    kinds = [each for each in vars(oauth1_errors).values() if isinstance(each, type)]
    ours = {e.code: str(e.status) for e in kinds if issubclass(e, oauth1_errors.OAuth1Error)}
    # Who asks by a key nobody has is told no more than who signs badly, and `resource` alone
    # knows of routes that credentials do not reach.
    assert said == {k: v for k, v in ours.items() if k not in ELSEWHERE}


def test_every_metric_is_explained_and_no_other() -> None:
    section = text_of(OPERATIONS).split("\n## Metrics\n")[1].split("\n## ")[0]
    families = [each for each in registry.collect() if each.name.startswith("consentry_")]
    served = {each.name + _SUFFIXES.get(each.type, "") for each in families}
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == served
