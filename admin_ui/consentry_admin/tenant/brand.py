"""What people see of the tenant: its name and its colour."""

from dataclasses import dataclass

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.errors import Refused
from consentry.operations.policy import change_brand
from consentry.web.accent import DEFAULT_ACCENT, contrast, parse_accent
from consentry_admin.tenant.door import HOME, for_administrator
from consentry_admin.visit import Visit

BRAND = f"{HOME}/brand"
WHITE, BLACK = "ffffff", "000000"
READABLE = 4.5


@dataclass(frozen=True, slots=True)
class Look:
    """A name and a colour. accent: six hex digits."""

    name: str
    accent: str

    @property
    def ink(self) -> str:
        """`white` or `black`: what text on the colour has (WCAG 2.2 SC 1.4.3)."""
        return "white" if contrast(self.accent, WHITE) >= READABLE else "black"

    @property
    def ratio(self) -> str:
        """The contrast of that text, 1 to 21."""
        return f"{contrast(self.accent, WHITE if self.ink == 'white' else BLACK):.1f}"


@for_administrator
async def show(visit: Visit) -> Response:
    """As it is. An `accent` in the address is looked at: htmx asks so while one chooses."""
    tried = visit.request.query_params.get("accent")
    return _form(visit, visit.ctx.tenant.name, tried or _current(visit))


@for_administrator
async def submit(visit: Visit) -> Response:
    """Keep it, or with `act` preview show it only."""
    form = await visit.form()
    name, accent = (form.get("name") or "").strip(), form.get("accent") or ""
    if form.get("act") == "preview":
        return _form(visit, name, accent)
    try:
        chosen = _digits(accent)
        await change_brand(visit.ctx, name, None if chosen == DEFAULT_ACCENT else f"#{chosen}")
    except Refused as refusal:
        return _form(visit, name, accent, refusal)
    return go(BRAND, done="brand")


def _current(visit: Visit) -> str:
    return visit.ctx.policy.accent or DEFAULT_ACCENT


def _digits(text: str) -> str:
    """Raises Refused."""
    try:
        return parse_accent(text)
    except ValueError as error:
        raise Refused("accent", str(error)) from None


def _form(visit: Visit, name: str, accent: str, refusal: Refused | None = None) -> Response:
    try:
        digits = parse_accent(accent)
    except ValueError:
        digits = parse_accent(_current(visit))
    return visit.page(
        "tenant/brand.html",
        status=400 if refusal else 200,
        look=Look(name, digits),
        wrong=refusal.key if refusal else None,
        error=refusal.reason if refusal else None,
    )
