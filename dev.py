#!/usr/bin/env python3
"""Set up, start, check and measure Consentry. Needs Python 3.11 with pip, and nothing else.

    python3 dev.py run [--port N]   serve the demo; other words go to `consentry serve`
    python3 dev.py test [WORDS]     run every test; other words go to pytest
    python3 dev.py lint             formatting, lint, types, import rules
    python3 dev.py bench [WORDS]    measure; other words go to the benchmarks
    python3 dev.py docs [serve]     build the documentation into site/, or serve it
    python3 dev.py pictures         take its pictures of pages anew
    python3 dev.py chart            write what follows from the Helm chart's values anew
    python3 dev.py setup            install only; leaves .venv/bin/consentry
    python3 dev.py lock             pin the newest packages again

All it makes lies in .bootstrap, .venv, var, site and node_modules (git-ignored).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable
from urllib.parse import urlsplit

ROOT = pathlib.Path(__file__).resolve().parent
VENV, TOOLS, VAR = ROOT / ".venv", ROOT / ".bootstrap", ROOT / "var"
PYTHON = VENV / "bin/python"
UV_VERSION = "0.13.8"
RUN, TEST, DOCS = "requirements.lock", "requirements-test.lock", "requirements-docs.lock"
IMAGE, BUILD = "requirements-image.lock", "requirements-build.lock"
ROOMS = ("platform", "admin_ui", "workers", "migrations")
NODE_TOOLS = (ROOT / "tests/clients", ROOT / "tests/markup")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPERATOR = "CONSENTRY_OPERATOR_PASSWORD"
DEMO_TENANT, DEMO_PASSWORD = "photos", "correct horse battery staple"
ALL_TESTS = ("-n", "3", "--dist", "loadfile")
DEMO_USERS = ("jane", "dana", "alex")


def call(*words: object) -> None:
    """Run a program to its end; end here with its status when it fails."""
    status = subprocess.run([str(word) for word in words], cwd=ROOT, check=False).returncode
    if status:
        sys.exit(status if status > 0 else 128 - status)


def become(*words: object) -> None:
    """Turn this process into another program, so that signals reach it."""
    sys.stdout.flush()
    os.execv(str(words[0]), [str(word) for word in words])  # noqa: S606


# Installing


def install(lock: str) -> None:
    """Bring .venv to a lock; nothing is done when it is there already."""
    wanted = digest(
        ROOT / name for name in (lock, RUN, "pyproject.toml", "admin_ui/hatch_build.py")
    )
    stamp = VENV / f"{lock}.stamp"
    if PYTHON.is_file() and stamp.is_file() and stamp.read_text() == wanted:
        return
    uv = installer()
    if not PYTHON.is_file():
        call(uv, "venv", "-q", "--clear", "-p", sys.executable, VENV)
    add = (uv, "pip", "install", "-q", "-p", PYTHON, "--compile-bytecode")
    call(*add, "--require-hashes", "-r", lock)
    call(*add, "--no-deps", "-e", ".")
    stamp.write_text(wanted)


def digest(paths: Iterable[pathlib.Path]) -> str:
    """One SHA-256 over the contents of some files, in order."""
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def installer() -> pathlib.Path:
    """The uv that installs: ours in .bootstrap, put there by pip, else the machine's."""
    ours = TOOLS / "bin/uv"
    if ours.is_file():
        return ours
    if importlib.util.find_spec("pip"):
        os.environ.update(PIP_ROOT_USER_ACTION="ignore", PIP_DISABLE_PIP_VERSION_CHECK="1")
        # --target works without the venv module and in a Python that the system manages.
        call(sys.executable, "-m", "pip", "install", "-q", "--target", TOOLS, f"uv=={UV_VERSION}")
        return ours
    if found := shutil.which("uv"):
        return pathlib.Path(found)
    sys.exit("dev.py installs with pip, which this Python lacks: apt-get install python3-pip")


def lock() -> None:
    """Pin the newest packages that pyproject.toml allows, by hash; no host, no path."""
    make = [installer(), "pip", "compile", "-q", "--upgrade", "--universal", "--generate-hashes"]
    make += ["--no-emit-index-url", "--no-header", "--no-annotate"]
    call(*make, "pyproject.toml", "-o", RUN)
    call(*make, "pyproject.toml", "--extra", "otel", "-c", RUN, "-o", IMAGE)
    call(*make, "pyproject.toml", "--group", "dev", "-c", IMAGE, "-o", TEST)
    call(*make, "--group", "docs", "-c", TEST, "-o", DOCS)
    call(*make, "--group", "build", "-c", TEST, "-o", BUILD)


# Serving


def configured() -> dict[str, str]:
    """Settings that a .env file or the environment gives; the environment wins."""
    env_file = ROOT / ".env"
    found = {}
    for line in env_file.read_text().splitlines() if env_file.is_file() else []:
        name, given, value = line.strip().partition("=")
        if given and not name.startswith("#"):
            found[name.removeprefix("export ").strip().upper()] = value.strip().strip("'\"")
    return {**found, **os.environ}


def secret_key() -> str:
    """The root key of this checkout."""
    return kept("secret_key", 32)


def kept(name: str, random_bytes: int) -> str:
    """A secret of this checkout, made once and readable by its owner only."""
    path = VAR / name
    if not path.is_file():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(random_bytes) + "\n")
    return path.read_text().strip()


