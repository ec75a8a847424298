"""The flows of OAuth 2: a person's approval with PKCE, and a machine's own account."""

from base64 import b64encode
from urllib.parse import parse_qsl, quote_plus, urlsplit

import httpx2

from consentry.crypto.secrets import new_secret
from consentry.operations.trials import lent_secret
from consentry.spec.oauth1.callback import OOB
from consentry.spec.pkce import S256, s256
from consentry_admin.portal.trial.conversation import Conversation

TOKEN, REVOKE, WHOAMI = "/oauth2/token", "/oauth2/revoke", "/api/v1/whoami"
BY_SECRET = ("client_secret_basic", "client_secret_post")


async def begin(talk: Conversation) -> None:
    """The first request, and all that needs no decision."""
    client = talk.app.client
    if not client.allows_grant("authorization_code"):
        await _trade(talk, {"grant_type": "client_credentials", **_scope(talk)})
        return
    talk.kept = {
        "redirect_uri": next(one for one in client.metadata.redirect_uris if one != OOB),
        "state": new_secret(12),
        "verifier": new_secret(36),
    }
    answer = await talk.ask(
        "Authorization request",
        "The app sends the browser here, with what it wants and the hash of a secret it keeps "
        "(PKCE, RFC 7636). Registered address and scope are checked before anything else.",
        "GET",
        "/oauth2/authorize",
        query={
            "response_type": "code",
            "client_id": talk.app.client_id,
            "redirect_uri": talk.kept["redirect_uri"],
            "state": talk.kept["state"],
            "code_challenge": s256(talk.kept["verifier"]),
            "code_challenge_method": S256,
            "nonce": new_secret(12),
            **_scope(talk),
        },
        as_person=True,
    )
    if not talk.asked_to_decide(answer):
        await returned(talk, answer)


def _scope(talk: Conversation) -> dict[str, str]:
    return {"scope": str(talk.app.client.scope)} if talk.app.client.scope else {}


async def returned(talk: Conversation, answer: httpx2.Response) -> None:
    """What comes back to the app's address, and the code's exchange."""
    location = answer.headers.get("location", "")
    if not location.startswith(talk.kept["redirect_uri"]):
        talk.say(
            "It ends here",
            "Nothing was sent to the app: the server wants something else of you first, or "
            "refused the request. The page Requests tells why.",
            is_good=False,
        )
        return
    told = dict(parse_qsl(urlsplit(location).query))
    if "code" not in told:
        talk.say(
            "The app is told no",
            f"Its address gets error={told.get('error', '')}, with the state it sent. Nothing "
            "was issued.",
            is_good=False,
        )
        return
    same = told.get("state") == talk.kept["state"] and told.get("iss") == talk.visit.ctx.issuer
    talk.say(
        "Back at the app",
        "The browser would now be at the app's address with a code; here it is kept instead. "
        + ("state is the one that was sent and iss is this issuer, so the answer belongs to "
           "the request (RFC 9207)." if same else "state or iss differ: an app must stop here."),
        is_good=same,
    )  # fmt: skip
    await _trade(
        talk,
        {
            "grant_type": "authorization_code",
            "code": told["code"],
            "redirect_uri": talk.kept["redirect_uri"],
            "code_verifier": talk.kept["verifier"],
        },
    )


async def _trade(talk: Conversation, form: dict[str, str]) -> None:
    """The token request, with the proof the app is registered for."""
    method = talk.app.metadata.token_endpoint_auth_method
    if method == "none":
        await _use(talk, form, {"client_id": talk.app.client_id}, {})
    elif method in BY_SECRET:
        async with lent_secret(talk.visit.ctx, talk.app.client_id) as secret:
            talk.hidden.append(secret)
            await _use(talk, form, *_proof(talk, method, secret))
    else:
        talk.say(
            "Token request",
            f"The app now sends {form['grant_type']} to {TOKEN} with an assertion that only it "
            f"can sign ({method}, RFC 7523). Run the program of the Quickstart for the rest.",
        )


def _proof(talk: Conversation, method: str, secret: str) -> tuple[dict[str, str], dict[str, str]]:
    """Form fields and headers that prove the app (RFC 6749 §2.3.1)."""
    client_id = talk.app.client_id
    if method == "client_secret_post":
        return {"client_id": client_id, "client_secret": secret}, {}
    both = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {}, {"Authorization": f"Basic {b64encode(both.encode()).decode()}"}


async def _use(
    talk: Conversation, form: dict[str, str], fields: dict[str, str], headers: dict[str, str]
) -> None:
    """Tokens, one use of them, and their end."""
    answer = await talk.ask(
        "Token request",
        "From the app's own machine, not the browser: it proves who it is and, for a code, "
        "that it is the one who asked (code_verifier). A code counts once, within a minute.",
        "POST",
        TOKEN,
        form={**form, **fields},
        headers=headers,
    )
    if answer.status_code != 200:
        talk.say("It ends here", "No token was issued; the answer says why.", is_good=False)
        return
    tokens = answer.json()
    await talk.ask(
        "A request with the token",
        "An API takes the token from this header (RFC 6750). This one tells what it is worth: "
        "for whom, for which app, with what scope.",
        "GET",
        WHOAMI,
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    await talk.ask(
        "Revocation",
        "The trial is over, so its tokens end: from the next request on they count nowhere "
        "(RFC 7009).",
        "POST",
        REVOKE,
        form={"token": tokens.get("refresh_token", tokens["access_token"]), **fields},
        headers=headers,
    )
    talk.say("Done", "That is all an app has to do. Nothing of this trial counts any more.")
