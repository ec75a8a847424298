"""The OpenAPI document says what the API does, and the API does what the document says."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from consentry.api import examples
from consentry.api.openapi import ISSUER, PARAMETERS, document
from consentry.api.operation import Operation
from consentry.api.resources import OF_OPERATORS, OF_TENANTS
from consentry.operations.permissions import API_SCOPES
from consentry.tenancy.own_scopes import OWN_SCOPES
from support.api_world import ApiTenant

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
]
TENANT = json.loads(document(OF_TENANTS, has_tokens=True))
BASE = json.loads(document(OF_OPERATORS, has_tokens=False))
OPERATIONS = [one for each in (*OF_TENANTS, *OF_OPERATORS) for one in each.operations]
# Whose doing would end the test's own caller, or keep a core busy making RSA keys.
LEFT_ALONE = ("end_my_session", "end_my_other_sessions", "rotate_key", "delete_tenant")


async def test_the_document_is_served_to_everybody(api: ApiTenant) -> None:
    answer = await api.nobody().get("/openapi.json")
    assert answer.status_code == 200
    assert json.loads(answer.text.replace("http://photos.localhost:8000", ISSUER)) == TENANT
    assert answer.headers["access-control-allow-origin"] == "*"
    operator = await api.operator()
    assert (await operator.get("/openapi.json")).json() == BASE


@pytest.mark.parametrize("found", [TENANT, BASE], ids=["tenant", "base"])
def test_every_reference_in_it_leads_somewhere(found: dict[str, Any]) -> None:
    assert found["openapi"] == "3.1.0"
    references = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            references.extend([value["$ref"]] if "$ref" in value else [])
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(found)
    for reference in references:
        place = found
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    assert references


@pytest.mark.parametrize("found", [TENANT, BASE], ids=["tenant", "base"])
def test_every_operation_says_who_may_and_how_it_is_refused(found: dict[str, Any]) -> None:
    ids = [one["operationId"] for path in found["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))
    for path, methods in found["paths"].items():
        for method, one in methods.items():
            assert one["security"] and one["summary"], path
            assert {"400", "401", "403", "404", "503"} <= set(one["responses"]), path
            if method != "get":
                assert {"login", "csrf"} in [set(each) for each in one["security"]]


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)
def test_every_example_is_of_its_model(one: Operation) -> None:
    if one.body is not None:
        one.body.model_validate_json(json.dumps(examples.example_of(one.body)), strict=True)
    if one.answer is not None:
        one.answer.model_validate_json(json.dumps(examples.example_of(one.answer)))


def test_no_example_is_left_over() -> None:
    used = {model.__name__ for one in OPERATIONS for model in (one.body, one.answer) if model}
    for one in OPERATIONS:
        if one.is_list and one.answer is not None:
            used.add(one.answer.model_fields["items"].annotation.__args__[0].__name__)  # type: ignore[union-attr]
    assert set(examples.EXAMPLES) <= used


def test_every_parameter_of_a_path_is_described() -> None:
    named = {
        step.strip("{}") for one in OPERATIONS for step in one.path.split("/") if step[:1] == "{"
    }
    assert named == set(PARAMETERS)


@pytest.mark.parametrize("found", [TENANT, BASE], ids=["tenant", "base"])
def test_it_is_a_document_of_openapi(found: dict[str, Any]) -> None:
    """OpenAPI 3.1, JSON Schema 2020-12"""
    schemathesis.openapi.from_dict(found).validate()
    for schema in found["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_scopes_of_ours_have_a_text_each() -> None:
    assert list(OWN_SCOPES) == list(API_SCOPES)
    assert all(OWN_SCOPES.values())


def fuzzed(
    found: dict[str, Any], send: Callable[..., httpx.Response], examples_each: int
) -> list[str]:
    """Ask every operation, well and badly. The names of those asked."""
    names = []
    # The caller is somebody already: credentials are not for schemathesis to make up.
    known = json.loads(json.dumps(found))
    del known["components"]["securitySchemes"]
    for path in known["paths"].values():
        for one in path.values():
            del one["security"]
    for result in schemathesis.openapi.from_dict(known).get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        name = operation.definition.raw["operationId"]
        if name in LEFT_ALONE:
            continue
        names.append(name)
        raw = operation.definition.raw
        # Whatever stands in a path is the id of something, if only of nothing that is there.
        can_be_wrong = "requestBody" in raw or any(one["in"] != "path" for one in raw["parameters"])
        for mode in schemathesis.GenerationMode:
            if can_be_wrong or mode.is_positive:
                _ask(operation, mode, send, examples_each)
    return names


def _ask(operation: Any, mode: Any, send: Callable[..., httpx.Response], most: int) -> None:
    @settings(
        max_examples=most, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), derandomize=True,
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.validate_response(send(case), checks=CHECKS)

    ask()


@pytest.mark.parametrize("where", ["tenant", "base"])
async def test_the_api_does_what_the_document_says(api: ApiTenant, where: str) -> None:
    """THREATS 56: schemathesis finds no answer that is not in the document."""
    caller = await (api.admin() if where == "tenant" else api.operator())
    loop = asyncio.get_running_loop()

    def send(case: Any) -> httpx.Response:
        options = case.as_transport_kwargs(base_url=str(caller.client.base_url).rstrip("/"))
        headers = {**dict(options.pop("headers") or {}), **caller.headers}
        kept = {k: options[k] for k in ("method", "url", "params", "json", "data") if k in options}
        if "data" in kept:
            kept["content"] = kept.pop("data")
        asked = caller.client.request(headers=headers, **kept)
        return asyncio.run_coroutine_threadsafe(asked, loop).result(20)

    asked = await asyncio.to_thread(fuzzed, TENANT if where == "tenant" else BASE, send, 5)
    assert len(asked) >= 10
