"""A shell to type `consentry` in, and what it answers."""

import io
import json
import pathlib
from dataclasses import dataclass
from typing import Any

import pytest

from consentry.cli import run

ROOT_KEY = "the root key of the tests has 32 characters or more"


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def changes(self) -> list[str]:
        """The plan of `apply --json`, a line a change."""
        return [
            " ".join([one["action"], one["kind"], one["name"], *one["keys"]])
            for one in self.json["changes"]
        ]


class Shell:
    """Types commands in an empty folder; `home` is that folder."""

    def __init__(
        self,
        home: pathlib.Path,
        database: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.home, self.database = home, database
        self._patch, self._capsys = monkeypatch, capsys
        monkeypatch.chdir(home)
        self.set(CONSENTRY_DATABASE_URL=database, CONSENTRY_SECRET_KEY=ROOT_KEY)

    def set(self, **variables: str | None) -> None:
        """Set environment variables, or unset those that are None."""
        for name, value in variables.items():
            if value is None:
                self._patch.delenv(name, raising=False)
            else:
                self._patch.setenv(name, value)

    def __call__(self, *words: str, stdin: str = "") -> Answer:
        """Run a command in this process."""
        self._patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        self._capsys.readouterr()
        status = run(words)
        out, err = self._capsys.readouterr()
        return Answer(status, out, err)

    def ok(self, *words: str, stdin: str = "") -> Answer:
        """Run a command that must succeed, silent on stderr."""
        answer = self(*words, stdin=stdin)
        assert (answer.status, answer.err) == (0, ""), answer
        return answer

    def refused(self, *words: str, stdin: str = "") -> str:
        """Run a command that must fail with one line on stderr and nothing on stdout: the line."""
        answer = self(*words, stdin=stdin)
        assert (answer.status, answer.out) == (1, ""), answer
        assert answer.err.startswith("consentry: ") and answer.err.count("\n") == 1
        return answer.err.removeprefix("consentry: ").rstrip("\n")

    def apply(self, manifest: str, *words: str) -> Answer:
        """Apply a manifest that must be accepted; the answer in JSON."""
        return self.ok("apply", "-f", "-", "--json", *words, stdin=manifest)

    def tenant(self, body: str = "", *words: str) -> Answer:
        """Apply a manifest of the tenant photos with this body."""
        return self.apply(photos(body), *words)

    def export(self) -> dict[str, Any]:
        """The tenant photos as exported."""
        found: dict[str, Any] = self.ok("export", "--tenant", "photos", "--json").json["tenants"][0]
        return found

    def clients(self) -> dict[str, dict[str, Any]]:
        """The clients of photos by id."""
        rows = self.ok("client", "list", "--tenant", "photos", "--json").json
        return {row["client_id"]: row for row in rows}

    def users(self) -> dict[str, dict[str, Any]]:
        """The users of photos by name."""
        rows = self.ok("user", "list", "--tenant", "photos", "--json").json
        return {row["username"]: row for row in rows}


def photos(body: str = "") -> str:
    """A manifest of one tenant, `photos`, with these further keys, one a line."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"tenants:\n  - slug: photos\n{lines}"
