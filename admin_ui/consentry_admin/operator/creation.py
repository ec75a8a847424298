"""A new tenant with its first administrator, or one more administrator."""

from starlette.responses import Response

from consentry.operations import console
from consentry.operations.errors import Refused
from consentry.spec.forms import Form
from consentry_admin.visit import Visit, for_person

FIELDS = ("slug", "name", "username", "email")


@for_person
async def ask(visit: Visit) -> Response:
    """The form. A `slug` in the address is looked at already: htmx asks so while one types."""
    slug = visit.request.query_params.get("slug", "").strip()
    if not slug:
        return _form(visit, {})
    try:
        await console.check_new_slug(visit.ctx, slug)
    except Refused as refusal:
        return _form(visit, {"slug": slug}, refusal, status=200)
    return _form(visit, {"slug": slug}, is_free=True)


@for_person
async def create(visit: Visit) -> Response:
    """Both are made, and the password is shown this once; or the form says what is wrong."""
    form = await visit.form()
    given = _typed(form)
    try:
        made = await console.create_with_administrator(
            visit.ctx, given["slug"], given["name"] or None, given["username"], given["email"]
        )
    except Refused as refusal:
        return _form(visit, given, refusal)
    seen = await console.see_tenant(visit.ctx, given["slug"])
    return visit.page("operator/given.html", seen=seen, made=made, is_new=True)


@for_person
async def ask_person(visit: Visit) -> Response:
    """Who becomes administrator of a tenant that is there."""
    return await _person_form(visit, {})


@for_person
async def add(visit: Visit) -> Response:
    """Add them, and show their password this once."""
    form = await visit.form()
    given, slug = _typed(form), visit.parameter("slug")
    try:
        made = await console.add_administrator(visit.ctx, slug, given["username"], given["email"])
    except Refused as refusal:
        return await _person_form(visit, given, refusal)
    seen = await console.see_tenant(visit.ctx, slug)
    return visit.page("operator/given.html", seen=seen, made=made, is_new=False)


def _typed(form: Form) -> dict[str, str]:
    return {name: (form.get(name) or "").strip() for name in FIELDS}


def _form(
    visit: Visit,
    values: dict[str, str],
    refusal: Refused | None = None,
    *,
    is_free: bool = False,
    status: int = 400,
) -> Response:
    return visit.page(
        "operator/new_tenant.html",
        status=status if refusal else 200,
        values={name: values.get(name, "") for name in FIELDS},
        wrong=refusal.key if refusal else None,
        error=refusal.reason if refusal else None,
        is_free=is_free,
        base_host=visit.ctx.deployment.settings.base_host,
    )


async def _person_form(
    visit: Visit, values: dict[str, str], refusal: Refused | None = None
) -> Response:
    return visit.page(
        "operator/new_administrator.html",
        status=400 if refusal else 200,
        seen=await console.see_tenant(visit.ctx, visit.parameter("slug")),
        values={name: values.get(name, "") for name in FIELDS},
        wrong=refusal.key if refusal else None,
        error=refusal.reason if refusal else None,
    )
