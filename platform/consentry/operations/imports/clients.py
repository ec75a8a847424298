"""Clients of another product, registered here under the ids they have."""

from collections.abc import Iterable
from typing import Any, Final

from consentry.operations import client_secrets
from consentry.operations.clients import checked_metadata, create_client
from consentry.operations.errors import Refused
from consentry.operations.imports.found import FoundClient
from consentry.operations.imports.report import Report
from consentry.operations.scopes import RESERVED_PREFIX, check_scope_name
from consentry.records.client import Client
from consentry.spec.client_metadata import GRANT_TYPES, is_known
from consentry.spec.oauth1.callback import OOB
from consentry.spec.redirect_uri import check_registrable
from consentry.tenancy.context import TenantContext, as_client

CODE, IMPLICIT = "authorization_code", "implicit"
# Without these there would be another client.
KEPT: Final = ("protocols", "grant_types", "response_types", "token_endpoint_auth_method")


async def bring(
    ctx: TenantContext, found: FoundClient, protocol: str, report: Report
) -> Client | None:
    """The client here, registered now if it was not; None if it cannot be.

    One that is there already stays as it is.
    """
    stored = await ctx.store.clients.get(found.client_id or "")
    if stored is not None:
        client = as_client(stored)
        report.clients["present"] += 1
        if protocol in client.metadata.protocols:
            return client
        report.notes.append(f"client {found.client_id}: is there and does not speak {protocol}")
        return None
    try:
        client = await _create(ctx, found, report)
    except Refused as error:
        report.clients["left_out"] += 1
        report.notes.append(f"client {found.client_id!a}: left out, {error}")
        return None
    report.clients["created"] += 1
    return client


async def _create(ctx: TenantContext, found: FoundClient, report: Report) -> Client:
    notes: list[str] = []
    _check_shape(found)
    metadata = _acceptable(ctx, found.metadata, notes)
    parsed, secret = checked_metadata(ctx, metadata), found.client_secret
    if secret is not None:
        try:
            client_secrets.check_secret(parsed, secret)
        except Refused as error:
            notes.append(f"without its secret, {error}")
            secret = None
    client, _ = await create_client(ctx, found.client_id, metadata, secret, generates_secret=False)
    report.notes += [f"client {found.client_id}: {note}" for note in notes]
    return client


def _check_shape(found: FoundClient) -> None:
    """Raises Refused for a row whose values are of other types than they say."""
    if not found.client_id:
        raise Refused("client_id", "is empty")
    for name in ("redirect_uris", "grant_types", "response_types"):
        value = found.metadata.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise Refused(name, "must be a list of texts")
    if not isinstance(found.metadata.get("scope") or "", str):
        raise Refused("scope", "must be text")


def _acceptable(ctx: TenantContext, given: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """As much of the metadata as may be registered here. Raises Refused for what must not go."""
    metadata = {name: value for name, value in given.items() if is_known(name)}
    metadata["scope"] = declared(ctx, metadata.get("scope") or "")
    metadata["redirect_uris"] = _redirect_uris(metadata.get("redirect_uris") or [], notes)
    if "oauth1" not in metadata.get("protocols", ()):
        _fit_grants(metadata, notes)
    while True:
        try:
            checked_metadata(ctx, metadata)
            return metadata
        except Refused as error:
            name = error.key.partition("[")[0].partition(".")[0]
            if name in KEPT or name not in metadata:
                raise
            del metadata[name]
            notes.append(f"without {name}, {error.reason}")


def declared(ctx: TenantContext, scope: str) -> str:
    """The names of a scope that the tenant declares; never our own."""
    names = dict.fromkeys(name for name in scope.split() if ctx.declares(name))
    return " ".join(name for name in names if not is_ours(name))


def is_ours(name: str) -> bool:
    """Whether a scope-token opens this server's own API, which no other product gives away."""
    return name.startswith(RESERVED_PREFIX)


def new_scopes(ctx: TenantContext, found: Iterable[FoundClient], report: Report) -> list[str]:
    """Names the clients have and the tenant does not declare yet, as far as it may."""
    scopes = (one.metadata.get("scope") for one in found)
    names = dict.fromkeys(
        name for scope in scopes if isinstance(scope, str) for name in scope.split()
    )
    made = []
    for name in names:
        if ctx.declares(name) and not is_ours(name):
            continue
        try:
            check_scope_name(name, "scope")
            made.append(name)
        except Refused as error:
            report.notes.append(str(error))
    return made


def _redirect_uris(uris: list[str], notes: list[str]) -> list[str]:
    kept = []
    for uri in uris:
        try:
            if uri != OOB:
                check_registrable(uri)
            kept.append(uri)
        except ValueError as error:
            notes.append(f"without the redirect URI {uri[:200]!a}, which {error}")
    return kept


def _fit_grants(metadata: dict[str, Any], notes: list[str]) -> None:
    """Grant and response types that go with what is left (RFC 7591 §2.1)."""
    asked = list(metadata.get("grant_types") or [CODE])
    grants = [one for one in asked if one in GRANT_TYPES]
    if not metadata["redirect_uris"]:
        grants = [one for one in grants if one not in (CODE, IMPLICIT)]
    if metadata.get("token_endpoint_auth_method") == "none":
        grants = [one for one in grants if one != "client_credentials"]
    types = [one for one in metadata.get("response_types") or [] if _is_fit(one, grants)]
    if CODE in grants and "code" not in types:
        types.append("code")
    if IMPLICIT in grants and all("code" in one.split() for one in types):
        grants.remove(IMPLICIT)
    notes += [f"without the grant type {one}" for one in asked if one not in grants]
    metadata["grant_types"], metadata["response_types"] = grants, types


def _is_fit(response_type: str, grants: list[str]) -> bool:
    return (CODE if "code" in response_type.split() else IMPLICIT) in grants
