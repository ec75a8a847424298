"""The proof that an e-mail address is one's own."""

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.mail import ask_for_proof
from consentry.spec.forms import Form
from consentry_admin.question import question
from consentry_admin.visit import Visit, for_person


async def _ask(visit: Visit, error: str | None, status: int) -> Response:
    """Where the link goes."""
    return visit.page("account/email.html", status=status, error=error)


async def _send(visit: Visit, form: Form) -> Response:
    """It is on its way."""
    await ask_for_proof(visit.ctx, visit.user.user_id)
    return go("/account/profile", done="sent")


PROOF = question(for_person, _ask, _send)
