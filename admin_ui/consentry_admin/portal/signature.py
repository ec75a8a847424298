"""The signature debugger: what an app signed beside what it should have."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import Response

from consentry.operations.errors import NotFound
from consentry.spec.oauth1.compare import Difference, first_difference, own_base_string
from consentry.spec.oauth1.encoding import FORM
from consentry.spec.oauth1.errors import OAuth1Error
from consentry.spec.oauth1.request import SignedRequest
from consentry.tokens.signature_debug import Verdict, judge
from consentry_admin.portal.door import App, app_page, asked_for, for_developer
from consentry_admin.visit import Visit

FIELDS = ("method", "url", "authorization", "body", "base_string")
PLAIN = "PLAINTEXT"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a request. error: why it could not be read; the rest is empty then.

    ours: the base string as it should be. verdict: None where no signature was to be judged.
    was_compared: a base string was pasted; then difference is None if it is ours.
    """

    error: str = ""
    ours: str = ""
    verdict: Verdict | None = None
    was_compared: bool = False
    difference: Difference | None = None
    note: str = ""


@for_developer
async def show(visit: Visit) -> Response:
    """The form."""
    return _page(visit, await _signing(visit), {}, None)


@for_developer
async def submit(visit: Visit) -> Response:
    """Compare; nothing is kept, and no nonce spent."""
    app, form = await _signing(visit), await visit.form()
    try:
        finding = await _found(visit, app, form)
    except OAuth1Error as error:
        finding = Finding(error=error.description)
    return _page(visit, app, form, finding)


async def _signing(visit: Visit) -> App:
    """The app. Raises NotFound for one that signs nothing."""
    app = await asked_for(visit)
    if not app.signs:
        raise NotFound("signature debugger", app.client_id)
    return app


async def _found(visit: Visit, app: App, form: Mapping[str, str]) -> Finding:
    theirs = (form.get("base_string") or "").strip()
    if not form.get("url"):
        if not theirs:
            return Finding(error="Paste a signed request, a base string, or both.")
        ours = own_base_string(theirs)
        return Finding("", ours, None, True, first_difference(ours, theirs))
    url, body = str(form.get("url")).strip(), (form.get("body") or "").strip().encode()
    request = SignedRequest.parse(
        (form.get("method") or "GET").strip(),
        url,
        authorization=_header(form.get("authorization")),
        content_type=FORM if body else None,
        body=body,
    )
    ours, note = request.base_string, _note(visit, app, request)
    difference = first_difference(ours, theirs) if theirs else None
    verdict = None
    if request.signature and request.client_key == app.client_id:
        verdict = await _judged(visit, app, request, url, body)
    return Finding("", ours, verdict, bool(theirs), difference, note)


async def _judged(
    visit: Visit, app: App, request: SignedRequest, url: str, body: bytes
) -> Verdict | None:
    if request.signature_method not in visit.ctx.deployment.signature_methods.names:
        return None
    if request.signature_method == PLAIN:
        return None
    query = urlsplit(url).query.encode()
    return await judge(visit.ctx, app.client, request, query, body)


def _header(text: str | None) -> str | None:
    """An Authorization header's value, pasted with its name or without."""
    value = (text or "").strip()
    if value.lower().startswith("authorization:"):
        value = value.partition(":")[2].strip()
    return value or None


def _note(visit: Visit, app: App, request: SignedRequest) -> str:
    """What would refuse the request besides its signature."""
    method = request.signature_method
    if request.client_key != app.client_id:
        return "The request names another app: oauth_consumer_key is not this app's client ID."
    if method == PLAIN:
        return "PLAINTEXT signs nothing: the signature is the two secrets, joined by &."
    if method not in app.metadata.oauth1_signature_methods:
        return f"{method or 'No method'} is not registered for this app; see Settings."
    return _time_note(visit, request)


def _time_note(visit: Visit, request: SignedRequest) -> str:
    stamp = request.timestamp or ""
    if not stamp.isdecimal() or len(stamp) > 12:
        return "oauth_timestamp is missing or no number."
    away = abs(int(stamp) - visit.ctx.now().timestamp())
    if away > visit.ctx.policy.oauth1_timestamp_window:
        return f"oauth_timestamp is {int(away)} s from our clock; such a request is refused."
    return ""


def _page(visit: Visit, app: App, form: Mapping[str, str], finding: Finding | None) -> Response:
    values = {name: form.get(name) or "" for name in FIELDS}
    if PLAIN in values["authorization"].upper():
        # The signature is the secrets themselves: it is not written into a page.
        values["authorization"] = ""
    return app_page(visit, app, "signature", values=values, finding=finding)
