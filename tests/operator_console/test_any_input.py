"""Whatever stands in an address has an answer: on PostgreSQL, which minds more than SQLite."""

import pytest

from operator_console.desk import Desk

TEXTS = [
    "%",
    "_",
    "\0",
    "'",
    "\\",
    "x" * 5_000,
    "\U0010ffff",
    "😀",
    "\ud7ff",
    "\r\n",
    "-1",
    "9" * 40,
]
TENANT = ["", "/manifest", "/suspend", "/enable", "/delete", "/administrator"]
OPERATOR = ["/disable", "/enable", "/reset"]
SEGMENTS = ["nobody", "%00", "a" * 300, "..%2f", "%F0%9F%98%80"]


@pytest.mark.parametrize("text", TEXTS)
async def test_any_search_and_any_cursor(strict_desk: Desk, text: str) -> None:
    for path, name in (
        ("/admin/tenants", "q"), ("/admin/tenants", "after"), ("/admin/new-tenant", "slug"),
        ("/admin/operators", "q"), ("/admin/operators", "sort"), ("/admin/operators", "page"),
        ("/admin/audit", "tenant"), ("/admin/audit", "action"), ("/admin/audit", "before"),
        ("/admin/jobs", "before"), ("/admin/jobs", "still"),
    ):  # fmt: skip
        answer = await strict_desk.get(path, **{name: text})
        assert answer.status_code == 200, (path, name)


@pytest.mark.parametrize("segment", SEGMENTS)
async def test_what_is_not_there_is_404(strict_desk: Desk, segment: str) -> None:
    """THREATS 37"""
    for end in TENANT:
        assert (await strict_desk.get(f"/admin/tenants/{segment}{end}")).status_code == 404, end
    for end in OPERATOR:
        assert (await strict_desk.get(f"/admin/operators/{segment}{end}")).status_code == 404, end


@pytest.mark.parametrize("text", TEXTS)
async def test_any_text_in_a_form(strict_desk: Desk, text: str) -> None:
    for path in ("/admin/new-tenant", "/admin/new-operator", "/admin/tenants/photos/administrator"):
        fields = {"slug": "admin", "name": text, "username": text, "email": text}
        answer = await strict_desk.send(path, **fields)
        assert answer.status_code == 400, (path, answer.text)
