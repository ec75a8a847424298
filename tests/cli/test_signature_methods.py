"""CONSENTRY_OAUTH1_SIGNATURE_METHODS, and what manifests may name because of it."""

import pytest

from cli.shell import Shell
from support import toy_signatures as toys

SETTING = "CONSENTRY_OAUTH1_SIGNATURE_METHODS"
KNOWN = "HMAC-SHA1, HMAC-SHA256, HMAC-SHA512, RSA-SHA1, RSA-SHA256, RSA-SHA512, PLAINTEXT"
CLIENT = """
clients:
  - client_id: toys
    protocols: [oauth1]
    oauth1_signature_methods: [TOY-SHA3]
"""
POLICY = "settings: {oauth1_signature_methods: [HMAC-SHA256, TOY-SHA3]}"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("TOY", "write a signature method as NAME=package.module:function"),
        ("TOY=module", "write a signature method as NAME=package.module:function"),
        ("TOY=no.such:thing", "TOY: no.such cannot be imported (ModuleNotFoundError: No module"),
        (f"TOY={toys.HERE}:absent", f"TOY: {toys.HERE} has no absent"),
        (f"TOY={toys.HERE}:NO_FUNCTION", "TOY is not a function"),
        (f"HMAC-SHA1={toys.HERE}:verify", "HMAC-SHA1 is a standard method and cannot be rep"),
        (f"TOY/1={toys.HERE}:verify", "'TOY/1' is no name of 1 to 50 of A-Z a-z 0-9 . _ -"),
    ],
)
def test_one_that_cannot_be_used_stops_the_start_with_one_clear_line(
    sqlite_shell: Shell, value: str, reason: str
) -> None:
    sqlite_shell.set(**{SETTING: value})
    for words in (("serve",), ("tenant", "list")):
        assert sqlite_shell.refused(*words).startswith(f"{SETTING}: {reason}")


def test_doctor_says_what_cannot_be_imported(sqlite_shell: Shell) -> None:
    sqlite_shell.set(**{SETTING: "TOY=no.such:thing"})
    answer = sqlite_shell("doctor", "--json")
    assert answer.status == 1
    rows = {row["name"]: row for row in answer.json}
    assert rows["signatures"]["status"] == "fail"
    assert "no.such cannot be imported" in rows["signatures"]["detail"]
    assert rows["database"]["status"] == "skip"


def test_doctor_lists_those_of_our_own(sqlite_shell: Shell) -> None:
    sqlite_shell.set(**{SETTING: f"{toys.NAME}={toys.HERE}:verify"})
    rows = {row["name"]: row for row in sqlite_shell.ok("doctor", "--json").json}
    assert rows["signatures"] == {
        "name": "signatures", "status": "ok", "detail": f"besides the standard ones: {toys.NAME}",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("manifest", "place"),
    [
        (CLIENT, "tenants[0].clients[0].oauth1_signature_methods"),
        (POLICY, "tenants[0].settings.oauth1_signature_methods"),
    ],
)
def test_a_manifest_names_only_methods_that_are_known_here(
    sqlite_shell: Shell, manifest: str, place: str
) -> None:
    lines = "".join(f"    {line}\n" for line in manifest.strip().splitlines())
    text = f"tenants:\n  - slug: photos\n{lines}"
    said = sqlite_shell.refused("apply", "-f", "-", stdin=text)
    assert said.endswith(f"{place}: 'TOY-SHA3' is not known here, only {KNOWN}")
    sqlite_shell.set(**{SETTING: f"{toys.NAME}={toys.HERE}:verify"})
    assert sqlite_shell.apply(text).json["changed"]
    assert not sqlite_shell.apply(text).json["changed"]


def test_a_client_made_by_hand_names_only_known_ones_too(sqlite_shell: Shell) -> None:
    sqlite_shell.ok("tenant", "create", "photos")
    said = sqlite_shell.refused(
        "client", "create", "--tenant", "photos", "--set", "protocols=oauth1",
        "--set", "oauth1_signature_methods=HMAC-SHA3",
    )  # fmt: skip
    assert said == f"oauth1_signature_methods: 'HMAC-SHA3' is not known here, only {KNOWN}"


def test_null_puts_every_known_method_back(sqlite_shell: Shell) -> None:
    sqlite_shell.tenant("settings: {oauth1_signature_methods: [HMAC-SHA256]}")
    assert sqlite_shell.export()["settings"] == {"oauth1_signature_methods": ["HMAC-SHA256"]}
    changed = sqlite_shell.tenant("settings: {oauth1_signature_methods: null}").changes
    assert changed == ["update tenant photos settings.oauth1_signature_methods"]
    assert "settings" not in sqlite_shell.export()
