"""The image, as its recipe tells it."""

import fnmatch
import pathlib
import tomllib

import pytest

from image.dockerfile import stages
from image.rules import RULES, broken

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text()
UID = "10001"
# One change a rule, by which it alone is broken.
SPOILED = {
    "base_is_exact": (":3.13.14-slim-trixie", ":latest"),
    "nothing_is_added": ("COPY platform platform", "ADD platform platform"),
    "folders_are_absolute": ("WORKDIR /data", "WORKDIR data"),
    "user_is_a_number": ("USER 10001:10001", "USER root"),
    "copies_have_an_owner": ("--chown=0:0 ", ""),
    "command_is_a_list": ('ENTRYPOINT ["consentry"]', "ENTRYPOINT consentry"),
    "packages_are_hashed": ("--require-hashes --only-binary", "--only-binary"),
    "caches_are_left_out": ("install --no-cache-dir --require", "install --require"),
    "no_secret_is_baked_in": ("ENV PATH=", "ENV CONSENTRY_SECRET_KEY=x PATH="),
    "nothing_builds_at_the_end": ("RUN rm -rf ", "RUN npm --version && rm -rf "),
    "layers_are_few": ("EXPOSE 8000", "RUN true\nRUN true\nRUN true\nEXPOSE 8000"),
}


def test_the_recipe_keeps_every_rule() -> None:
    """THREATS 63"""
    assert not broken(stages(TEXT))


@pytest.mark.parametrize("rule", [rule.__name__ for rule in RULES])
def test_a_rule_sees_what_breaks_it_alone(rule: str) -> None:
    good, bad = SPOILED[rule]
    assert good in TEXT
    assert list(broken(stages(TEXT.replace(good, bad, 1)))) == [rule]


@pytest.mark.parametrize("tool", ["ensurepip", "site-packages/*", "/usr/local/bin/pip*"])
def test_an_installer_left_in_the_last_stage_is_seen(tool: str) -> None:
    left = TEXT.replace(f"/usr/local/lib/python3*/{tool}", "").replace(tool, "")
    assert list(broken(stages(left))) == ["nothing_builds_at_the_end"]


def test_who_runs_it_owns_the_data_folder_and_nothing_else() -> None:
    last = stages(TEXT)[-1]
    (made,) = last.all("RUN")
    assert f"useradd --uid {UID}" in made.text
    assert f"install -d -o {UID} -g {UID} -m 0750 /data" in made.text
    assert [user.text for user in last.all("USER")] == [f"{UID}:{UID}"]


def test_the_image_starts_the_program_with_words_that_can_be_replaced() -> None:
    last = stages(TEXT)[-1]
    entry, words = last.last("ENTRYPOINT"), last.last("CMD")
    assert entry and entry.words == ["consentry"]
    assert words and words.words == ["serve", "--host", "0.0.0.0", "--port", "8000"]  # noqa: S104


def test_its_label_has_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    label = stages(TEXT)[-1].last("LABEL")
    assert label
    assert label.pairs["org.opencontainers.image.version"] == project["version"]
    assert label.pairs["org.opencontainers.image.licenses"] == project["license"]
    assert label.pairs["org.opencontainers.image.description"] == project["description"]


def test_build_arguments_replace_the_base() -> None:
    chosen = stages(TEXT, {"PYTHON_IMAGE": "example.com/python@sha256:" + "0" * 64})
    assert {stage.base for stage in chosen} == {"example.com/python@sha256:" + "0" * 64}


def is_sent(path: str) -> bool:
    """Whether the builder gets to see a path of the checkout: the last line that fits says."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().split():
        pattern, keep = line.removeprefix("!"), line.startswith("!")
        parts = path.split("/")
        heads = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        deep = pattern.startswith("**/") and any(fnmatch.fnmatch(p, pattern[3:]) for p in parts)
        if deep or any(fnmatch.fnmatch(head, pattern) for head in heads):
            sent = keep
    return sent


def test_the_builder_sees_what_is_copied_and_nothing_else() -> None:
    build = stages(TEXT)[0]
    sources = {word for copy in build.all("COPY") for word in copy.words[:-1]}
    assert all((ROOT / source).exists() and is_sent(source) for source in sources)
    kept = {path.name for path in ROOT.iterdir() if is_sent(path.name)}
    assert kept == sources


@pytest.mark.parametrize(
    "path", [".env", "var/secret_key", ".git/config", "platform/consentry/__pycache__/x.pyc"]
)
def test_secrets_and_rubbish_stay_with_the_checkout(path: str) -> None:
    assert not is_sent(path)
