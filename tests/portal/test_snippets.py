"""Every program of the Quickstart, run as it stands against a server."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from portal.developer import Developer, secret_of
from support.person import PASSWORD, Person
from support.server import Server, serving

HERE = Path(__file__).parent
CLIENTS = HERE.parent / "clients"
PROGRAM_S = 60
CURL, AUTHLIB, CONSENTRY, NODE, REQUESTS = (
    "curl", "authlib", "consentry", "openid-client", "requests-oauthlib",
)  # fmt: skip
PROGRAMS = [
    *[("web", name) for name in (CURL, AUTHLIB, CONSENTRY, NODE)],
    *[("machine", name) for name in (CURL, AUTHLIB, CONSENTRY, NODE)],
    ("single-page", NODE), ("native", CURL),
    ("oauth1", REQUESTS), ("oauth1", CONSENTRY), ("oob", REQUESTS),
    ("post", CURL), ("jwt", CONSENTRY),
]  # fmt: skip
CHANGED = {"post": "client_secret_post", "jwt": "client_secret_jwt"}


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One process with a developer besides the demo."""
    home = tmp_path_factory.mktemp("snippets")
    shutil.copy(sqlite_template, home / "consentry.db")
    made = Server(f"sqlite:///{home}/consentry.db", home)
    dora = {"username": "dora", "password": PASSWORD, "roles": ["developer"]}
    made.apply({"users": [dora]})
    with serving(made):
        yield made


@pytest.fixture(scope="module")
async def dora(server: Server) -> AsyncIterator[Developer]:
    async with Person(server.issuer(), "dora") as person:
        await person._fill_in(await person.browser.get("/login"), "")
        yield Developer(person.browser)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
async def apps(dora: Developer) -> dict[str, tuple[str, str | None]]:
    """An app of each kind: its address and secret."""
    found = {}
    for kind in ("web", "single-page", "native", "machine", "agent", "oauth1"):
        found[kind] = await dora.register(kind)
    found["oob"] = await dora.register("oauth1", redirect_uris="oob")
    for name, method in CHANGED.items():
        href, _ = await dora.register("web")
        where = f"{href}/credentials"
        await dora.send(where, act="keys", token_endpoint_auth_method=method)
        # What signs assertions must be kept in another form: a secret made before cannot.
        await dora.send(where, act="secret")
        found[name] = href, secret_of(await dora.get(where))
    return found


def command(name: str, program: Path) -> list[str]:
    """How a program is started."""
    if name == CURL:
        return [str(shutil.which("bash")), str(program)]
    if name == NODE:
        return [str(shutil.which("node")), "--import", str(HERE / "loopback/loopback.mjs"),
                str(program)]  # fmt: skip
    return [sys.executable, str(program)]


def written(name: str, text: str, folder: Path) -> Path:
    """A program in a folder where it finds what it imports."""
    folder.mkdir()
    program = folder / {CURL: "app.sh", NODE: "app.mjs"}.get(name, "app.py")
    program.write_text(text)
    (folder / "node_modules").symlink_to(CLIENTS / "node_modules")
    return program


async def run(name: str, program: Path, secret: str | None, person: Person) -> str:
    """What a program prints, with a person who opens what it asks to and says where they land."""
    environment = {**os.environ, "PYTHONPATH": str(HERE / "loopback"), "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(
        *command(name, program), env={**environment, "CLIENT_SECRET": secret or ""},
        cwd=program.parent, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    said = ""
    while line := (await asyncio.wait_for(process.stdout.readline(), PROGRAM_S)).decode():
        said += line
        if line.startswith("Open:"):
            landed = await person.visit(line.removeprefix("Open:").strip())
            process.stdin.write(landed.encode() + b"\n")
    assert await process.wait() == 0, said
    return said


@pytest.mark.parametrize(("kind", "name"), PROGRAMS, ids=lambda one: str(one))
async def test_a_program_of_the_quickstart_runs_as_it_stands(
    server: Server, dora: Developer, apps: dict[str, tuple[str, str | None]], kind: str,
    name: str, tmp_path: Path,
) -> None:  # fmt: skip
    href, secret = apps[kind]
    page = await dora.get(f"{href}/quickstart?with={quote(name)}")
    shown = re.search(r'<code id="snippet">(.*?)</code></pre>', page.text, re.S)
    assert shown is not None
    assert secret is None or secret not in page.text
    async with Person(server.issuer()) as jane:
        program = written(name, unescape(shown[1]), tmp_path / "run")
        said = await run(name, program, secret, jane)
    worth = re.search(r"\{[^{}]*client_id[^{}]*\}", said)
    assert worth is not None, said
    text = worth[0]
    assert href.rpartition("/")[2] in text
    assert "photos.read" in text
    assert ("oauth1" if kind in ("oauth1", "oob") else "oauth2") in text


async def test_what_a_library_cannot_do_is_not_offered(dora: Developer) -> None:
    href, _ = await dora.register("web")
    jwks = {"keys": [{"kty": "EC", "crv": "P-256", "kid": "k",
                      "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                      "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}  # fmt: skip
    await dora.send(
        f"{href}/credentials", act="keys", token_endpoint_auth_method="private_key_jwt",
        jwks=json.dumps(jwks),
    )  # fmt: skip
    page = await dora.get(f"{href}/quickstart")
    assert "private_key_jwt(open(" in unescape(page.text)
    assert "with=curl" not in page.text
