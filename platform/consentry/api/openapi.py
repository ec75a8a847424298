"""The OpenAPI 3.1 document, made of the operations and their models."""

import re
from collections.abc import Iterable
from typing import Any, Final

import orjson
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from consentry import __version__
from consentry.api.examples import example_of
from consentry.api.models.problem import ProblemShown
from consentry.api.operation import Operation, Resource
from consentry.operations.permissions import API_SCOPES, PREFIX
from consentry.tenancy.own_scopes import OWN_SCOPES

PROBLEMS: Final = {
    400: "The query, a header or the body is malformed",
    401: "No valid token and no live login",
    403: "The caller may not, or X-CSRF-Token is missing",
    404: "No such thing, or one of other people",
    409: "Something of that name is there already",
    412: "Changed since; see If-Match",
    413: "The body is too large",
    415: "The body is not declared as JSON",
    422: "A member breaks a rule",
    428: "If-Match is missing",
    429: "Too many tries; see Retry-After",
    503: "The database cannot be reached; try again",
}
PARAMETERS: Final = {
    "client_id": "of a client, percent-encoded",
    "app_id": "client_id of an app, percent-encoded",
    "user_id": "of a person",
    "secret_id": "of a secret",
    "authorization_id": "of an authorization",
    "request_id": "of a request, as in its `X-Request-Id` with hyphens",
    "name": "of a scope, percent-encoded",
    "identifier": "of an API, percent-encoded",
    "scope": "a scope-token, percent-encoded",
    "kid": "of a signing key",
    "key": "of a login",
    "webhook_id": "of a webhook",
    "delivery_id": "of a call of a webhook",
    "logout_id": "of a logout that a client was told of",
    "slug": "of a tenant",
    "host": "a host of the tenant's own",
    "job": "the name of a job",
    "tenant_id": "of a tenant, zeros for the base host",
    "effect_id": "of an effect",
}
TENANTS: Final = "consentry:tenants"
ISSUER: Final = "https://issuer.invalid"
"""Stands for the issuer in the document of a tenant."""
_UUIDS: Final = (
    "user_id", "secret_id", "authorization_id", "request_id", "webhook_id", "delivery_id",
    "logout_id", "tenant_id", "effect_id",
)  # fmt: skip
_IN_BRACES = re.compile(r"\{(\w+)\}")
_MODELS: Final = "#/components/schemas/{model}"
Schemas = dict[tuple[Any, JsonSchemaMode], dict[str, Any]]


def document(resources: Iterable[Resource], *, has_tokens: bool) -> bytes:
    """The document about some resources, as JSON.

    has_tokens: whether this host has an authorization server of its own.
    """
    resources = tuple(resources)
    operations = [one for resource in resources for one in resource.operations]
    schemas, definitions = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _described(one, schemas, has_tokens)
    return orjson.dumps(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Consentry",
                "version": __version__,
                "description": "What pages and the command line do, for programs.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "tags": [{"name": each.tag, "description": each.about} for each in resources],
            "paths": paths,
            "components": {
                "schemas": definitions,
                "responses": {str(status): _problem(status, schemas) for status in PROBLEMS},
                "securitySchemes": _schemes(has_tokens),
            },
        }
    )


def _schemas(operations: list[Operation]) -> tuple[Schemas, dict[str, Any]]:
    used: dict[tuple[Any, JsonSchemaMode], None] = {}
    for one in operations:
        wanted: tuple[tuple[Any, JsonSchemaMode], ...] = (
            (one.query, "validation"),
            (one.body, "validation"),
            (one.answer, "serialization"),
            (ProblemShown, "serialization"),
        )
        used |= {pair: None for pair in wanted if pair[0] is not None}
    found, whole = models_json_schema(list(used), ref_template=_MODELS)
    queries = {one.query.__name__ for one in operations if one.query is not None}
    definitions = {name: each for name, each in whole["$defs"].items() if name not in queries}
    queried = {name: whole["$defs"][name] for name in queries}
    for model, mode in used:
        if model.__name__ in queried:
            found[model, mode] = queried[model.__name__]
    return found, definitions


