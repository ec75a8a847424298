"""Name and other claims, changed by whom they are about."""

from typing import Any

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.account import OWN_CLAIMS, change_profile
from consentry.operations.errors import Refused
from consentry.operations.mail import VERIFIED, can_mail
from consentry.spec.forms import Form
from consentry_admin.visit import Visit, for_person

ADDRESS = ("street_address", "locality", "region", "postal_code", "country")
TEXTS = tuple(name for name in OWN_CLAIMS if name != "address")


@for_person
async def show(visit: Visit) -> Response:
    """The form with what is known."""
    known = visit.user.claims
    values = {name: str(known.get(name, "")) for name in TEXTS}
    address = known.get("address") or {}
    return _page(visit, values | {name: str(address.get(name, "")) for name in ADDRESS})


@for_person
async def submit(visit: Visit) -> Response:
    """Keep what was typed, or say what is wrong with it."""
    form = await visit.form()
    try:
        await change_profile(visit.ctx, visit.user.user_id, _claims(visit, form))
    except Refused as refusal:
        typed = {name: form.get(name) or "" for name in (*TEXTS, *ADDRESS)}
        return _page(visit, typed, refusal)
    return go("/account/profile", done="saved")


def _claims(visit: Visit, form: Form) -> dict[str, Any]:
    texts = {name: (form.get(name) or "").strip() for name in (*TEXTS, *ADDRESS)}
    claims: dict[str, Any] = {name: texts[name] for name in TEXTS if texts[name]}
    address = {name: texts[name] for name in ADDRESS if texts[name]}
    known = dict(visit.user.claims.get("address") or {})
    # Written out by somebody else, it is right only while its parts are (OIDC Core §5.1.1).
    formatted = known.pop("formatted", None)
    if formatted and address == known:
        address["formatted"] = formatted
    if address:
        claims["address"] = address
    return claims


def _page(visit: Visit, values: dict[str, str], refusal: Refused | None = None) -> Response:
    return visit.page(
        "account/profile.html",
        status=400 if refusal else 200,
        values=values,
        is_proven=bool(visit.user.claims.get(VERIFIED)),
        can_mail=can_mail(visit.ctx),
        wrong=refusal.key.removeprefix("claims.") if refusal else None,
        error=refusal.reason if refusal else None,
    )
