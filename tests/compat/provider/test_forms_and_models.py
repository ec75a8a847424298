"""Forms by themselves, the records, and rows that come from the old tables."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from compat.provider.mounted import READY, SECRET, Clock, Mounted, printer
from consentry.compat.provider import (
    MemoryStore,
    OAuthError,
    OAuthValidationError,
    ProviderSettings,
    imports,
)
from consentry.compat.provider.constants import PUBLIC, READ, READ_WRITE
from consentry.compat.provider.forms import AuthorizationRequestForm, ClientAuthForm, ClientForm
from consentry.compat.provider.models import AccessToken, digest_of
from consentry.spec import errors as spec
from consentry.spec.forms import Form

NEW = Form.of(name="Shop", url="https://shop.example", redirect_uri=READY, client_type="0")


def changed(form: Form, **changes: str) -> Form:
    return Form.of(**{**form, **changes})


def test_an_error_is_made_of_a_dictionary() -> None:
    """S2 OAuthError(dict), S2 OAuthValidationError(dict)"""
    error = {"error": "invalid_scope", "error_description": "no “such” scope", "error_uri": "/x"}
    for kind in (OAuthError, OAuthValidationError):
        made = kind(error, status=403)
        assert made.args[0] == made.body() == {**error, "error_description": "no ?such? scope"}
        assert (made.code, made.description) == ("invalid_scope", "no ?such? scope")
        assert (made.uri, made.status) == ("/x", 403)
    assert OAuthError({}).code == "invalid_request"
    of = OAuthValidationError.of(spec.TooManyRequests(retry_after=7))
    assert (of.status, of.headers) == (429, {"Retry-After": "7"})


async def test_the_first_error_stops_the_validation_and_the_dictionary_is_flat() -> None:
    """S2 OAuthForm"""
    data = Form.of(redirect_uri=READY, response_type="pigeon", scope="nothing")
    form = AuthorizationRequestForm(data, client=printer(), settings=ProviderSettings())
    with pytest.raises(ValueError, match="not valid"):
        _ = form.cleaned_data
    assert not await form.is_valid()
    assert form.errors == {
        "error": "unsupported_response_type",
        "error_description": "pigeon is not a supported response type",
    }


async def test_a_request_form_gives_a_typed_request() -> None:
    """S2 AuthorizationRequestForm, S2 get_request_form(client=)"""
    data = Form.of(client_id="printer", redirect_uri=READY, response_type="code", state="x")
    settings = ProviderSettings(require_pkce=False)
    form = AuthorizationRequestForm(data, client=printer(), settings=settings)
    assert await form.is_valid()
    asked = form.cleaned_data
    assert (asked.redirect_uri, asked.scope, asked.request.state) == (READY, READ, "x")


async def test_a_client_may_be_held_to_some_scopes() -> None:
    """S2 AuthorizationRequestForm, THREATS 19"""
    mounted = Mounted(printer(scope=READ))
    assert "invalid_scope" in (await mounted.page(scope="write")).alert
    assert "code" in await mounted.decide(scope="read")


async def test_client_credentials_are_a_pair(mounted: Mounted) -> None:
    """S2 ClientAuthForm"""
    good = Form.of(client_id="printer", client_secret=SECRET)
    assert (await ClientAuthForm(good, store=mounted.store).validated()).client_id == "printer"
    for bad in (Form.of(client_id="printer"), Form.of(client_secret=SECRET), Form({})):
        form = ClientAuthForm(bad, store=mounted.store)
        assert not await form.is_valid()
        assert form.errors["error"] == "invalid_client"


async def test_a_client_is_registered_with_a_secret_that_is_seen_once() -> None:
    """S2 ClientForm, S2 Client fields"""
    store = MemoryStore()
    made = await ClientForm(NEW, settings=ProviderSettings(), user="jane").save(store)
    kept = store.clients[made.client.client_id]
    assert (kept.user, kept.name, kept.url) == ("jane", "Shop", "https://shop.example")
    assert kept.redirect_uris == (READY,)
    assert kept.check_client_secret(made.client_secret)
    assert made.client_secret not in repr(kept) + repr(made)
    public = await ClientForm(
        changed(NEW, client_type=str(PUBLIC)), settings=ProviderSettings()
    ).save(store)
    assert public.client.is_public and public.client_secret == ""
    assert not public.client.check_client_secret("")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"client_type": "2"}, "client_type"),
        ({"redirect_uri": "http://shop.example/"}, "redirect_uri must be https"),
        ({"redirect_uri": f"{READY} javascript:alert(1)"}, "redirect_uri"),
        ({"redirect_uri": "https://shop.example/../x"}, "redirect_uri"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"name": ""}, "name is required"),
    ],
)
async def test_a_client_that_must_not_be_is_refused(changes: dict[str, str], said: str) -> None:
    """S2 ClientForm, THREATS 10"""
    store = MemoryStore()
    with pytest.raises(OAuthValidationError, match=said):
        await ClientForm(changed(NEW, **changes), settings=ProviderSettings()).save(store)
    assert not store.clients


def test_a_token_never_has_less_than_no_time_left() -> None:
    """S2 AccessToken fields: get_expire_delta"""
    clock = Clock()
    ends = clock.now + timedelta(seconds=90.9)
    token = AccessToken(digest=b"", user="jane", client_id="printer", expires=ends)
    assert token.get_expire_delta(clock.now) == 90
    assert token.get_expire_delta(ends) == 0
    assert token.get_expire_delta(ends + timedelta(days=9)) == 0


CLIENT_ROW: dict[str, Any] = {
    "id": 1, "user_id": 7, "name": "Printer", "url": "https://printer.example",
    "redirect_uri": READY, "client_id": "1b2a3c4d5e6f7a8b9c0d",
    "client_secret": "0123456789abcdef0123456789abcdef01234567", "client_type": 0,
}  # fmt: skip


def test_rows_of_clients_keep_id_and_secret() -> None:
    """S2 Client fields: importer maps each"""
    client = imports.client_of(CLIENT_ROW)
    assert client == replace(
        printer(client_id=CLIENT_ROW["client_id"]),
        user="7",
        url="https://printer.example",
        client_secret_digest=digest_of(CLIENT_ROW["client_secret"]),
    )
    named = {**CLIENT_ROW, "redirect_url": READY, "redirect_uri": None, "user_id": None}
    assert imports.client_of(named).redirect_uri == READY
    assert imports.client_of(named).user is None
    public = imports.client_of({**CLIENT_ROW, "client_type": 1})
    assert public.is_public and not public.client_secret_digest


async def test_tokens_of_old_go_on_working(mounted: Mounted) -> None:
    """S2 Grant fields, S2 AccessToken fields, S2 RefreshToken fields, S2 long_token: import"""
    soon = mounted.clock.now + timedelta(hours=1)
    access = {"token": "a" * 40, "user_id": 7, "expires": soon.replace(tzinfo=None), "scope": 6}
    refresh = {"token": "b" * 40, "user_id": 7, "expired": False}
    grant = {"code": "c" * 40, "user": 7, "expires": soon, "redirect_uri": READY, "scope": 2}
    kept = imports.access_token_of(access, "printer")
    assert (kept.user, kept.scope, kept.expires) == ("7", READ_WRITE, soon)
    await mounted.store.add_access_token(kept)
    await mounted.store.add_refresh_token(
        imports.refresh_token_of(refresh, access, "printer", soon)
    )
    await mounted.store.add_grant(imports.grant_of(grant, "printer"))
    assert await mounted.works("a" * 40)
    fields = {"grant_type": "refresh_token", "refresh_token": "b" * 40}
    assert (await mounted.token(**fields)).json()["scope"] == "read write"
    assert not await mounted.works("a" * 40)
    assert (await mounted.token(**fields)).json()["error"] == "invalid_grant"
    code = await mounted.redeem("c" * 40, code_verifier=None)
    assert code.json()["scope"] == "read"
    expired = imports.refresh_token_of({**refresh, "expired": True}, access, "printer", soon)
    assert expired.expired and expired.family == kept.family
    assert kept.expires.tzinfo is UTC