def _described(one: Operation, schemas: Schemas, has_tokens: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": one.summary,
        "parameters": [*_path(one), *_query(one, schemas), *_headers(one)],
        "responses": _responses(one, schemas),
        "security": _security(one, has_tokens),
    }
    if one.details:
        said["description"] = one.details
    if one.permission:
        said["x-permission"] = one.permission
    if one.body is not None:
        content = {
            "schema": schemas[one.body, "validation"],
            "example": example_of(one.body),
        }
        said["requestBody"] = {"required": True, "content": {"application/json": content}}
    return said


def _path(one: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PARAMETERS[name],
            "schema": {"type": "string", "minLength": 1}
            | ({"format": "uuid"} if name in _UUIDS else {}),
        }
        for name in _IN_BRACES.findall(one.path)
    ]


def _query(one: Operation, schemas: Schemas) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    found = []
    for name, schema in schemas[one.query, "validation"]["properties"].items():
        kind = next((s for s in schema.get("anyOf", ()) if s.get("type") != "null"), schema)
        shown = {key: value for key, value in kind.items() if key not in ("title", "description")}
        parameter = {"name": name, "in": "query", "schema": shown}
        if "description" in schema:
            parameter["description"] = schema["description"]
        found.append(parameter)
    return found


def _headers(one: Operation) -> list[dict[str, Any]]:
    found = []
    if one.current is not None:
        about = "the ETag that GET answered here, or * for whatever there is"
        found.append(_header("If-Match", about, required=True))
    if one.creates:
        about = "of your choice; within a day the same request with the same key is done once"
        found.append(_header("Idempotency-Key", about, required=False, minLength=1, maxLength=255))
    return found


def _header(name: str, about: str, *, required: bool, **bounds: int) -> dict[str, Any]:
    schema = {"type": "string", **bounds}
    return {
        "name": name, "in": "header", "required": required, "description": about, "schema": schema,
    }  # fmt: skip


def _responses(one: Operation, schemas: Schemas) -> dict[str, Any]:
    done: dict[str, Any] = {"description": one.summary}
    headers = {}
    if one.answer is not None:
        content = {
            "schema": schemas[one.answer, "serialization"],
            "example": example_of(one.answer),
        }
        done["content"] = {"application/json": content}
    if one.has_etag:
        headers["ETag"] = {"description": "for If-Match", "schema": {"type": "string"}}
    if one.status == 201:
        headers["Location"] = {
            "description": "its address",
            "schema": {"type": "string", "format": "uri-reference"},
        }
    if headers:
        done["headers"] = headers
    refs = {str(status): {"$ref": f"#/components/responses/{status}"} for status in _refused(one)}
    return {str(one.status): done, **refs}


def _refused(one: Operation) -> list[int]:
    found = [400, 401, 403, 404, 413, 503]
    if one.changes:
        found += [409, 422]
    if one.current is not None:
        found += [412, 428]
    if one.body is not None:
        found.append(415)
    if one.throttled:
        found.append(429)
    return sorted(found)


def _problem(status: int, schemas: Schemas) -> dict[str, Any]:
    content = {"schema": schemas[ProblemShown, "serialization"]}
    return {
        "description": PROBLEMS[status],
        "content": {"application/problem+json": content},
    }


def _security(one: Operation, has_tokens: bool) -> list[dict[str, list[str]]]:
    cookie: dict[str, list[str]] = {"login": [], "csrf": []} if one.changes else {"login": []}
    if not has_tokens:
        return [cookie]
    scopes = [PREFIX + one.permission] if one.permission else []
    return [{"oauth2": scopes}, cookie]


def _schemes(has_tokens: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "login": {
            "type": "apiKey",
            "in": "cookie",
            "name": "consentry_login",
            "description": "who signed in at /login; with https its name begins with __Host-",
        },
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF-Token",
            "description": "from /api/v1/csrf; beside the cookie, with every change",
        },
    }
    if has_tokens:
        ours = [name for name in API_SCOPES if not name.startswith(TENANTS)]
        scopes = {name: OWN_SCOPES[name] for name in ours}
        token = {"tokenUrl": f"{ISSUER}/oauth2/token", "scopes": scopes}
        code = {"authorizationUrl": f"{ISSUER}/oauth2/authorize", **token}
        flows = {"authorizationCode": code, "clientCredentials": token}
        found["oauth2"] = {"type": "oauth2", "flows": flows}
    return found
