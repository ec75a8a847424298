"""The ways into a release and out of it: hosts, certificates, network policies."""

from typing import Any

import pytest

from helm.chart import CASES, case, manifests, named, pods, released, selects
from helm.derived import Json

NAMES = [path.stem for path in CASES]
BASE, TENANTS = "id.example.com", "*.id.example.com"
PHOTOS, BIKES = "login.photos.example", "id.bikes.example"
ISSUER, CLUSTER_ISSUER = "cert-manager.io/issuer", "cert-manager.io/cluster-issuer"
COMPONENT = "app.kubernetes.io/component"
Rule = tuple[str, str, Any]


def ingresses(name: str) -> dict[tuple[str, ...], Json]:
    """Hosts to the Ingress of these hosts."""
    found = [one for one in released(name) if one["kind"] == "Ingress"]
    return {tuple(rule["host"] for rule in one["spec"]["rules"]): one for one in found}


def test_base_host_and_tenants_share_a_certificate_and_each_domain_has_its_own() -> None:
    found = ingresses("given")
    assert set(found) == {(BASE, TENANTS), (PHOTOS,), (BIKES,)}
    secrets = {}
    for hosts, one in found.items():
        (tls,) = one["spec"]["tls"]
        assert tuple(tls["hosts"]) == hosts
        secrets[hosts] = tls["secretName"]
    assert secrets[BASE, TENANTS] == "demo-consentry-tls"
    assert secrets[BIKES,] == "bikes-certificate"
    assert len(set(secrets.values())) == 3


def test_each_certificate_is_asked_of_its_issuer() -> None:
    found = ingresses("given")
    asked = {hosts: one["metadata"]["annotations"] for hosts, one in found.items()}
    assert asked[BASE, TENANTS][CLUSTER_ISSUER] == "letsencrypt-dns"
    assert asked[BIKES,][CLUSTER_ISSUER] == "letsencrypt-dns"
    assert asked[PHOTOS,][ISSUER] == "letsencrypt-http"
    assert CLUSTER_ISSUER not in asked[PHOTOS,]


def test_every_way_in_leads_to_the_service() -> None:
    service = named(released("given"), "Service")["spec"]
    assert service["ports"] == [{"name": "http", "port": 80, "targetPort": "http"}]
    for one in ingresses("given").values():
        for rule in one["spec"]["rules"]:
            (path,) = rule["http"]["paths"]
            assert path["path"] == "/"
            assert path["backend"]["service"] == {
                "name": "demo-consentry",
                "port": {"name": "http"},
            }
    serve = named(released("given"), "Deployment")["spec"]["template"]
    assert service["selector"].items() <= serve["metadata"]["labels"].items()


def test_no_way_in_is_open_to_every_host() -> None:
    """Figures answer where the host is an address, so an address must lead nowhere."""
    for name in NAMES:
        for one in released(name):
            if one["kind"] == "Ingress":
                assert "defaultBackend" not in one["spec"]
                assert all(rule["host"] for rule in one["spec"]["rules"])
            if one["kind"] == "HTTPRoute" and "backendRefs" in one["spec"]["rules"][0]:
                assert one["spec"]["hostnames"]


def test_a_gateway_has_a_listener_for_each_certificate_and_http_only_redirects() -> None:
    found = released("made-here")
    gateway = named(found, "Gateway")
    assert gateway["metadata"]["annotations"] == {CLUSTER_ISSUER: "letsencrypt-dns"}
    plain, *listeners = gateway["spec"]["listeners"]
    assert plain == {"name": "http", "port": 80, "protocol": "HTTP"}
    assert [one["hostname"] for one in listeners] == [BASE, TENANTS, PHOTOS]
    assert len({one["tls"]["certificateRefs"][0]["name"] for one in listeners}) == 2
    hosts = {one["name"]: one["hostname"] for one in listeners}
    led = {
        hosts[parent["sectionName"]]: one["spec"]["hostnames"]
        for one in routes(found)
        for parent in one["spec"]["parentRefs"]
    }
    assert led == {BASE: [BASE, TENANTS], TENANTS: [BASE, TENANTS], PHOTOS: [PHOTOS]}
    redirect = named(found, "HTTPRoute", "demo-consentry-https")["spec"]
    assert [ref["sectionName"] for ref in redirect["parentRefs"]] == ["http"]
    assert redirect["rules"][0]["filters"][0]["requestRedirect"]["scheme"] == "https"


def routes(found: list[Json]) -> list[Json]:
    """The HTTPRoutes that lead to the service."""
    each = [one for one in found if one["kind"] == "HTTPRoute"]
    return [one for one in each if "backendRefs" in one["spec"]["rules"][0]]


def test_each_custom_domain_has_a_route_of_its_own() -> None:
    """A route has at most 16 hosts, and 32 parents."""
    domains = [{"host": f"login.d{number}.example"} for number in range(40)]
    found = routes(manifests({**case("made-here"), "customDomains": domains}))
    assert len(found) == len({one["metadata"]["name"] for one in found}) == 41
    assert max(len(one["spec"]["hostnames"]) for one in found) == 2
    for one in found:
        assert one["spec"]["rules"][0]["backendRefs"] == [{"name": "demo-consentry", "port": 80}]


