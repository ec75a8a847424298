"""What came to the authorization endpoint, and how far it can be trusted to be answered."""

from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from .authorization_request import Preview, preview
from .errors import InvalidRequest
from .forms import Form, parse_form


@dataclass(frozen=True, slots=True)
class Received:
    """Parameters as sent.

    fault: what the client has to be told whatever else they say.
    """

    raw: bytes
    form: Form
    asked: Preview
    fault: InvalidRequest | None = None


def receive(raw: bytes) -> Received:
    """The parameters of a query or form. Raises InvalidRequest: never redirect.

    A repeated parameter is the client's to hear of (RFC 6749 §4.1.2.1), unless it is one
    of the two that say who hears it; a repeated `state` is given back to nobody.
    """
    try:
        form = parse_form(raw)
        return Received(raw, form, preview(form))
    except InvalidRequest as fault:
        form = parse_form(raw, repeatable=_names(raw))
        if any(len(form.all(name)) > 1 for name in ("client_id", "redirect_uri")):
            raise
        asked = preview(form)
        if len(form.all("state")) > 1:
            asked = replace(asked, state=None)
        return Received(raw, form, asked, fault)


def _names(raw: bytes) -> frozenset[str]:
    fields = (field.partition(b"=")[0].replace(b"+", b" ") for field in raw.split(b"&"))
    return frozenset(unquote_to_bytes(name).decode(errors="replace") for name in fields)
