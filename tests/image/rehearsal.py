"""The image without an engine: the Dockerfile's own commands, run in plain folders.

    PYTHONPATH=tests .venv/bin/python -m image.rehearsal [FOLDER]

As root on a machine with debootstrap, and with a Python that lies in a prefix of its own (not
/usr), which stands in for the official image's. Each stage gets a copy of a minimal Debian and
its RUN and COPY instructions are carried out there by chroot. Then the last stage is mounted
read-only, `consentry migrate` and `serve` run in it as the image's user, and it is asked how
it does. Says how big it is and what it could write to.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping

from image.dockerfile import Instruction, Stage, stages

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUITE, MIRROR = "trixie", "http://deb.debian.org/debian"
# What the official image's Python is linked against.
LIBRARIES = (
    "ca-certificates,libssl3t64,libffi8,libsqlite3-0,zlib1g,libbz2-1.0,liblzma5,libuuid1,libexpat1"
)
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
WAYS = ("PIP_INDEX_URL", "PIP_CERT", "NPM_CONFIG_REGISTRY", "HTTPS_PROXY", "https_proxy")
PORT, READY_S, STOP_S = 18_000, 30, 25
KEY = "only-for-a-rehearsal-" * 3


def base(folder: pathlib.Path) -> pathlib.Path:
    """A Debian with this very Python in /usr/local and pip beside it, as the base image has."""
    made, fresh = folder / "base", folder / "base.new"
    if made.is_dir():
        return made
    words = ["debootstrap", "--variant=minbase", f"--include={LIBRARIES}", SUITE]
    subprocess.run([*words, fresh, MIRROR], check=True, stdout=subprocess.DEVNULL)
    _add_python(fresh / "usr/local")
    subprocess.run(["chroot", fresh, "/sbin/ldconfig"], check=True)
    return fresh.rename(made)


def _add_python(local: pathlib.Path) -> None:
    prefix, name = pathlib.Path(sys.base_prefix), f"python{sys.version_info[0]}"
    full = f"{name}.{sys.version_info[1]}"
    if prefix == pathlib.Path("/usr"):
        sys.exit("needs a Python that lies in a prefix of its own")
    left_out = shutil.ignore_patterns("__pycache__", "test", "tests", "site-packages")
    library, inside = prefix / "lib" / full, local / "lib" / full
    shutil.copytree(library, inside, symlinks=True, ignore=left_out)
    (inside / "site-packages").mkdir()
    # As in the official image: what installs, which the last stage is to drop.
    shutil.copytree(library / "site-packages/pip", inside / "site-packages/pip")
    for shared in (prefix / "lib").glob("libpython*.so*"):
        shutil.copy2(shared, local / "lib", follow_symlinks=False)
    shutil.copy2(prefix / "bin" / full, local / "bin" / full)
    (local / "bin" / name).symlink_to(full)
    (local / "bin/pip3").write_text('#!/bin/sh\nexec python3 -m pip "$@"\n')


class Place:
    """The folder of one stage, and the settings its instructions have made so far."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root, self.here = root, "/"
        self.settings = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}

    def run(self, text: str) -> None:
        """A RUN, with this machine's way to the package registries."""
        for way in ("etc/resolv.conf", "etc/hosts", CERTIFICATES):
            shutil.copy2(f"/{way}", self.root / way)
        reached = {name: os.environ[name] for name in WAYS if name in os.environ}
        given = {"HOME": "/root", "NODE_EXTRA_CA_CERTS": f"/{CERTIFICATES}"}
        subprocess.run(
            ["chroot", self.root, "/bin/sh", "-ec", f"cd {self.here} && {text}"],
            check=True, stdout=subprocess.DEVNULL, env={**reached, **self.settings, **given},
        )  # fmt: skip

    def copy(self, each: Instruction, others: Mapping[str, pathlib.Path]) -> None:
        """A COPY, of the checkout or of another stage; owned by root, as `--chown` says."""
        *sources, target = each.words
        source_root = others[each.flags["--from"]] if "--from" in each.flags else ROOT
        into = self.root / target.lstrip("/")
        if not target.startswith("/"):
            into = self.root / self.here.lstrip("/") / target
        for source in sources:
            found = source_root / source.lstrip("/")
            if found.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
                shutil.copytree(
                    found, into, symlinks=True, dirs_exist_ok=True,
                    ignore=None if "--from" in each.flags else ignored,
                )  # fmt: skip
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, into / found.name)


