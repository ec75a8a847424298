"""What runs in a cluster, and with which rights, settings and secrets."""

import re

import pytest

from consentry.settings import Settings
from helm.chart import (
    CASES,
    case,
    containers,
    environment,
    manifests,
    named,
    pods,
    released,
)
from helm.derived import CHART, Json

NAMES = [path.stem for path in CASES]
PODS = [
    pytest.param(name, title, pod, id=f"{name} {title}")
    for name in NAMES
    for title, pod in pods(released(name))
]
VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}


@pytest.mark.parametrize(("name", "title", "pod"), PODS)
def test_every_pod_fits_the_restricted_profile(name: str, title: str, pod: Json) -> None:
    """Pod Security Standards, Restricted; and a read-only root and no token besides."""
    spec = pod["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    rights = spec["securityContext"]
    assert rights["runAsNonRoot"] is True
    assert rights["runAsUser"] == 10001
    assert rights["seccompProfile"] == {"type": "RuntimeDefault"}
    for volume in spec.get("volumes", []):
        assert set(volume) - {"name"} <= VOLUMES
    for one in containers(pod):
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
        assert not any("hostPort" in port for port in one.get("ports", []))


@pytest.mark.parametrize(("name", "title", "pod"), PODS)
def test_every_container_says_what_it_needs_and_may_use(name: str, title: str, pod: Json) -> None:
    for one in containers(pod):
        assert set(one["resources"]["requests"]) == {"cpu", "memory"}
        assert "memory" in one["resources"]["limits"]
        assert not one["image"].endswith((":latest", ":"))


@pytest.mark.parametrize(("name", "title", "pod"), PODS)
def test_what_is_written_goes_to_a_volume(name: str, title: str, pod: Json) -> None:
    volumes = {one["name"] for one in pod["spec"].get("volumes", [])}
    for one in containers(pod):
        mounted = {mount["mountPath"]: mount["name"] for mount in one.get("volumeMounts", [])}
        assert set(mounted.values()) <= volumes
        assert "/tmp" in mounted or one["name"] == "test"


@pytest.mark.parametrize(("name", "title", "pod"), PODS)
def test_settings_are_real_and_secrets_come_from_a_secret(name: str, title: str, pod: Json) -> None:
    known = {f"CONSENTRY_{field.upper()}" for field in Settings.model_fields}
    secret = {"CONSENTRY_SECRET_KEY", "CONSENTRY_DATABASE_URL", "CONSENTRY_REDIS_URL"}
    for one in containers(pod):
        found = environment(one, released(name))
        ours = {key for key in found if key.startswith("CONSENTRY_")}
        assert ours <= known
        for key in secret & ours:
            from_secret = isinstance(found[key], dict)
            assert from_secret or found[key].startswith(("sqlite:", "redis://:$(VALKEY_PASSWORD)@"))
        # The owner of the tables does not open what is sealed in them.
        has_no_key = title.startswith("Job") or one["name"] in ("test", "valkey")
        assert has_no_key is ("CONSENTRY_SECRET_KEY" not in ours)


def test_the_templates_name_no_setting_that_is_none() -> None:
    known = {f"CONSENTRY_{field.upper()}" for field in Settings.model_fields}
    text = "".join(path.read_text() for path in CHART.glob("templates/**/*.*"))
    assert set(re.findall(r"CONSENTRY_[A-Z][A-Z0-9_]*", text)) <= known


def test_settings_take_the_form_that_a_process_reads() -> None:
    found = released("given")
    data = dict(named(found, "ConfigMap")["data"])
    assert data["CONSENTRY_AUDIT_LIFETIME"] == "63072000"
    assert data["CONSENTRY_ACCESS_LOG"] == "false"
    read = Settings(_env_file=None, **{k[10:].lower(): v for k, v in data.items()})
    assert (read.audit_lifetime, read.access_log) == (63_072_000, False)
    assert read.base_url == "https://id.example.com"
    assert read.metrics == "address"
    assert [str(network) for network in read.trusted_proxies] == ["10.0.0.0/8"]


def test_the_migration_may_have_a_role_of_its_own() -> None:
    """THREATS 63"""
    found = released("given")
    for title, pod in pods(found):
        (first, *_) = containers(pod)
        url = environment(first, found).get("CONSENTRY_DATABASE_URL")
        if title.startswith("Job"):
            assert url == {"name": "consentry-secrets", "key": "migration-database-url"}
        elif first["name"] != "test":
            assert url == {"name": "consentry-secrets", "key": "database-url"}


@pytest.mark.parametrize("name", ["external-secrets", "given", "plain"])
def test_the_migration_needs_nothing_that_comes_after_it(name: str) -> None:
    """Hooks run before the rest of a release is there."""
    found = released(name)
    hooks = [each for each in found if "helm.sh/hook" in each["metadata"].get("annotations", {})]
    before = [each for each in hooks if each["metadata"]["name"] == "demo-consentry-migrate"]
    makes_account = name != "plain"
    assert ("ServiceAccount" in {each["kind"] for each in before}) is makes_account
    weight = {each["kind"]: each["metadata"]["annotations"] for each in before}
    assert {each["helm.sh/hook"] for each in weight.values()} == {"pre-install,pre-upgrade"}
    assert all(int(weight[kind]["helm.sh/hook-weight"]) < 0 for kind in weight if kind != "Job")
    spec = named(found, "Job", "demo-consentry-migrate")["spec"]["template"]["spec"]
    account = "demo-consentry-migrate" if makes_account else "default"
    assert spec["serviceAccountName"] == account
    assert "envFrom" not in spec["containers"][0]
    values = environment(spec["containers"][0], found).values()
    secrets = {one["name"] for one in values if isinstance(one, dict)}
    made_before = {"demo-consentry-migrate"} if name != "given" else {"consentry-secrets"}
    assert secrets == made_before


def test_every_account_has_the_annotations_that_are_asked_for() -> None:
    """A cloud may know a pod, the migration's as well, by its account."""
    account = {"annotations": {"cloud.example/role": "consentry"}}
    found = manifests({**case("given"), "serviceAccount": account})
    accounts = [one["metadata"] for one in found if one["kind"] == "ServiceAccount"]
    assert len(accounts) == 2
    for one in accounts:
        assert one["annotations"]["cloud.example/role"] == "consentry"


@pytest.mark.parametrize("name", ["made-here", "one-node"])
def test_a_database_of_the_release_is_migrated_by_each_pod(name: str) -> None:
    found = released(name)
    assert "Job" not in {one["kind"] for one in found}
    for title, pod in pods(found):
        if title.startswith("Deployment"):
            (first,) = pod["spec"]["initContainers"]
            assert first["args"] == ["migrate"]


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        (1, None),
        (2, {"method": "any", "number": 1, "dataDurability": "preferred"}),
        (3, {"method": "any", "number": 1, "dataDurability": "required", "failoverQuorum": True}),
    ],
)
def test_a_commit_waits_for_a_second_server_where_there_is_one(
    servers: int, expected: Json | None
) -> None:
    database = {"kind": "cloudnativepg", "cloudnativepg": {"instances": servers}}
    found = manifests({**case("made-here"), "database": database})
    spec = named(found, "Cluster", "demo-consentry-db")["spec"]
    assert spec.get("postgresql", {}).get("synchronous") == expected


