"""What a good image keeps to, each rule by itself; most have their number in hadolint too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from image.dockerfile import Instruction, Stage

Rule = Callable[[list[Stage]], Iterator[str]]

_TAG = re.compile(r":[^/]*\d+\.\d+\.\d+[^/]*$|@sha256:[0-9a-f]{64}$")
_SECRET = re.compile(r"(?i)secret|passw|token|credential|private|api_?key")
_BUILDER = re.compile(r"\b(gcc|g\+\+|make|build-essential|cargo|npm|uv|pip3? install|-dev)\b")
_TOOLS = ("ensurepip", "site-packages/*", "/usr/local/bin/pip*")
MOST_LAYERS = 3


def commands(instruction: Instruction) -> list[str]:
    """The commands of one RUN."""
    return re.split(r"\s*(?:&&|\|\||;)\s*", instruction.text)


def base_is_exact(found: list[Stage]) -> Iterator[str]:
    """A base is a full version or a digest (DL3006, DL3007)."""
    names = {stage.name for stage in found}
    yield from (s.base for s in found if s.base not in names and not _TAG.search(s.base))


def nothing_is_added(found: list[Stage]) -> Iterator[str]:
    """ADD fetches and unpacks; COPY does what it says (DL3020)."""
    yield from (each.text for stage in found for each in stage.all("ADD"))


def folders_are_absolute(found: list[Stage]) -> Iterator[str]:
    """WORKDIR from the root (DL3000), and no `cd` instead (DL3003)."""
    for stage in found:
        yield from (d.text for d in stage.all("WORKDIR") if not d.text.startswith("/"))
        ran = [one for run in stage.all("RUN") for one in commands(run)]
        yield from (one for one in ran if one.startswith("cd "))


def user_is_a_number(found: list[Stage]) -> Iterator[str]:
    """The last USER is a number above root's: Kubernetes' runAsNonRoot reads no names."""
    user = found[-1].last("USER")
    if user is None or not re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user.text):
        yield user.text if user else "no USER"


def copies_have_an_owner(found: list[Stage]) -> Iterator[str]:
    """What runs belongs to root, so who runs it cannot change it."""
    copies = found[-1].all("COPY")
    yield from (each.text for each in copies if each.flags.get("--chown") != "0:0")


def command_is_a_list(found: list[Stage]) -> Iterator[str]:
    """No shell between the signal and the process (DL3025)."""
    for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK"):
        given = found[-1].last(name)
        if given is None or not given.is_exec:
            yield name


def packages_are_hashed(found: list[Stage]) -> Iterator[str]:
    """pip takes what a lock names by hash, or what was built here; nothing compiles."""
    for stage in found:
        for one in (c for run in stage.all("RUN") for c in commands(run)):
            fetches = " pip " in one and re.search(r" (install|wheel) ", one)
            is_hashed = "--require-hashes" in one and "--only-binary :all:" in one
            if fetches and not is_hashed and not ("--no-index" in one and "--no-deps" in one):
                yield one


def caches_are_left_out(found: list[Stage]) -> Iterator[str]:
    """No cache of pip (DL3042), no lists of apt (DL3009)."""
    for run in (run for stage in found for run in stage.all("RUN")):
        for one in commands(run):
            if " pip " in one and "--no-cache-dir" not in one and " uninstall" not in one:
                yield one
        if "apt-get" in run.text and "rm -rf /var/lib/apt/lists/*" not in run.text:
            yield run.text


def no_secret_is_baked_in(found: list[Stage]) -> Iterator[str]:
    """ENV, ARG and LABEL are read by everyone who has the image."""
    for stage in found:
        for each in (*stage.all("ENV"), *stage.all("ARG"), *stage.all("LABEL")):
            yield from (name for name in each.pairs if _SECRET.search(name))


def nothing_builds_at_the_end(found: list[Stage]) -> Iterator[str]:
    """The last stage installs nothing, and drops the installers that its base brought."""
    runs = found[-1].all("RUN")
    yield from (one for run in runs for one in commands(run) if _BUILDER.search(one))
    removed = [one for run in runs for one in commands(run) if one.startswith("rm -rf")]
    yield from (f"keeps {tool}" for tool in _TOOLS if not any(tool in one for one in removed))


def layers_are_few(found: list[Stage]) -> Iterator[str]:
    """One RUN a purpose (DL3059)."""
    yield from (s.name for s in found if len(s.all("RUN")) > MOST_LAYERS)


RULES: tuple[Rule, ...] = (
    base_is_exact,
    nothing_is_added,
    folders_are_absolute,
    user_is_a_number,
    copies_have_an_owner,
    command_is_a_list,
    packages_are_hashed,
    caches_are_left_out,
    no_secret_is_baked_in,
    nothing_builds_at_the_end,
    layers_are_few,
)


def broken(found: list[Stage]) -> dict[str, list[str]]:
    """What breaks each rule that is broken, by the rule's name."""
    said = {rule.__name__: list(rule(found)) for rule in RULES}
    return {name: where for name, where in said.items() if where}
