"""The page about webhooks: its program verifies real calls, its tables say what the code does."""

import ast
import re
from typing import Any

import pytest

from consentry.operations.event_types import EVENT_TYPES
from consentry.operations.permissions import PERMISSIONS
from consentry.store.sql.tables import metadata
from consentry_workers.effects.webhook import WAITS
from docs.pages import ROOT, blocks, text_of
from support.world import World
from webhooks.receiver import happen, receiving, subscribe

PAGE = ROOT / "docs/webhooks.md"
# Told to nobody: of webhooks themselves, and of the deployment, whose trail is the operators'.
UNTOLD = {"webhook", "job", "effect"}
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


@pytest.fixture(scope="module")
def verified() -> Any:
    """The function of the page."""
    names: dict[str, Any] = {}
    [block] = blocks(PAGE, "python")
    exec(block, names)  # noqa: S102
    return names["verified"]


async def test_the_program_of_the_page_verifies_what_is_sent(world: World, verified: Any) -> None:
    async with receiving() as receiver:
        _, secret = await subscribe(world, receiver.url)
        await happen(world)
        await world.work()
    (call,) = receiver.calls
    assert verified(secret, call.headers, call.body) == call.id
    other = "whsec_" + "A" * 43 + "="
    later = {**call.headers, "webhook-timestamp": str(int(call.headers["webhook-timestamp"]) - 301)}
    for key, headers, body in (
        (other, call.headers, call.body),
        (secret, call.headers, call.body + b" "),
        (secret, {**call.headers, "webhook-id": "msg_0"}, call.body),
        (secret, later, call.body),
    ):
        with pytest.raises(ValueError, match=r"not signed|too old"):
            verified(key, headers, body)


def test_every_action_of_the_audit_trail_is_a_type_of_event() -> None:
    found = set()
    for path in (ROOT / "platform/consentry/operations").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if _ACTION.fullmatch(node.value) else set()
    columns = {str(column) for table in metadata.tables.values() for column in table.columns}
    found -= columns | set(PERMISSIONS)
    actions = {one for one in found if one.partition(".")[0] not in UNTOLD}
    assert actions == set(EVENT_TYPES)


def test_the_page_names_every_type_with_its_meaning() -> None:
    section = text_of(PAGE).split("\n## Types of events\n")[1]
    assert dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|$", section, re.M)) == EVENT_TYPES


def test_the_page_tells_the_schedule() -> None:
    said = text_of(PAGE).split("made again after")[1].split(", each")[0]
    units = {"s": 1, "min": 60, "h": 3_600}
    found = [int(n) * units[unit] for n, unit in re.findall(r"([0-9]+)\s(s|min|h)\b", said)]
    assert found == list(WAITS)
