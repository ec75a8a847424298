"""What a client knows a person and a session by (OIDC Core §8, Back-Channel Logout §2.1)."""

import hmac
from urllib.parse import urlsplit
from uuid import UUID

from consentry.crypto import base64url
from consentry.records.client import Client
from consentry.tenancy.context import TenantContext


def subject_of(ctx: TenantContext, client: Client, user_id: UUID) -> str:
    """The `sub` this client knows a person by: public, or pairwise by its sector.

    Pairwise: HMAC-SHA-256 of sector and user under a key of the tenant that never
    changes (§8.1), as 43 base64url characters.
    """
    if client.metadata.subject_type == "public":
        return str(user_id)
    message = sector_of(client).encode() + b"\0" + user_id.bytes
    return base64url.encode(hmac.digest(ctx.subject_key, message, "sha256"))


def sid_of(ctx: TenantContext, client: Client, session_id: UUID) -> str:
    """The `sid` this client knows a session by, as 22 base64url characters.

    Another one for each client, so that two of them cannot find out by it that they serve the
    same person (OIDC Core §17.3). Longer than what `subject_of` hashes, so it equals none.
    """
    message = b"\0".join((b"sid", client.client_id.encode(), session_id.bytes))
    return base64url.encode(hmac.digest(ctx.subject_key, message, "sha256")[:16])


def sector_of(client: Client) -> str:
    """The host that stands for the client's sector (§8.1)."""
    named = client.metadata.sector_identifier_uri
    uris = [named] if named else list(client.metadata.redirect_uris)
    return urlsplit(uris[0]).hostname or client.client_id if uris else client.client_id
