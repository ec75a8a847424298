"""A newcomer's first steps: every command of the README against a real server."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.pages import README, blocks
from support.person import Person, parameters
from support.server import DEMO, Server, serving

SHOWN = "http://photos.localhost:8000"
ADDRESS = re.compile(rf"^{SHOWN}/oauth2/authorize\S+$", re.MULTILINE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("readme")
    made = Server(f"sqlite:///{home}/consentry.db", home)
    made.command("migrate")
    made.command("apply", "-f", str(DEMO))
    with serving(made):
        yield made


def run(server: Server, block: str, tmp_path: Path, **variables: str) -> list[Any]:
    """The JSON documents that the commands print; a status of 400 or more fails them."""
    (tmp_path / ".curlrc").write_text("fail-with-body\n")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.replace(SHOWN, server.issuer())],
        capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "CURL_HOME": str(tmp_path), "NO_PROXY": "*", **variables},
    )  # fmt: skip
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return documents(done.stdout)


def documents(text: str) -> list[Any]:
    """The JSON documents a text is made of."""
    found, rest = [], text.strip()
    while rest:
        document, end = json.JSONDecoder().raw_decode(rest)
        found.append(document)
        rest = rest[end:].strip()
    return found


async def test_the_commands_of_the_readme_work(server: Server, tmp_path: Path) -> None:
    metadata, own, worth, for_api, with_person = blocks(README, "sh")
    [configuration, keys] = run(server, metadata, tmp_path)
    assert configuration["issuer"] == server.issuer()
    assert {key["alg"] for key in keys["keys"]} == {"RS256", "ES256"}
    [issued] = run(server, own, tmp_path)
    assert issued["access_token"].startswith("cns_at_")
    assert [each["active"] for each in run(server, worth, tmp_path)] == [True, False]
    [issued] = run(server, for_api, tmp_path)
    assert issued["access_token"].count(".") == 2
    [address] = ADDRESS.findall(README.read_text())
    async with Person(server.issuer()) as jane:
        came_back = parameters(await jane.visit(address.replace(SHOWN, server.issuer())))
    [issued] = run(server, with_person, tmp_path, CODE=came_back["code"])
    assert {"access_token", "refresh_token", "id_token"} <= set(issued)