def announce(base_url: str, operator_password: str | None) -> None:
    """Say where the server will answer and who can sign in; a password that was given is not."""
    base = urlsplit(base_url)
    print(f"\n  Consentry       {base_url}")
    if operator_password is not None:
        print(f"  Operator        operator / {operator_password}")
    print(f"  Demo tenant     {base.scheme}://{DEMO_TENANT}.{base.netloc}")
    print(f"  Demo sign-ins   {', '.join(DEMO_USERS)} / {DEMO_PASSWORD}\n")


def run(words: list[str]) -> None:
    """Install, migrate, apply the demo, serve; settings that are given already win."""
    parser = argparse.ArgumentParser(prog="dev.py run")
    parser.add_argument("--port", type=int, default=8000)
    asked, rest = parser.parse_known_args(words)
    install(RUN)
    VAR.mkdir(exist_ok=True)
    given = configured()
    base_url = given.get("CONSENTRY_BASE_URL", f"http://localhost:{asked.port}")
    database_url = given.get("CONSENTRY_DATABASE_URL", "sqlite:///var/consentry.db")
    os.environ.update(CONSENTRY_BASE_URL=base_url, CONSENTRY_DATABASE_URL=database_url)
    os.environ["CONSENTRY_SECRET_KEY"] = given.get("CONSENTRY_SECRET_KEY") or secret_key()
    made = None if OPERATOR in given else kept("operator_password", 15)
    os.environ[OPERATOR] = made or given[OPERATOR]
    consentry = VENV / "bin/consentry"
    call(consentry, "migrate")
    call(consentry, "apply", "-f", "docs/demo.yaml")
    announce(base_url, made)
    become(consentry, "serve", "--host", "127.0.0.1", "--port", asked.port, *rest)


# Checking


def browser() -> None:
    """Name a Chromium for the page tests: the machine's, else Debian's."""
    if os.environ.get("CONSENTRY_TEST_BROWSER"):
        return
    if not any(map(shutil.which, BROWSERS)):
        if not (shutil.which("apt-get") and os.geteuid() == 0):
            sys.exit("page tests need Chromium: install it, or set CONSENTRY_TEST_BROWSER")
        call("apt-get", "-qq", "update")
        call("apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium")
    os.environ["CONSENTRY_TEST_BROWSER"] = next(filter(None, map(shutil.which, BROWSERS)), "")


def node_tools() -> None:
    """Install the pinned npm packages that tests drive."""
    for place in NODE_TOOLS:
        pinned = place / "package-lock.json"
        if not pinned.is_file():
            continue
        stamp, wanted = place / "node_modules/.stamp", digest([pinned])
        if stamp.is_file() and stamp.read_text() == wanted:
            continue
        if not (shutil.which("node") and shutil.which("npm")):
            sys.exit("some tests need node and npm on the PATH: install Node.js 20.19 or newer")
        call("npm", "ci", "--loglevel=error", "--ignore-scripts", "--prefix", place)
        stamp.write_text(wanted)


def test(words: list[str]) -> None:
    """Install what the tests need, then run them all, or those that the words name.

    Without words three processes share the files: each has its own database server. On two
    cores one of them waits for something most of the time.
    """
    install(TEST)
    browser()
    node_tools()
    # Once for the many processes that tests start, also where Python may write no bytecode.
    call(PYTHON, "-m", "compileall", "-q", *ROOMS)
    become(PYTHON, "-m", "pytest", *(words or ALL_TESTS))


def lint() -> None:
    """Formatting, lint, strict types and the import floors; ends at the first that fails."""
    install(TEST)
    for words in (
        ("ruff", "format", "--check", "."),
        ("ruff", "check", "."),
        ("mypy",),
        ("lint-imports", "--no-logo"),
    ):
        call(VENV / "bin" / words[0], *words[1:])


def bench(words: list[str]) -> None:
    """Measure, with the test packages' private PostgreSQL."""
    install(TEST)
    become(PYTHON, "-m", "benchmarks", *words)


def docs(words: list[str]) -> None:
    """Build the documentation, or serve it while it is written."""
    install(DOCS)
    become(VENV / "bin/zensical", *(words or ["build"]))


def pictures() -> None:
    """Take the pictures of pages in docs/images anew."""
    install(TEST)
    browser()
    os.environ["PYTHONPATH"] = str(ROOT / "tests")
    become(PYTHON, "-m", "docs.pictures")


def chart() -> None:
    """Write the chart's schema of settings and docs/helm.md anew."""
    install(TEST)
    os.environ["PYTHONPATH"] = str(ROOT / "tests")
    become(PYTHON, "-m", "helm.derived")


def main() -> None:
    """Do what the first word says."""
    if sys.version_info < (3, 11):  # noqa: UP036  (this file must say so itself)
        sys.exit(f"Consentry needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    what, words = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    os.chdir(ROOT)
    alone = {"setup": lambda: install(RUN), "lint": lint, "lock": lock}
    alone |= {"pictures": pictures, "chart": chart}
    if what in alone and not words:
        alone[what]()
    elif what in ("run", "test", "bench", "docs"):
        {"run": run, "test": test, "bench": bench, "docs": docs}[what](words)
    else:
        print(__doc__.strip(), file=sys.stdout if what in ("-h", "--help", "help") else sys.stderr)
        sys.exit(0 if what in ("-h", "--help", "help") else 2)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
