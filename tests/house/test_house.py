"""The shape of the code: rooms, floors, sizes."""

import ast
import pathlib
import platform
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ("platform", "admin_ui", "workers", "migrations")
CORE = ROOT / "platform/consentry"
CALCULATING = ("spec", "jose", "crypto")
OUTSIDE = {"asyncio", "socket", "ssl", "httpx2", "sqlalchemy", "sqlmodel", "asyncpg", "aiosqlite"}
OUTSIDE |= {"starlette", "uvicorn", "subprocess", "pathlib", "sqlite3", "urllib.request"}
REACHING = {("os", "environ"), ("os", "getenv"), ("os", "open"), ("os", "stat")}
REACHING |= {("datetime", "now"), ("datetime", "utcnow"), ("date", "today")}
REACHING |= {("time", name) for name in ("time", "time_ns", "monotonic", "monotonic_ns", "sleep")}
FILE_LINES, FUNCTION_LINES = 400, 40


def sources(*folders: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def shown(path: pathlib.Path, line: int, what: str) -> str:
    return f"{path.relative_to(ROOT)}:{line}: {what}"


def test_import_platform_is_the_standard_library() -> None:
    """The folder platform/ is a source root, never a package."""
    assert not (ROOT / "platform/__init__.py").exists()
    said = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.__file__)"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    standard = pathlib.Path(sysconfig.get_path("stdlib")).resolve()
    assert pathlib.Path(said).resolve().parent == standard
    assert platform.python_version() == sys.version.split()[0]


def test_imports_go_down_the_house_only() -> None:
    """The contracts of pyproject.toml."""
    done = subprocess.run(
        [pathlib.Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_has_its_floor() -> None:
    """A new room of the core is named in the layers contract, or nothing would hold it."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    layers = " ".join(tool["importlinter"]["contracts"][0]["layers"])
    named = set(layers.replace("(", " ").replace(")", " ").split())
    rooms = {path.stem for path in CORE.glob("*.py")} - {"__init__"}
    rooms |= {path.parent.name for path in CORE.glob("*/__init__.py")}
    assert {f"consentry.{room}" for room in rooms} <= named


@pytest.mark.parametrize("room", CALCULATING)
def test_a_calculating_room_has_no_io_no_clock_and_no_await(room: str) -> None:
    wrong = [
        shown(path, line, what)
        for path in sources(CORE / room)
        for line, what in outward(ast.parse(path.read_text()))
    ]
    assert not wrong, "\n".join(wrong)


def outward(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines that reach out of pure calculation, and how."""
    for node in ast.walk(tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield node.lineno, "asynchronous"
            case ast.Import(names=names):
                yield from ((node.lineno, n.name) for n in names if is_outside(n.name))
            case ast.ImportFrom(module=str(module)) if is_outside(module):
                yield node.lineno, module
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if (name, attr) in REACHING:
                yield node.lineno, f"{name}.{attr}"
            case ast.Call(func=ast.Name(id="open" | "input" | "print")):
                yield node.lineno, "input or output"


def is_outside(module: str) -> bool:
    return module in OUTSIDE or module.partition(".")[0] in OUTSIDE


@pytest.mark.parametrize(
    "code",
    [
        "import asyncio",
        "os.environ",
        "async def f(): ...",
        "datetime.now()",
        "open('x')",
    ],
)
def test_the_check_of_calculating_rooms_sees(code: str) -> None:
    assert list(outward(ast.parse(code)))


def test_no_file_and_no_function_outgrows_the_house() -> None:
    wrong = []
    for path in sources(*(ROOT / root for root in SOURCES)):
        text = path.read_text()
        if (lines := text.count("\n")) > FILE_LINES:
            wrong.append(shown(path, 1, f"{lines} lines"))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES and "versions" not in path.parts:
                    wrong.append(shown(path, node.lineno, f"{node.name} has {lines} lines"))
    assert not wrong, "\n".join(wrong)
