"""The chart as Helm itself renders it, and what tests look for in that."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from helm_python import Chart, lint

from helm.derived import CHART, Json

CASES = sorted(CHART.glob("ci/*.yaml"))
RELEASE, NAMESPACE = "demo", "prod"
WITH_PODS = ("CronJob", "Deployment", "Job", "Pod", "StatefulSet")


def case(name: str) -> Json:
    """The values of one file of `ci/`."""
    found: Json = yaml.safe_load((CHART / f"ci/{name}.yaml").read_text())
    return found


@cache
def _chart() -> Chart:
    return Chart.load(CHART)


def render(values: Json, release: str = RELEASE) -> dict[str, str]:
    """Template to text. Raises HelmError with what is wrong with the values."""
    return _chart().render(values, name=release, namespace=NAMESPACE)


@cache
def notes(name: str) -> str:
    """What Helm says after installing a case."""
    return next(t for path, t in render(case(name)).items() if path.endswith("NOTES.txt"))


def manifests(values: Json, release: str = RELEASE) -> list[Json]:
    """What a release of these values puts into a cluster."""
    texts = [text for path, text in render(values, release).items() if path.endswith(".yaml")]
    return [one for text in texts for one in yaml.safe_load_all(text) if one]


@cache
def released(name: str) -> list[Json]:
    """What a release of a case puts into a cluster; not to be changed."""
    return manifests(case(name))


def problems(values: Json) -> list[str]:
    """What `helm lint` warns of or refuses."""
    found = lint(CHART, values, strict=True)["messages"]
    return [one["error"] for one in found if one["severity"] > 1]


def named(found: list[Json], kind: str, name: str = f"{RELEASE}-consentry") -> Json:
    """The only one of its kind with this name."""
    (one,) = [each for each in found if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return one


def pods(found: list[Json]) -> Iterator[tuple[str, Json]]:
    """Name, and metadata and spec, of each pod that these manifests lead to."""
    for one in found:
        if one["kind"] in WITH_PODS:
            pod = one
            while "containers" not in pod["spec"]:
                pod = pod["spec"].get("jobTemplate") or pod["spec"]["template"]
            yield f"{one['kind']} {one['metadata']['name']}", pod


def containers(pod: Json) -> list[Json]:
    """Its containers, those that run first included."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def environment(container: Json, found: list[Json]) -> dict[str, Any]:
    """Variable to value, or to the reference that fills it."""
    seen: dict[str, Any] = {}
    for source in container.get("envFrom", []):
        seen |= named(found, "ConfigMap", source["configMapRef"]["name"])["data"]
    for one in container.get("env", []):
        seen[one["name"]] = one.get("value", one.get("valueFrom", {}).get("secretKeyRef"))
    return seen


def selects(selector: Json, labels: Json) -> bool:
    """Whether a LabelSelector chooses these labels."""
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    return all(
        (labels.get(one["key"]) in one["values"]) == (one["operator"] == "In")
        for one in selector.get("matchExpressions", [])
    )
