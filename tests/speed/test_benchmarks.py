"""The benchmarks themselves, in one short turn."""

import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_benchmarks_run_and_give_their_figures_as_json() -> None:
    wanted = ["refresh", "oauth1_hmac_sha1"]
    words = ["--quick", "--json", *(word for name in wanted for word in ("--only", name))]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = {case["case"]: case for case in json.loads(done.stdout)["cases"]}
    assert list(found) == wanted
    assert all(case["ratio"] > 0 for case in found.values())


@pytest.mark.long
def test_the_simulation_has_every_kind_of_request_and_gives_its_figures() -> None:
    words = ["--quick", "--json", "--only", "simulation"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["simulation"]
    kinds = {kind for phase in found["phases"].values() for kind in phase["kinds"]}
    assert {"client credentials", "code", "refresh", "introspection", "userinfo"} <= kinds
    assert {"OAuth 1, signed", "discovery", "JWKS", "page", "password"} <= kinds
    assert all(phase["server_s"] > 0 for phase in found["phases"].values())
    assert found["growth"] and found["memory"]["server"] > 0
