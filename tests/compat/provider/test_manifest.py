"""The way to the server: what `consentry apply` takes."""

import json
from typing import Any

import pytest

from compat.provider.mounted import READY
from consentry.compat.provider import manifest_notes, manifest_of, policy_from
from consentry.operations.manifest import Manifest
from consentry.records.policy import Policy
from consentry.spec.client_metadata import ClientMetadata

ROW: dict[str, Any] = {
    "client_id": "1b2a3c4d5e6f7a8b9c0d",
    "client_secret": "0123456789abcdef0123456789abcdef01234567",
    "client_type": 0, "name": "Printer", "url": "https://printer.example", "redirect_uri": READY,
}  # fmt: skip


def test_old_settings_and_clients_make_a_manifest_the_server_reads() -> None:
    """S2 settings: tenant policy, S2 Client fields: importer"""
    settings = policy_from({"OAUTH_EXPIRE_DELTA": 7_200, "OAUTH_EXPIRE_CODE_DELTA": 600})
    clients = [ROW, {**ROW, "client_id": "phone", "client_type": 1, "url": ""}]
    made = manifest_of(settings, slug="photos", clients=clients)
    [tenant] = Manifest.parse(json.dumps(made)).tenants
    policy = Policy.model_validate(tenant.settings)
    assert (policy.access_token_lifetime, policy.authorization_code_lifetime) == (7_200, 60)
    assert policy.require_pkce
    assert [one.name for one in tenant.scopes or ()] == ["read", "write"]
    assert tenant.clients is not None
    printer, phone = tenant.clients
    assert printer.client_secret == ROW["client_secret"]
    assert phone.client_secret is None
    for client in (printer, phone):
        metadata = ClientMetadata.model_validate(client.metadata)
        assert metadata.redirect_uris == (READY,)
        assert metadata.scope == "read write"
    assert manifest_notes(settings)[0] == "a code lives 60 s, not 600 s"


def test_what_the_server_does_otherwise_is_said() -> None:
    """S2 settings: tenant policy"""
    settings = policy_from(
        {
            "OAUTH_RESPONSE_TYPE_CHOICES": ("code", "token"),
            "OAUTH_EXPIRE_DELTA_PUBLIC": 60,
            "OAUTH_SINGLE_ACCESS_TOKEN": True,
        }
    )
    said = "\n".join(manifest_notes(settings))
    for word in ("public clients", "token of its own", "implicit", "read+write"):
        assert word in said
    [tenant] = manifest_of(settings, slug="photos")["tenants"]
    assert "implicit" in tenant["settings"]["grant_types_supported"]
    assert Policy.model_validate(tenant["settings"]).grant_types_supported[-1] == "implicit"


@pytest.mark.parametrize("row", [{"client_secret": "short"}, {"client_secret": None}])
def test_a_secret_the_server_would_refuse_is_left_out(row: dict[str, Any]) -> None:
    """S2 Client fields: importer"""
    made = manifest_of(policy_from({}), slug="photos", clients=[{**ROW, **row}])
    [client] = made["tenants"][0]["clients"]
    assert "client_secret" not in client


def test_the_shortest_lifetimes_are_lengthened_to_what_the_server_takes() -> None:
    """S2 settings: tenant policy"""
    made = manifest_of(policy_from({"EXPIRE_DELTA": 1, "EXPIRE_CODE_DELTA": 1}), slug="photos")
    policy = Policy.model_validate(made["tenants"][0]["settings"])
    assert (policy.access_token_lifetime, policy.authorization_code_lifetime) == (30, 5)
