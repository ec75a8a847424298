"""dev.py, the locks and the build hook."""

import importlib.util
import pathlib
import re
import subprocess
import sys
import tomllib
import types

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
KINDS = ("", "-image", "-test", "-docs", "-build")
LOCKS = tuple(f"requirements{kind}.lock" for kind in KINDS)
PIN = re.compile(r"([a-z0-9-]+)==(\S+)")


def loaded(path: pathlib.Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pins(lock: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / lock).read_text()))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_path(lock: str) -> None:
    """Nor does it tell where it was made: one pin and its hashes, nothing else."""
    line = re.compile(
        r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==\S+( ; [^/\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
    )
    odd = [said for said in (ROOT / lock).read_text().splitlines() if not line.fullmatch(said)]
    assert not odd


def test_the_locks_agree_on_every_version() -> None:
    run, image, test, *others = map(pins, LOCKS)
    assert run.items() <= image.items() <= test.items()
    for other in others:
        assert {name: other[name] for name in other.keys() & test.keys()}.items() <= test.items()


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    run = project["project"]["dependencies"]
    image = run + project["project"]["optional-dependencies"]["otel"]
    test = [word for word in groups["test"] + groups["dev"] if isinstance(word, str)]
    named = (run, image, test, groups["docs"], groups["build"])
    for lock, wanted in zip(LOCKS, named, strict=True):
        names = {re.split(r"[^A-Za-z0-9-]", word, maxsplit=1)[0].lower() for word in wanted}
        assert names <= pins(lock).keys()


def test_the_printed_demo_sign_in_is_the_one_of_the_demo() -> None:
    dev = loaded(ROOT / "dev.py")
    demo = yaml.safe_load((ROOT / "docs/demo.yaml").read_text())
    tenant = next(t for t in demo["tenants"] if t["slug"] == dev.DEMO_TENANT)
    user = next(u for u in tenant["users"] if u["username"] == dev.DEMO_USERS[0])
    assert user["password"] == dev.DEMO_PASSWORD


def test_settings_given_by_a_file_or_the_environment_are_not_replaced(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev = loaded(ROOT / "dev.py")
    (tmp_path / ".env").write_text(
        "# ours\nCONSENTRY_BASE_URL='https://id.example'\n\nCONSENTRY_DATABASE_URL=sqlite:///a.db\n"
    )
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setenv("CONSENTRY_DATABASE_URL", "postgresql://db/consentry")
    monkeypatch.delenv("CONSENTRY_SECRET_KEY", raising=False)
    given = dev.configured()
    assert given["CONSENTRY_BASE_URL"] == "https://id.example"
    assert given["CONSENTRY_DATABASE_URL"] == "postgresql://db/consentry"
    assert "CONSENTRY_SECRET_KEY" not in given


def test_the_root_key_is_made_once_and_is_its_owners_alone(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev = loaded(ROOT / "dev.py")
    monkeypatch.setattr(dev, "VAR", tmp_path)
    first = dev.secret_key()
    assert dev.secret_key() == first
    assert len(first) == 43
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_operators_password_is_told_unless_it_was_given(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dev = loaded(ROOT / "dev.py")
    monkeypatch.setattr(dev, "VAR", tmp_path)
    made = dev.kept("operator_password", 15)
    dev.announce("http://localhost:8000", made)
    assert f"operator / {made}" in capsys.readouterr().out
    dev.announce("http://localhost:8000", None)
    assert "operator /" not in capsys.readouterr().out


def test_an_unknown_word_is_answered_with_the_usage() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "dev.py", "fly"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "python3 dev.py run" in done.stderr
    assert not done.stdout


def test_dev_py_needs_the_standard_library_only() -> None:
    """It starts with no installed package in sight."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "dev.py", "help"], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr


def test_the_vendored_browser_files_are_the_pinned_ones() -> None:
    hook = loaded(ROOT / "admin_ui/hatch_build.py")
    assert hook.missing(ROOT / hook.VENDOR) == []


def test_a_browser_file_that_was_changed_is_missing(tmp_path: pathlib.Path) -> None:
    hook = loaded(ROOT / "admin_ui/hatch_build.py")
    for path in (ROOT / hook.VENDOR).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "htmx.min.js").write_text("alert(1)")
    assert hook.missing(tmp_path) == ["dist/htmx.min.js"]
