"""Alerts and dashboard ask for figures that there are."""

import json
import re

import pytest
from prometheus_client.metrics import MetricWrapperBase

from consentry.main import TENANT_ENDPOINTS
from consentry.metrics import registry
from helm.chart import case, manifests, named, released, selects
from helm.derived import CHART, ROOT, Json

DASHBOARD = CHART / "dashboards/consentry.json"
_METRIC = re.compile(r"\bconsentry_\w+")
_SUFFIXES: dict[str, tuple[str, ...]] = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
    "info": ("_info",),
}
# The labels that Prometheus adds to what it scrapes through a ServiceMonitor.
ADDED = {"namespace", "service", "le"}


def served() -> dict[str, set[str]]:
    """Every series of ours to its labels."""
    labels = {
        each._name: set(each._labelnames)
        for each in registry._collector_to_names
        if isinstance(each, MetricWrapperBase)
    }
    return {
        each.name + suffix: labels[each.name]
        for each in registry.collect()
        for suffix in _SUFFIXES[each.type]
        if each.name.startswith("consentry_")
    }


def alerts() -> list[Json]:
    """The alerts of the case that has them."""
    (group,) = named(released("given"), "PrometheusRule")["spec"]["groups"]
    found: list[Json] = group["rules"]
    return found


def dashboard() -> Json:
    """The dashboard as a cluster gets it."""
    data = named(released("given"), "ConfigMap", "demo-consentry-dashboard")["data"]
    found: Json = json.loads(data["consentry.json"])
    return found


def asked() -> list[str]:
    """Every expression of alerts and dashboard."""
    targets = [each for panel in dashboard()["panels"] for each in panel.get("targets", [])]
    variables = [each["definition"] for each in dashboard()["templating"]["list"][1:]]
    return [*(one["expr"] for one in alerts()), *(one["expr"] for one in targets), *variables]


@pytest.mark.parametrize("expression", asked())
def test_every_figure_that_is_asked_for_exists(expression: str) -> None:
    known = served()
    assert _METRIC.findall(expression)
    for name, braces in re.findall(r"(consentry_\w+)(?:\{([^}]*)\})?", expression):
        assert name in known
        by = re.findall(r"(\w+)=~?\"", braces)
        assert set(by) <= known[name] | ADDED


@pytest.mark.parametrize("expression", asked())
def test_what_is_summed_by_a_label_has_it(expression: str) -> None:
    known = served()
    for labels, rest in re.findall(r"by \(([^)]*)\)([^{]*)", expression):
        name = _METRIC.findall(rest)[0]
        assert set(re.split(r", *", labels)) <= known[name] | ADDED


def test_endpoints_that_are_named_exist() -> None:
    known = {each.name for each in TENANT_ENDPOINTS.values()}
    named_ones = {one for each in asked() for one in re.findall(r'endpoint="(\w+)"', each)}
    assert named_ones == {"token"} <= known


def test_alerts_ask_for_this_release_alone() -> None:
    for one in alerts():
        for _, braces in re.findall(r"(consentry_\w+)(\{[^}]*\})?", one["expr"]):
            assert re.match(r'\{namespace="prod",service=~?"demo-consentry[("]', braces)
        assert one["labels"]["severity"] in ("critical", "warning")
        assert one["annotations"]["summary"].endswith((".", "."))


def test_alerts_have_their_page() -> None:
    """Whoever is woken reads what to do."""
    text = (ROOT / "docs/kubernetes.md").read_text()
    rows = re.findall(r"^\| `(Consentry\w+)` \|", text, re.MULTILINE)
    assert rows == [one["alert"] for one in alerts()]


def test_thresholds_are_values() -> None:
    values = case("given")
    monitoring = {**values["monitoring"], "rules": {"enabled": True, "outboxLagSeconds": 4711}}
    rules = named(manifests({**values, "monitoring": monitoring}), "PrometheusRule")
    assert "> 4711" in json.dumps(rules)


def test_our_own_labels_win_over_those_that_prometheus_adds() -> None:
    """`endpoint` and `job` would be renamed, and alerts would find nothing."""
    for one in named(released("given"), "ServiceMonitor")["spec"]["endpoints"]:
        assert (one["honorLabels"], one["path"]) == (True, "/metrics")


def test_what_serves_and_what_works_are_both_asked() -> None:
    found = released("given")
    monitor = named(found, "ServiceMonitor")["spec"]
    services = [
        one["spec"]["ports"][0]["name"] for one in found
        if one["kind"] == "Service" and selects(monitor["selector"], one["metadata"]["labels"])
    ]  # fmt: skip
    assert services == [one["port"] for one in monitor["endpoints"]] == ["http", "metrics"]
    assert monitor["namespaceSelector"] == {"matchNames": ["prod"]}


def test_nothing_is_asked_about_a_redis_that_is_not_there() -> None:
    values = {**case("given"), "redis": {"kind": "none"}}
    rules = json.dumps(named(manifests(values), "PrometheusRule"))
    assert "consentry_redis_up" in json.dumps(alerts())
    assert "consentry_redis_up" not in rules


def test_figures_are_shown_to_who_asks_by_an_address() -> None:
    """Prometheus asks each pod by its address."""
    assert named(released("given"), "ConfigMap")["data"]["CONSENTRY_METRICS"] == "address"


def test_panels_do_not_cover_one_another() -> None:
    taken = set[tuple[int, int]]()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(ids) == len(set(ids))