def test_a_route_attaches_to_a_gateway_that_is_there() -> None:
    found = released("plain")
    assert "Gateway" not in {one["kind"] for one in found}
    route = named(found, "HTTPRoute")["spec"]
    assert route["parentRefs"] == [{"name": "shared", "namespace": "gateways"}]
    assert route["rules"][0]["backendRefs"] == [{"name": "demo-consentry", "port": 80}]


def test_plain_http_asks_for_no_certificate() -> None:
    values = {**case("given"), "baseUrl": "http://id.example.com"}
    for one in manifests(values):
        if one["kind"] == "Ingress":
            assert "tls" not in one["spec"]
            assert not {ISSUER, CLUSTER_ISSUER} & set(one["metadata"]["annotations"])


# Network policies, read as a cluster reads them.


def rules(found: list[Json], labels: Json, way: str) -> list[Json] | None:
    """What is let through to or from a pod; None if nothing holds it back."""
    chosen = [
        one["spec"] for one in found
        if one["kind"] == "NetworkPolicy" and selects(one["spec"]["podSelector"], labels)
        and way.title() in one["spec"]["policyTypes"]
    ]  # fmt: skip
    return [rule for one in chosen for rule in one.get(way) or []] if chosen else None


def components(found: list[Json]) -> dict[str, Json]:
    """Component to the labels of its pods."""
    each = (pod["metadata"]["labels"] for _, pod in pods(found))
    return {labels[COMPONENT]: labels for labels in each}


def ports(found: list[Json], component: str, way: str) -> set[Any]:
    """The ports that are open to or from the pods of a component."""
    let = rules(found, components(found)[component], way)
    assert let is not None
    return {port["port"] for rule in let for port in rule["ports"]}


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"plain"}))
def test_nothing_goes_in_or_out_that_is_not_named(name: str) -> None:
    found = released(name)
    for component, labels in components(found).items():
        for way in ("ingress", "egress"):
            assert rules(found, labels, way) is not None, f"{component} is open"
        if component not in ("serve", "valkey", "worker"):
            assert rules(found, labels, "ingress") == []


def test_each_pod_reaches_what_it_needs_and_no_more() -> None:
    found = released("given")
    stores = {53, 5432, 6379, 4318}
    expected = {
        "serve": stores | {443, 465, 587},
        "worker": stores | {443, 465, 587},
        "migrate": stores,
        "backup": stores,
        "test": {53, 8000},
    }
    assert {each: ports(found, each, "egress") for each in expected} == expected
    assert ports(found, "serve", "ingress") == {8000}
    assert ports(found, "worker", "ingress") == {9000}


def test_a_store_of_the_release_is_reached_by_those_who_use_it_alone() -> None:
    found = released("made-here")
    labels = components(found)
    assert rules(found, labels["valkey"], "egress") == []
    (let,) = rules(found, labels["valkey"], "ingress") or []
    (peer,) = let["from"]
    who = {name for name, each in labels.items() if selects(peer["podSelector"], each)}
    assert who == {"serve", "worker"}
    out = rules(found, labels["serve"], "egress") or []
    to_database = [rule for rule in out if rule["ports"][0]["port"] == 5432]
    selector = {"matchLabels": {"cnpg.io/cluster": "demo-consentry-db"}}
    assert [rule["to"] for rule in to_database] == [[{"podSelector": selector}]]


def test_https_goes_out_to_the_public_internet_alone() -> None:
    found = released("given")
    out = rules(found, components(found)["serve"], "egress") or []
    (https,) = [rule for rule in out if rule["ports"][0]["port"] == 443]
    left_out = {block for peer in https["to"] for block in peer["ipBlock"]["except"]}
    assert {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "fc00::/7"} <= left_out


def test_mail_goes_where_its_server_is_said_to_be() -> None:
    here = [{"ipBlock": {"cidr": "10.9.0.25/32"}}]
    policy = {**case("given")["networkPolicy"], "mailPorts": [2525], "mailTo": here}
    found = manifests({**case("given"), "networkPolicy": policy})
    for component in ("serve", "worker"):
        out = rules(found, components(found)[component], "egress") or []
        (mail,) = [rule for rule in out if rule["ports"][0]["port"] == 2525]
        assert mail["to"] == here
    nowhere = manifests({**case("given"), "networkPolicy": {**policy, "mailTo": []}})
    assert 2525 not in ports(nowhere, "serve", "egress")


def test_ports_that_are_let_through_are_those_that_pods_listen_on() -> None:
    """By number: not every network knows the names of ports on the way out."""
    found = released("made-here")
    listening = {
        pod["metadata"]["labels"][COMPONENT]: {each["containerPort"] for each in one["ports"]}
        for _, pod in pods(found)
        for one in pod["spec"]["containers"]
        if "ports" in one
    }
    assert set(listening) == {"serve", "valkey", "worker"}
    assert {each: ports(found, each, "ingress") for each in listening} == listening


def test_only_named_peers_reach_what_serves() -> None:
    found = released("given")
    (let,) = rules(found, components(found)["serve"], "ingress") or []
    named_peers = case("given")["networkPolicy"]["ingressFrom"]
    assert [peer for peer in let["from"] if "namespaceSelector" in peer] == named_peers
    (ours,) = [peer for peer in let["from"] if "podSelector" in peer]
    assert selects(ours["podSelector"], components(found)["test"])


def test_a_release_may_go_without_policies() -> None:
    assert "NetworkPolicy" not in {one["kind"] for one in released("plain")}
