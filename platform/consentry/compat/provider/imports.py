"""Rows of django-oauth2-provider's tables, as dictionaries by column name, to records.

Clients keep id and secret, tokens keep working: what is stored of them is their SHA-256. A
time without a zone is read as UTC.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from consentry.compat.provider.models import AccessToken, Client, Grant, RefreshToken, digest_of


def client_of(row: Mapping[str, Any]) -> Client:
    """A row of `oauth2_client`; its redirect URI is in `redirect_uri` or `redirect_url`.

    A public client has no secret here, whatever was stored.
    """
    client_type = int(row["client_type"])
    client = Client(
        client_id=row["client_id"],
        redirect_uri=row.get("redirect_uri") or row.get("redirect_url") or "",
        client_type=client_type,
        user=_user(row),
        name=row.get("name") or "",
        url=row.get("url") or "",
    )
    return client if client.is_public else _with_secret(client, row["client_secret"])


def grant_of(row: Mapping[str, Any], client_id: str) -> Grant:
    """A row of `oauth2_grant`; its `client_id` there is a number, so the public one is given."""
    return Grant(
        digest=digest_of(row["code"]),
        user=_user(row) or "",
        client_id=client_id,
        expires=_aware(row["expires"]),
        redirect_uri=row.get("redirect_uri") or "",
        scope=int(row["scope"]),
        family=_family(row["code"]),
    )


def access_token_of(row: Mapping[str, Any], client_id: str) -> AccessToken:
    """A row of `oauth2_accesstoken`."""
    return AccessToken(
        digest=digest_of(row["token"]),
        user=_user(row) or "",
        client_id=client_id,
        expires=_aware(row["expires"]),
        scope=int(row["scope"]),
        family=_family(row["token"]),
    )


def refresh_token_of(
    row: Mapping[str, Any], access_token: Mapping[str, Any], client_id: str, expires: datetime
) -> RefreshToken:
    """A row of `oauth2_refreshtoken` with the access token it was made with.

    expires: when it ends here; there it never did.
    """
    return RefreshToken(
        digest=digest_of(row["token"]),
        user=_user(row) or "",
        client_id=client_id,
        access_token=digest_of(access_token["token"]),
        expires=_aware(expires),
        scope=int(access_token["scope"]),
        expired=bool(row["expired"]),
        family=_family(access_token["token"]),
    )


def _with_secret(client: Client, secret: str) -> Client:
    return replace(client, client_secret_digest=digest_of(secret))


def _user(row: Mapping[str, Any]) -> str | None:
    """The text of `user_id`, or of `user`."""
    user = row.get("user_id", row.get("user"))
    return None if user is None else str(user)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _family(token: str) -> str:
    return f"imported-{digest_of(token).hex()}"
