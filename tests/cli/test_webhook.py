"""`consentry webhook`: made, changed, tried, replayed."""

from uuid import uuid4

import pytest

from cli.shell import Shell

HERE = ("--tenant", "photos")
URL = "https://hooks.photos.example/in"


@pytest.fixture
def photos(shell: Shell) -> Shell:
    """A shell on a database with the tenant photos."""
    shell.ok("tenant", "create", "photos")
    return shell


def test_a_webhook_is_made_shown_changed_and_removed(photos: Shell) -> None:
    made = photos.ok("webhook", "create", "--url", URL, "--event", "client.*", *HERE, "--json").json
    secret, id = made.pop("secret"), made["id"]
    assert secret.startswith("whsec_")
    assert photos.ok("webhook", "list", *HERE, "--json").json == [made]
    assert URL in photos.ok("webhook", "list", *HERE).out
    changed = photos.ok(
        "webhook", "set", id, "--all-events", "--description", "Print shop", *HERE, "--json"
    ).json
    assert (changed["events"], changed["description"]) == (["all"], "Print shop")
    both = ("--event", "user.delete", "--all-events")
    assert photos("webhook", "set", id, *both, *HERE).status == 1
    assert photos.ok("webhook", "disable", id, *HERE, "--json").json["disabled"] is True
    assert photos("webhook", "test", id, *HERE).status == 1
    assert photos.ok("webhook", "enable", id, *HERE, "--json").json["disabled"] is False
    rotated = photos.ok("webhook", "rotate-secret", id, "--overlap", "0", *HERE).out
    assert "whsec_" in rotated and secret not in rotated
    assert secret not in photos.ok("webhook", "show", id, *HERE).out
    assert "deleted" in photos.ok("webhook", "delete", id, *HERE).out
    assert "no webhook" in photos("webhook", "show", id, *HERE).err


def test_its_calls_are_listed_and_made_again(photos: Shell) -> None:
    id = photos.ok("webhook", "create", "--url", URL, *HERE, "--json").json["id"]
    begun = photos.ok("webhook", "test", id, *HERE, "--json").json["delivery"]
    (listed,) = photos.ok("webhook", "deliveries", id, *HERE, "--json").json
    assert (listed["id"], listed["type"], listed["state"]) == (begun, "webhook.test", "waiting")
    assert listed["body"]["data"] == {"webhook_id": id}
    assert begun in photos.ok("webhook", "deliveries", id, *HERE).out
    again = photos("webhook", "replay", id, "--delivery", begun, *HERE)
    assert again.status == 1 and "not over yet" in again.err
    since = ("--since", "2026-01-01T00:00Z")
    assert photos.ok("webhook", "replay", id, *since, *HERE, "--json").json == {"replayed": 0}
    assert photos("webhook", "replay", id, *HERE).status == 2
    unknown = photos("webhook", "replay", id, "--delivery", str(uuid4()), *HERE)
    assert "no delivery" in unknown.err


def test_what_is_refused_is_said_in_one_line(photos: Shell) -> None:
    for words in (("--url", "http://a.example/"), ("--url", URL, "--event", "nothing.at.all")):
        refused = photos("webhook", "create", *words, *HERE)
        assert refused.status == 1 and refused.err.count("\n") == 1, refused.err
