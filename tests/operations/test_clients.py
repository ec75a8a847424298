"""Clients as the other rooms see them."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from consentry.crypto.secrets import matches
from consentry.operations.client_secrets import rotate_secret
from consentry.operations.clients import create_client, delete_client, disable_client, update_client
from consentry.operations.errors import NotFound, Refused
from consentry.tenancy.context import TenantContext

CODE: dict[str, Any] = {"redirect_uris": ["https://a.example/cb"]}
PAIRWISE: dict[str, Any] = {
    "redirect_uris": ["https://a.example/cb", "https://b.example/cb"],
    "subject_type": "pairwise",
}


@pytest.mark.parametrize(
    ("metadata", "is_sealed"),
    [
        (CODE, False),
        ({**CODE, "token_endpoint_auth_method": "client_secret_post"}, False),
        ({**CODE, "token_endpoint_auth_method": "client_secret_jwt"}, True),
        ({**CODE, "protocols": ["oauth1"]}, True),
        ({**CODE, "protocols": ["oauth2", "oauth1"]}, True),
    ],
)
async def test_a_secret_is_kept_in_no_more_than_the_form_its_protocol_needs(
    ctx: TenantContext, metadata: dict[str, Any], is_sealed: bool
) -> None:
    """THREATS: only what must be read again is sealed; the rest is a digest."""
    client, secret = await create_client(ctx, "app", metadata)
    [kept] = client.secrets
    assert secret is not None and matches(secret, kept.digest)
    assert (kept.sealed is not None) == is_sealed
    if kept.sealed is not None:
        assert ctx.keys.unseal("client-secret", kept.sealed).decode() == secret


@pytest.mark.parametrize(
    "metadata",
    [
        {**CODE, "token_endpoint_auth_method": "none"},
        {**CODE, "token_endpoint_auth_method": "private_key_jwt",
         "jwks_uri": "https://a.example/jwks"},
        {**CODE, "protocols": ["oauth1"], "oauth1_signature_methods": ["RSA-SHA1"]},
    ],
)  # fmt: skip
async def test_a_client_with_keys_or_nothing_has_no_secret(
    ctx: TenantContext, metadata: dict[str, Any]
) -> None:
    client, secret = await create_client(ctx, "app", metadata)
    assert (secret, client.secrets) == (None, ())
    with pytest.raises(Refused, match="client_secret: "):
        await rotate_secret(ctx, "app")


async def test_a_change_is_seen_at_once_where_it_was_made(ctx: TenantContext) -> None:
    await create_client(ctx, "app", CODE)
    for change in (
        update_client(ctx, "app", {**CODE, "client_name": "App"}),
        disable_client(ctx, "app"),
        rotate_secret(ctx, "app"),
    ):
        before = await ctx.client("app")
        await change
        after = await ctx.client("app")
        assert before is not None and after is not None and before != after
    await delete_client(ctx, "app")
    assert await ctx.client("app") is None
    with pytest.raises(NotFound):
        await delete_client(ctx, "app")


class Documents(BaseHTTPRequestHandler):
    """Answers with what `served` has under the path."""

    served: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        body = self.served.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    """A web server of this machine; its address."""
    Documents.served = {
        "/both": json.dumps(PAIRWISE["redirect_uris"]).encode(),
        "/one": json.dumps(PAIRWISE["redirect_uris"][:1]).encode(),
        "/object": b"{}",
        "/text": b"nothing",
    }
    with HTTPServer(("127.0.0.1", 0), Documents) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_a_sector_that_lists_every_redirect_uri_is_accepted(
    ctx: TenantContext, site: str
) -> None:
    """OIDC Registration §5"""
    client, _ = await create_client(
        ctx, "app", {**PAIRWISE, "sector_identifier_uri": f"{site}/both"}
    )
    assert client.metadata.sector_identifier_uri == f"{site}/both"


@pytest.mark.parametrize("path", ["one", "object", "text", "none"])
async def test_any_other_sector_is_refused(ctx: TenantContext, site: str, path: str) -> None:
    """OIDC Registration §5"""
    with pytest.raises(Refused, match="sector_identifier_uri: ") as refused:
        await create_client(ctx, "app", {**PAIRWISE, "sector_identifier_uri": f"{site}/{path}"})
    assert refused.value.key == "sector_identifier_uri"
    assert await ctx.client("app") is None


async def test_pairwise_subjects_on_several_hosts_need_a_sector(ctx: TenantContext) -> None:
    """OIDC Core §8.1"""
    with pytest.raises(Refused, match="sector_identifier_uri: "):
        await create_client(ctx, "app", PAIRWISE)


async def test_a_sector_is_asked_again_when_redirect_uris_change_and_only_then(
    ctx: TenantContext, site: str
) -> None:
    metadata = {**PAIRWISE, "sector_identifier_uri": f"{site}/both"}
    await create_client(ctx, "app", metadata)
    Documents.served["/both"] = b"[]"
    await update_client(ctx, "app", {**metadata, "client_name": "App"})
    with pytest.raises(Refused, match="does not list"):
        await update_client(ctx, "app", {**metadata, "redirect_uris": ["https://c.example/cb"]})
