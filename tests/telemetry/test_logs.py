"""What is written down, and what never is."""

import json
import logging
import pathlib
import subprocess
import sys
from typing import Any

import pytest

from consentry.telemetry import (
    bind,
    configure_logging,
    get_logger,
    is_secret_name,
    log_context,
    masked,
)

log = get_logger()


@pytest.fixture(autouse=True)
def configured() -> None:
    configure_logging("info")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "client_secret",
        "Client-Secret",
        "access_token",
        "refresh_token",
        "token",
        "code",
        "code_verifier",
        "Authorization",
        "proxy-authorization",
        "Cookie",
        "Set-Cookie",
        "client_assertion",
        "assertion",
        "id_token_hint",
        "user_code",
        "password_hash",
        "secret_key",
        "private_key",
        "oauth_signature",
        "oauth_token",
        "oauth_verifier",
        "X-CSRF",
        "query_string",
    ],
)
def test_a_value_under_a_secret_name_is_masked(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log.info("happened", **{name: "hunter2"}, inside={"deep": [{name: "hunter2"}]})
    assert "hunter2" not in json.dumps(lines(capsys))


@pytest.mark.parametrize(
    "name",
    [
        "client_id",
        "error",
        "grant_type",
        "token_type",
        "token_endpoint_auth_method",
        "access_token_lifetime",
        "status_code",
        "authorization_id",
    ],
)
def test_what_is_no_secret_stays_readable(name: str) -> None:
    assert not is_secret_name(name)


def test_user_information_in_an_address_is_masked() -> None:
    assert masked("postgresql://app:hunter2@db/consentry") == "postgresql://[masked]@db/consentry"
    assert masked("redis://:hunter2@cache") == "redis://[masked]@cache"
    assert masked("https://a.example/b@c") == "https://a.example/b@c"


def test_what_nests_without_end_is_masked() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    assert "[masked]" in json.dumps(masked(endless))


def test_a_line_break_does_not_begin_a_new_line(capsys: pytest.CaptureFixture[str]) -> None:
    """CWE-117"""
    forged = 'x\r\n{"event":"forged"}'
    log.info(forged, path=forged)
    logging.getLogger("other").warning("%s", forged)
    found = lines(capsys)
    assert [line["event"] for line in found] == [forged, forged]


def test_a_line_for_people_is_one_line_too() -> None:
    program = (
        "import sys; sys.stderr.isatty = lambda: True\n"
        "from consentry.telemetry import configure_logging, get_logger\n"
        "configure_logging('info')\n"
        "log = get_logger()\n"
        "log.info('a\\r\\nb\\x1b[2J', path='c\\nd\\x1b]0;t\\x07', password='hunter2')\n"
        "secret = 'hunter' + '2'\n"
        "try: raise ValueError('e\\n2026 forged')\n"
        "except ValueError: log.exception('failed')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    first, *rest = done.stderr.splitlines()
    assert r"a\r\nb\x1b[2J" in first
    assert r"path" in first
    assert r"c\nd\x1b]0;t\x07" in first
    assert "failed" in rest[0]
    assert all(line.startswith("  | ") for line in rest[1:])
    assert "hunter2" not in done.stderr


def test_lines_of_a_request_carry_its_id_and_tenant(capsys: pytest.CaptureFixture[str]) -> None:
    reset = log_context.set({"request_id": "abc"})
    bind(tenant="photos")
    log.info("inside")
    logging.getLogger("other").warning("inside too")
    log_context.reset(reset)
    bind(tenant="ignored")
    log.info("outside")
    found = lines(capsys)
    assert [line.get("request_id") for line in found] == ["abc", "abc", None]
    assert [line.get("tenant") for line in found] == ["photos", "photos", None]


def test_other_libraries_are_heard_from_warning_upwards_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logging.getLogger("aiosqlite").info("parameters: hunter2")
    logging.getLogger("aiosqlite").warning("heard")
    assert [line["event"] for line in lines(capsys)] == ["heard"]


def test_what_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("error")
    get_logger().bind().warning("quiet")
    get_logger().bind().error("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="loud"):
        configure_logging("loud")


def test_values_json_does_not_know_are_written_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    odd = {"raw": b"\xff", "where": pathlib.Path("a"), "big": 2**80, "alone": "\ud800"}
    log.info("odd", **odd)
    (line,) = lines(capsys)
    assert line["where"] == "a"
    assert line["big"] == 2**80


def test_a_closed_stderr_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, _: str) -> int:
            raise BrokenPipeError

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stderr", Gone())
    log.info("nobody reads this")
    logging.getLogger("other").error("nor this")
