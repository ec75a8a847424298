"""Secrets with overlap, and public keys."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.client_secrets import needs_plain_secret, uses_secret
from consentry.operations.clients import update_client
from consentry.operations.errors import NotFound, Refused
from consentry.operations.secret_rotation import (
    add_secret,
    finish_rotation,
    list_secrets,
    newest,
    revoke_secret,
)
from consentry.records.client import ClientSecret
from consentry_admin.portal import shown_once
from consentry_admin.portal.door import App, app_page, asked_for, for_developer
from consentry_admin.portal.settings import check_version
from consentry_admin.visit import Visit

LIFETIMES = {"": None, "30": 30, "90": 90, "180": 180, "365": 365}
"""Days a new secret may live, by what the form says; None for as long as nobody ends it."""
METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt")


@for_developer
async def show(visit: Visit) -> Response:
    """Identifier, secrets and keys; a secret just made is shown, this once."""
    app = await asked_for(visit)
    secret = shown_once.taken(visit, app.client_id)
    response = await _page(visit, app, secret=secret)
    return shown_once.forget(visit, response) if secret else response


@for_developer
async def submit(visit: Visit) -> Response:
    """Add a secret, or change how the app proves itself."""
    app, form = await asked_for(visit), await visit.form()
    try:
        if form.get("act") == "keys":
            check_version(app, form)
            await update_client(visit.ctx, app.client_id, _with_keys(app, form))
            return go(f"{app.href}/credentials", done="keys")
        label, expires_at = (form.get("label") or "").strip(), _end(visit, form)
        _, secret = await add_secret(visit.ctx, app.client_id, label=label, expires_at=expires_at)
    except Refused as refusal:
        return await _page(visit, app, form=form, refusal=refusal)
    response = go(f"{app.href}/credentials", done="secret")
    shown_once.hand_over(visit, response, app.client_id, secret)
    return response


def _end(visit: Visit, form: Mapping[str, str]) -> datetime | None:
    days = LIFETIMES.get(form.get("lifetime") or "")
    return visit.ctx.now() + timedelta(days=days) if days else None


def _with_keys(app: App, form: Mapping[str, str]) -> dict[str, Any]:
    """The metadata with the keys of the form. Raises Refused."""
    metadata = dict(app.stored.row.metadata_)
    if "oauth2" in app.metadata.protocols:
        method = form.get("token_endpoint_auth_method")
        if method not in METHODS:
            raise Refused("token_endpoint_auth_method", "is not to be chosen here")
        metadata["token_endpoint_auth_method"] = method
        metadata["jwks_uri"] = (form.get("jwks_uri") or "").strip() or None
        metadata["jwks"] = _jwks(form.get("jwks"))
    if app.signs:
        metadata["oauth1_rsa_public_key"] = (form.get("oauth1_rsa_public_key") or "").strip()
    return metadata


def _jwks(text: str | None) -> object:
    if not (text or "").strip():
        return None
    try:
        return orjson.loads(str(text))
    except ValueError:
        raise Refused("jwks", "is not JSON (RFC 7517 §5)") from None


async def _page(
    visit: Visit,
    app: App,
    *,
    secret: str | None = None,
    form: Mapping[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response:
    found = await list_secrets(visit.ctx, app.client_id)
    return app_page(
        visit,
        app,
        "credentials",
        status=400 if refusal else 200,
        secrets=found,
        unfit={one.secret_id for one in found if one.sealed is None}
        if needs_plain_secret(app.metadata)
        else set(),
        uses_secret=uses_secret(app.metadata),
        may_have_keys="oauth2" in app.metadata.protocols and not app.metadata.is_public,
        secret=secret,
        values=form if form is not None else _registered(app),
        methods=METHODS,
        lifetimes=LIFETIMES,
        wrong=refusal.key if refusal else None,
        error=refusal.reason if refusal else None,
    )


def _registered(app: App) -> dict[str, str]:
    """The form of the keys as they are."""
    jwks = app.stored.row.metadata_.get("jwks")
    return {
        "token_endpoint_auth_method": app.metadata.token_endpoint_auth_method,
        "jwks_uri": app.metadata.jwks_uri or "",
        "jwks": json.dumps(jwks, indent=2) if jwks else "",
        "oauth1_rsa_public_key": app.metadata.oauth1_rsa_public_key,
    }


@for_developer
async def ask_finish(visit: Visit) -> Response:
    """Which secrets end, and when each was last used."""
    app = await asked_for(visit)
    found = await list_secrets(visit.ctx, app.client_id)
    kept = newest(found)
    if kept is None or len(found) < 2:
        raise NotFound("rotation", app.client_id)
    ending = [one for one in found if one is not kept]
    return app_page(visit, app, "finish_rotation", kept=kept, ending=ending)


@for_developer
async def finish(visit: Visit) -> Response:
    """All but the newest end now."""
    app, _ = await asked_for(visit), await visit.form()
    await finish_rotation(visit.ctx, app.client_id)
    return go(f"{app.href}/credentials", done="finished")


@for_developer
async def ask_revoke(visit: Visit) -> Response:
    """Which secret it is, and what is left."""
    app = await asked_for(visit)
    found = await list_secrets(visit.ctx, app.client_id)
    one = _named(found, visit.parameter("secret_id"))
    return app_page(visit, app, "revoke_secret", secret=one, left=len(found) - 1)


@for_developer
async def revoke(visit: Visit) -> Response:
    """It ends now."""
    app, _ = await asked_for(visit), await visit.form()
    found = await list_secrets(visit.ctx, app.client_id)
    one = _named(found, visit.parameter("secret_id"))
    await revoke_secret(visit.ctx, app.client_id, one.secret_id)
    return go(f"{app.href}/credentials", done="revoked")


def _named(found: Iterable[ClientSecret], text: str) -> ClientSecret:
    """The secret with this id among them. Raises NotFound."""
    for one in found:
        if str(one.secret_id) == text:
            return one
    raise NotFound("secret", text)
