"""How an authorization response travels: query, fragment or form_post.

Every response, errors too, names its issuer (RFC 9207 §2).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consentry.interaction.answers import page
from consentry.spec.authorization_request import Preview
from consentry.spec.redirect_uri import append_params, with_fragment
from consentry.spec.response_types import RESPONSE_MODES, default_response_mode, normalize
from consentry.tenancy.context import TenantContext
from consentry.web.pages import action_source


@dataclass(frozen=True, slots=True)
class Return:
    """Where and how to answer: a redirect_uri known good, the mode, and the client's state."""

    redirect_uri: str
    mode: str
    state: str | None

    @classmethod
    def of(cls, redirect_uri: str, asked: Preview) -> "Return":
        """For a request that may turn out wrong: the mode it asked for, if that is one."""
        types = normalize(asked.response_type_text or "code")
        mode = asked.response_mode_text
        default = default_response_mode(types)
        fits = mode in RESPONSE_MODES and not (mode == "query" and default != "query")
        return cls(redirect_uri, mode if mode is not None and fits else default, asked.state)


def authorization_response(
    request: Request, back: Return, parameters: Mapping[str, str]
) -> Response:
    """The response (RFC 6749 §4.1.2, Multiple Response Types §2.1, Form Post §2)."""
    ctx = TenantContext.of(request)
    sent = dict(parameters)
    if back.state is not None:
        sent["state"] = back.state
    sent["iss"] = ctx.issuer
    if back.mode == "form_post":
        return page(
            request,
            "interaction/form_post.html",
            form_action=_beyond(back.redirect_uri),
            action=back.redirect_uri,
            parameters=sent,
        )
    place = append_params if back.mode == "query" else with_fragment
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return RedirectResponse(place(back.redirect_uri, sent), 303, headers)


def _beyond(redirect_uri: str) -> list[str]:
    """The client's page, and where it may redirect to: browsers hold that against us too.

    The form holds nothing but the response, which is the client's anyway.
    """
    own = action_source(redirect_uri)
    return list(dict.fromkeys((own, "https:", *(["http:"] if own.startswith("http:") else []))))
