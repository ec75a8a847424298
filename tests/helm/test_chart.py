"""The chart in the hands of Helm and of Kubernetes: what they take, and what is refused."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_python import HelmError
from jsonschema import Draft7Validator
from kubernetes_validate import SchemaNotFoundError, validate

from helm.chart import CASES, RELEASE, case, manifests, named, notes, problems, released, render
from helm.derived import CHART, ROOT, Json

# Kubernetes from the chart's least version to the newest whose schemas are at hand.
VERSIONS = ("1.27", "1.37")
# What operators define: of each kind the fields that we use, as its CRD describes them.
FOREIGN: Json = json.loads((Path(__file__).parent / "operators.json").read_text())
NAMES = [path.stem for path in CASES]
GIVEN, PLAIN, NODE, MADE = case("given"), case("plain"), case("one-node"), case("made-here")


@pytest.mark.parametrize("name", NAMES)
def test_helm_finds_nothing_wrong(name: str) -> None:
    assert problems(case(name)) == []
    assert notes(name).startswith("Consentry 0.1.0 is at http")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_kubernetes_knows_every_field(name: str, version: str) -> None:
    for one in released(name):
        try:
            validate(one, version, strict=True)
        except SchemaNotFoundError:
            assert foreign_problems(one) == []


def foreign_problems(one: Json) -> list[str]:
    """What the CRD of its operator would refuse, or silently drop."""
    known = FOREIGN[one["kind"]]
    assert one["apiVersion"] == known["apiVersion"]
    return [str(error.message) for error in Draft7Validator(known["schema"]).iter_errors(one)]


def test_what_operators_define_may_be_as_much_as_values_allow() -> None:
    domains = [{"host": f"login.d{number}.example"} for number in range(61)]
    small = changed(changed(MADE, "customDomains", domains), "database.cloudnativepg.instances", 1)
    found = [one for one in manifests(small) if one["kind"] in FOREIGN]
    assert len(found) > 61
    assert [problem for one in found for problem in foreign_problems(one)] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_two_things_have_one_name(name: str) -> None:
    found = [(one["kind"], one["metadata"]["name"]) for one in released(name)]
    assert len(found) == len(set(found))
    assert all(len(each) <= 63 for _, each in found)


# Kubernetes and CloudNativePG add to these names, and the sum has 63 characters at most.
LONGEST = {"CronJob": 52, "StatefulSet": 52, "Cluster": 50}


@pytest.mark.parametrize("name", NAMES)
def test_a_long_release_name_still_gives_names_that_fit(name: str) -> None:
    found = manifests(case(name), "r" * 53)
    assert named(found, "ConfigMap", "r" * 45)
    for one in found:
        assert len(one["metadata"]["name"]) <= LONGEST.get(one["kind"], 63)
    titles = [(one["kind"], one["metadata"]["name"]) for one in found]
    assert len(titles) == len(set(titles))


def test_the_cases_show_every_template_and_every_kind() -> None:
    kinds = {one["kind"] for name in NAMES for one in released(name)}
    assert set(FOREIGN) <= kinds
    shown = {Path(path).name for name in NAMES for path, text in render(case(name)).items() if text}
    assert {path.name for path in CHART.glob("templates/**/*.yaml")} <= shown


def test_the_chart_is_of_the_version_that_it_installs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == chart["version"] == project["version"]


def test_the_same_values_give_the_same_manifests() -> None:
    """No key is made while rendering: a second one would open nothing."""
    assert all(render(case(name)) == render(case(name)) for name in NAMES)


def test_the_notes_warn_of_what_is_easily_forgotten() -> None:
    assert "trusted_proxies is empty" in notes("plain")
    assert "plain http" in notes("plain")
    assert "No backup is made" in notes("plain")
    assert "The Gateway is yours" in notes("plain")
    assert "port-forward" in notes("external-secrets")
    for word in ("WARNING", "No backup"):
        assert word not in notes("given")
    assert f"helm test {RELEASE}" in notes("given")


def changed(values: Json, path: str, value: Any) -> Json:
    """The same values with one of them, named by its path, another."""
    name, _, rest = path.partition(".")
    inside = value if not rest else changed(values.get(name, {}), rest, value)
    return {**values, name: inside}


@pytest.mark.parametrize(
    ("values", "path", "value", "said"),
    [
        # What the schema knows of one value.
        (GIVEN, "baseUrl", "id.example.com", "at '/baseUrl'"),
        (GIVEN, "baseUrl", "https://id.example.com/oauth", "at '/baseUrl'"),
        (GIVEN, "replicaCount", 3, "additional properties 'replicaCount' not allowed"),
        (GIVEN, "fullnameOverride", "id.example", "at '/fullnameOverride'"),
        (GIVEN, "fullnameOverride", "a" * 46, "at '/fullnameOverride': maxLength"),
        (GIVEN, "serve.replicas", 0, "at '/serve/replicas': minimum: got 0, want 1"),
        (GIVEN, "serve.replicas", "3", "at '/serve/replicas': got string, want integer"),
        (GIVEN, "serve.replica", 3, "additional properties 'replica' not allowed"),
        (GIVEN, "serve.resources", {"requests": {"memory": "1 GB"}}, "at '/serve/resources"),
        (GIVEN, "settings.log_levle", "info", "additional properties 'log_levle' not allowed"),
        (GIVEN, "settings.log_level", "loud", "at '/settings/log_level'"),
        (GIVEN, "settings.login_lifetime", 1, "minimum: got 1, want 60"),
        (GIVEN, "settings.secret_key", "x" * 40, "additional properties 'secret_key' not allowed"),
        (GIVEN, "database.kind", "mysql", "at '/database/kind': value must be one of"),
        (GIVEN, "redis.kind", "sentinel", "at '/redis/kind': value must be one of"),
        (GIVEN, "image.digest", "sha256:abc", "at '/image/digest'"),
        (GIVEN, "pods.env", [{"name": "CONSENTRY_LIMITS", "value": "off"}], "at '/pods/env/0"),
        (GIVEN, "networkPolicy.ingressFrom", [], "at '/networkPolicy/ingressFrom': minItems"),
        (GIVEN, "customDomains", [{"host": "https://x.example"}], "at '/customDomains/0/host'"),
        (GIVEN, "backup.schedule", "daily", "at '/backup/schedule'"),
        (PLAIN, "secrets.values.secretKey", "short", "at '/secrets/values/secretKey'"),
        (PLAIN, "secrets.values.databaseUrl", "mysql://db", "at '/secrets/values/databaseUrl'"),
        (PLAIN, "secrets.values.valkeyPassword", "with@sign", "at '/secrets/values/valkey"),
        # What does not go together.
        ({}, "global", {}, "baseUrl: say where people reach Consentry"),
        (GIVEN, "secrets.name", "", "secrets.name: name the Secret that holds secret-key"),
        (GIVEN, "secrets.source", "external", "secrets.external: store.name and remoteKey"),
        (PLAIN, "secrets.values.secretKey", "", "secrets.values.secretKey: give the root key"),
        (PLAIN, "secrets.values.databaseUrl", "", "secrets.values.databaseUrl: database.kind"),
        (PLAIN, "secrets.values.migrationDatabaseUrl", "", "database.separateMigrator needs it"),
        (PLAIN, "secrets.values.redisUrl", "", "secrets.values.redisUrl: redis.kind external"),
        (PLAIN, "redis.kind", "valkey", "secrets.values.valkeyPassword: redis.kind valkey"),
        (NODE, "redis.kind", "valkey", "redis.kind: a worker cannot open the SQLite file"),
        (NODE, "serve.replicas", 2, "serve.replicas: SQLite serves from one pod"),
        (NODE, "serve.autoscaling.enabled", True, "serve.replicas: SQLite serves from one pod"),
        (NODE, "serve.workers", 2, "serve.workers: SQLite serves from one process"),
        (NODE, "database.separateMigrator", True, "database.separateMigrator: only database.kind"),
        (GIVEN, "serve.autoscaling.minReplicas", 30, "minReplicas is above maxReplicas"),
        (GIVEN, "expose.kind", "gateway", "expose.gateway.parentRefs: name the Gateway"),
        (PLAIN, "expose.gateway.create", True, "expose.gateway.className"),
        (PLAIN, "tls.issuer.name", "x", "tls.issuer: a Gateway of yours asks for its certificates"),
        (MADE, "customDomains", [{"host": f"d{n}.example"} for n in range(62)], "has room for 61"),
        (GIVEN, "customDomains", [{"host": "a.example"}] * 2, "a.example is there twice"),
        (PLAIN, "customDomains", [{"host": "a.example", "issuer": {"name": "x"}}],
         "customDomains: a.example cannot have an issuer of its own"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_used_are_refused(
    values: Json, path: str, value: Any, said: str
) -> None:
    with pytest.raises(HelmError) as refused:
        manifests(changed(values, path, value))
    assert said in str(refused.value)
