"""The library comes without the server."""

import subprocess
import sys

SERVER = (
    "sqlalchemy", "sqlmodel", "asyncpg", "aiosqlite", "uvicorn", "jinja2", "pydantic_settings",
    "consentry.store", "consentry.tenancy", "consentry.records", "consentry.web",
    "consentry.settings", "consentry.client",
)  # fmt: skip


def test_it_brings_nothing_of_the_server_along() -> None:
    code = f"import sys, consentry.resource; print(set({SERVER}) & set(sys.modules))"
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert said.strip() == "set()"