def test_a_worker_runs_only_where_a_redis_wakes_it() -> None:
    for name in NAMES:
        workers = [
            pod["spec"]["containers"][0]["args"]
            for title, pod in pods(released(name))
            if title.endswith("-worker")
        ]
        assert [words[0] for words in workers] == ["worker"] * ("redis" in case(name))


def test_a_new_setting_or_secret_starts_the_pods_anew() -> None:
    plain = case("plain")
    other_secret = {**plain["secrets"]["values"], "databaseUrl": "postgresql://other/db"}
    for values in (
        {**plain, "settings": {"log_level": "debug"}},
        {**plain, "secrets": {"source": "values", "values": other_secret}},
    ):
        for kind in ("demo-consentry", "demo-consentry-worker"):
            before = named(released("plain"), "Deployment", kind)
            after = named(manifests(values), "Deployment", kind)
            assert before["spec"]["template"]["metadata"] != after["spec"]["template"]["metadata"]


def test_sqlite_is_opened_by_one_pod_at_a_time() -> None:
    found = released("one-node")
    serve = named(found, "Deployment")["spec"]
    assert (serve["replicas"], serve["strategy"]) == (1, {"type": "Recreate"})
    claim = named(found, "PersistentVolumeClaim", "demo-consentry-data")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    backup = named(found, "CronJob", "demo-consentry-backup")
    spec = backup["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    rule = spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]
    assert rule["topologyKey"] == "kubernetes.io/hostname"
    labels = serve["template"]["metadata"]["labels"].items()
    assert rule["labelSelector"]["matchLabels"].items() <= labels


def test_a_stopping_pod_has_longer_than_a_process_takes() -> None:
    """Drain and the requests under way end within 20 seconds."""
    for name in NAMES:
        for title, pod in pods(released(name)):
            if title.startswith("Deployment"):
                assert pod["spec"]["terminationGracePeriodSeconds"] == 30


def test_probes_ask_what_answers_on_any_host() -> None:
    (serve,) = named(released("given"), "Deployment")["spec"]["template"]["spec"]["containers"]
    assert serve["readinessProbe"]["httpGet"]["path"] == "/readyz"
    for kind in ("livenessProbe", "startupProbe"):
        assert serve[kind]["httpGet"]["path"] == "/healthz"


def test_an_autoscaler_alone_says_how_many_pods() -> None:
    found = released("given")
    assert "replicas" not in named(found, "Deployment")["spec"]
    assert named(found, "HorizontalPodAutoscaler")["spec"]["minReplicas"] == 3
    assert "replicas" in named(released("made-here"), "Deployment")["spec"]
    assert not [one for one in released("made-here") if one["kind"] == "HorizontalPodAutoscaler"]


def test_one_pod_gets_no_budget_and_several_do() -> None:
    """A budget for one pod would keep its node from being emptied."""
    budgets = {
        name: [one["metadata"]["name"] for one in released(name) if "Budget" in one["kind"]]
        for name in NAMES
    }
    assert budgets["one-node"] == budgets["plain"] == []
    assert budgets["given"] == ["demo-consentry", "demo-consentry-worker"]
