"""The page about the JSON API names every operation, and its example is refused so."""

import re

from consentry.api.problems import Problem
from consentry.api.resources import OF_OPERATORS, OF_TENANTS
from docs.pages import ROOT, text_of

PAGE = ROOT / "docs/api.md"
_ROW = re.compile(r"^\| `([A-Z]+)` \| `(/[^`]*)` \| ([^|]+) \| (own, )?(?:`([a-z.]+)`|—) \|$", re.M)


def test_every_operation_is_in_its_table_with_its_permission() -> None:
    resources = {one.tag: one for one in (*OF_TENANTS, *OF_OPERATORS)}.values()
    expected = [
        (one.method, one.path, one.summary, one.own, one.permission)
        for each in resources
        for one in each.operations
    ]
    found = [
        (method, f"/api/v1{path}", said, bool(own), permission or None)
        for method, path, said, own, permission in _ROW.findall(PAGE.read_text())
    ]
    assert sorted(map(str, found)) == sorted(map(str, expected))


def test_every_code_of_a_problem_is_explained() -> None:
    section = text_of(PAGE).split("\n## Refusals\n")[1].split("\n## ")[0]
    explained = set(re.findall(r"`([a-z_]+)`", section))
    source = "".join(path.read_text() for path in (ROOT / "platform/consentry/api").rglob("*.py"))
    raised = set(re.findall(rf"{Problem.__name__}\(\s*[0-9]+,\s*\"([a-z_]+)\"", source))
    assert raised <= explained and len(raised) >= 10
