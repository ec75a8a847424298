"""What the chart lets run does its work: its settings serve, its scripts succeed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from helm.chart import containers, named, released
from support.patience import NEVER_S
from support.server import LOOPBACK, Server, serving
from support.services import free_port

HOST = "id.example.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the settings of the case for one small node; its database is elsewhere."""
    home = tmp_path_factory.mktemp("node")
    data = named(released("one-node"), "ConfigMap")["data"]
    given = {key.removeprefix("CONSENTRY_").lower(): value for key, value in data.items()}
    made = Server(**{**given, "database_url": f"sqlite:///{home}/consentry.db"}, home=home)
    made.command("migrate")
    with serving(made):
        yield made


def run(words: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    """A container's command on this machine, with the programs of this environment."""
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        words, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": programs, **variables},
    )  # fmt: skip


@pytest.mark.parametrize(("host", "works"), [(HOST, True), ("other.example.com", False)])
def test_helm_test_passes_where_the_base_host_is_known(
    server: Server, host: str, works: bool
) -> None:
    (test,) = containers(named(released("one-node"), "Pod", "demo-consentry-test"))
    assert {one["name"]: one["value"] for one in test["env"]}["BASE_HOST"] == HOST
    done = run(test["command"], SERVICE=f"{LOOPBACK}:{server.port}", BASE_HOST=host)
    assert (done.returncode == 0) is works, done.stderr
    assert f"{host} / {200 if works else 404}" in done.stdout


@pytest.mark.parametrize(
    ("host", "status"), [(f"{LOOPBACK}:8000", 200), (HOST, 404), (f"photos.{HOST}", 404)]
)
def test_figures_are_shown_to_prometheus_and_not_through_the_ingress(
    server: Server, host: str, status: int
) -> None:
    url = f"http://{LOOPBACK}:{server.port}/metrics"
    answer = httpx.get(url, headers={"Host": host}, timeout=NEVER_S)
    assert answer.status_code == status


def test_a_backup_takes_the_oldest_away_and_what_a_killed_one_left(
    server: Server, tmp_path: Path
) -> None:
    job = named(released("one-node"), "CronJob", "demo-consentry-backup")
    (backup,) = containers(job["spec"]["jobTemplate"]["spec"]["template"])
    *words, script = backup["command"]
    assert "tail -n +15" in script
    script = script.replace("/backup/", f"{tmp_path}/").replace("+15", "+3")
    for day in (1, 2, 3):
        (tmp_path / f"consentry-2020010{day}T000000Z.jsonl.gz").touch()
    (tmp_path / ".consentry-20200104T000000Z.jsonl.gz.7").touch()
    database = {"CONSENTRY_DATABASE_URL": server.database_url}
    done = run([*words, script], CONSENTRY_SECRET_KEY="only-for-tests-" * 4, **database)
    assert done.returncode == 0, done.stderr
    old, new = sorted(path.name for path in tmp_path.iterdir())
    assert old == "consentry-20200103T000000Z.jsonl.gz"
    assert (tmp_path / new).read_bytes().startswith(b"\x1f\x8b")


def test_a_backup_that_fails_takes_no_other_away(tmp_path: Path) -> None:
    job = named(released("one-node"), "CronJob", "demo-consentry-backup")
    (backup,) = containers(job["spec"]["jobTemplate"]["spec"]["template"])
    *words, script = backup["command"]
    old = tmp_path / "consentry-20200101T000000Z.jsonl.gz"
    old.touch()
    script = script.replace("/backup/", f"{tmp_path}/").replace("+15", "+1")
    # Without the program, as with one that fails.
    done = subprocess.run([*words, script], capture_output=True, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode != 0
    assert old.exists()


def test_a_worker_is_started_anew_when_it_hangs_and_not_while_redis_is_away(
    redis_url: str,
) -> None:
    spec = named(released("given"), "Deployment", "demo-consentry-worker")["spec"]
    (worker,) = containers(spec["template"])
    probe = worker["livenessProbe"]["exec"]
    assert worker["startupProbe"]["exec"] == probe
    url, _, _ = redis_url.rpartition("/")
    nobody_works = run(probe["command"], CONSENTRY_REDIS_URL=f"{url}/9")
    assert (nobody_works.returncode, "no worker" in nobody_works.stdout) == (1, True)
    away = run(probe["command"], CONSENTRY_REDIS_URL=f"redis://{LOOPBACK}:{free_port()}/0")
    assert away.returncode == 0, away.stdout