def build(stage: Stage, place: Place, others: Mapping[str, pathlib.Path]) -> None:
    """Carry out the instructions of a stage."""
    for each in stage.body:
        if each.name == "RUN":
            place.run(each.text)
        elif each.name == "COPY":
            place.copy(each, others)
        elif each.name == "ENV":
            place.settings |= each.pairs
        elif each.name == "WORKDIR":
            place.here = each.text
            (place.root / each.text.lstrip("/")).mkdir(parents=True, exist_ok=True)


# Read-only but for /tmp and /data, as Kubernetes' readOnlyRootFilesystem has it.
MOUNTED = """
set -e; root=$1; data=$2; shift 2
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$data" "$root/data"
mount -o remount,ro,bind "$root"
exec chroot --userspec=10001:10001 --groups= "$root" "$@"
"""


class Image:
    """The finished image: a read-only folder, and the settings of its last stage."""

    def __init__(self, place: Place, data: pathlib.Path) -> None:
        self.place, self.data = place, data
        data.mkdir()
        os.chown(data, 10001, 10001)

    def words(self, *words: str) -> list[str | pathlib.Path]:
        """What runs some words in it, as its user."""
        given = {
            **self.place.settings,
            "CONSENTRY_SECRET_KEY": KEY,
            "CONSENTRY_BASE_URL": f"http://localhost:{PORT}",
        }
        settings = [f"{name}={value}" for name, value in given.items()]
        return [
            "unshare", "--mount", "/bin/sh", "-c", MOUNTED, "sh", self.place.root, self.data,
            "/usr/bin/env", "-i", "-C", self.place.here, *settings, *words,
        ]  # fmt: skip

    def run(self, *words: str) -> str:
        """What some words print; they must succeed."""
        return subprocess.run(
            self.words(*words), check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()

    def serve(self, last: Stage) -> None:
        """Serve, be asked, and stop in good order."""
        entry, words, health = (last.last(n) for n in ("ENTRYPOINT", "CMD", "HEALTHCHECK"))
        assert entry and words and health
        moved = [word.replace("8000", str(PORT)) for word in (*entry.words, *words.words)]
        process = subprocess.Popen(self.words(*moved))
        try:
            print(f"/readyz: {answer('/readyz')}")
            self.run(*(word.replace("8000", str(PORT)) for word in health.words))
            print("HEALTHCHECK: healthy")
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text().split()
            print(f"runs as uid {status[status.index('Uid:') + 1]}")
        finally:
            process.send_signal(signal.SIGTERM)
            print(f"ends with status {process.wait(STOP_S)}")


def answer(path: str) -> str:
    """What the server says, once it does."""
    deadline = time.monotonic() + READY_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=5) as said:
                return str(said.read().decode())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


LOOK = """
import os, shutil, sys
print("tools left:", [n for n in ("pip", "pip3", "uv", "cc", "gcc", "make", "npm", "node")
                      if shutil.which(n)] or "none")
print("importable installers:", [n for n in ("pip", "ensurepip", "setuptools", "hatchling")
                                 if __import__("importlib.util").util.find_spec(n)] or "none")
places = [p for p, d, f in os.walk("/") if not p.startswith(("/proc", "/dev", "/sys"))]
print("writable:", [p for p in places if os.access(p, os.W_OK)])
print("python", sys.version.split()[0], "uid", os.getuid(), "gid", os.getgid())
"""


def rehearse(folder: pathlib.Path) -> None:
    """All of it, in a folder that stays for the next time."""
    found = stages((ROOT / "Dockerfile").read_text())
    ground, places = base(folder), dict[str, Place]()
    for stage in found:
        root, began = folder / f"stage-{stage.name}", time.monotonic()
        subprocess.run(["rm", "-rf", root], check=True)
        subprocess.run(["cp", "-a", ground, root], check=True)
        place = places[stage.name] = Place(root)
        build(stage, place, {name: one.root for name, one in places.items()})
        print(f"stage {stage.name}: {time.monotonic() - began:.0f} s")
    last = places[found[-1].name]
    size = subprocess.run(["du", "-sm", last.root / "opt"], check=True, capture_output=True)
    print(f"/opt/consentry: {size.stdout.split()[0].decode()} MB")
    with tempfile.TemporaryDirectory(dir=folder) as data:
        os.chmod(data, 0o755)  # noqa: S103
        image = Image(last, pathlib.Path(data) / "data")
        print(image.run("python3", "-c", LOOK))
        print(image.run("consentry", "migrate"))
        image.serve(found[-1])


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1] if sys.argv[1:] else tempfile.mkdtemp(prefix="rehearsal-"))
    target.mkdir(parents=True, exist_ok=True)
    rehearse(target.resolve())
