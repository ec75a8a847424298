"""The three steps of OAuth 1.0a (RFC 5849 §2), each request signed."""

import re
from urllib.parse import parse_qsl, urlsplit

import httpx2

from consentry.crypto.secrets import new_secret
from consentry.operations.trials import end_trial, lent_secret
from consentry.spec.oauth1.callback import OOB
from consentry.spec.oauth1.signing import Credentials, sign_request
from consentry.tokens.token_credential import read_token_credential
from consentry.web.inside import own_origin
from consentry_admin.portal.trial.conversation import Conversation
from consentry_admin.portal.trial.oauth2 import WHOAMI

_VERIFIER = re.compile(r'id="oauth_verifier"[^>]*>([^<]+)<')


def method_of(talk: Conversation) -> str | None:
    """The signature method of the trial; None where only the app's own key signs."""
    allowed = talk.visit.ctx.policy.oauth1_signature_methods
    registered = talk.app.metadata.oauth1_signature_methods
    hmacs = [one for one in registered if one.startswith("HMAC-")]
    return next((one for one in hmacs if allowed is None or one in allowed), None)


async def begin(talk: Conversation) -> None:
    """Temporary credentials, and the way to the person's decision."""
    if method_of(talk) is None:
        talk.say(
            "Temporary credentials",
            "This app signs with a key that only it has. Run the program of the Quickstart.",
            is_good=False,
        )
        return
    uris = talk.app.metadata.redirect_uris
    callback = next((one for one in uris if one != OOB), OOB)
    talk.kept = {"callback": callback}
    async with lent_secret(talk.visit.ctx, talk.app.client_id) as secret:
        answer = await _signed(
            talk, secret, "Temporary credentials",
            "The app asks for credentials that a person can approve. It signs with its secret "
            "alone, and names the callback here and nowhere else (RFC 5849 §2.1).",
            "POST", "/oauth1/initiate", oauth_callback=callback,
        )  # fmt: skip
    if answer.status_code != 200:
        talk.say("It ends here", "The answer says why.", is_good=False)
        return
    talk.kept |= dict(parse_qsl(answer.text))
    answer = await talk.ask(
        "Authorization",
        "The app sends the browser here with the temporary token (RFC 5849 §2.2).",
        "GET",
        "/oauth1/authorize",
        query={"oauth_token": talk.kept["oauth_token"]},
        as_person=True,
    )
    if not talk.asked_to_decide(answer):
        await returned(talk, answer)


async def returned(talk: Conversation, answer: httpx2.Response) -> None:
    """The verifier, and what it buys."""
    told = dict(parse_qsl(urlsplit(answer.headers.get("location", "")).query))
    typed = _VERIFIER.search(answer.text)
    verifier = told.get("oauth_verifier") or (typed[1] if typed else None)
    if verifier is None:
        talk.say(
            "It ends here",
            "No verifier came back: the request was denied, or refused. The page Requests "
            "tells why.",
            is_good=False,
        )
        return
    talk.say(
        "Back at the app",
        "The browser would now be at the callback with a verifier; here it is kept instead. It "
        "proves that whoever returns is the one who approved.",
    )
    async with lent_secret(talk.visit.ctx, talk.app.client_id) as secret:
        await _redeem(talk, secret, verifier)


async def _redeem(talk: Conversation, secret: str, verifier: str) -> None:
    answer = await _signed(
        talk, secret, "Token credentials",
        "Temporary credentials and verifier, signed with both secrets, buy the token "
        "(RFC 5849 §2.3). They count once.",
        "POST", "/oauth1/token", oauth_verifier=verifier.strip(),
    )  # fmt: skip
    if answer.status_code != 200:
        talk.say("It ends here", "The answer says why.", is_good=False)
        return
    talk.kept |= dict(parse_qsl(answer.text))
    await _signed(
        talk, secret, "A signed request",
        "Every request is signed with the app's secret and the token's, and each nonce counts "
        "once. This one tells what the token is worth.",
        "GET", WHOAMI,
    )  # fmt: skip
    credential = read_token_credential(talk.kept["oauth_token"])
    if credential is not None:
        await end_trial(talk.visit.ctx, talk.app.client_id, credential.authorization_id)
    talk.say("Done", "The token was ended with the trial; nothing of it counts any more.")


async def _signed(
    talk: Conversation, secret: str, title: str, meaning: str, method: str, path: str,
    **extra: str,
) -> httpx2.Response:  # fmt: skip
    """A request signed with what is known by now."""
    credentials = Credentials(
        talk.app.client_id,
        secret,
        token=talk.kept.get("oauth_token"),
        token_secret=talk.kept.get("oauth_token_secret", ""),
    )
    signed = sign_request(
        credentials,
        method,
        own_origin(talk.visit.request) + path,
        timestamp=int(talk.visit.ctx.now().timestamp()),
        nonce=new_secret(12),
        signature_method=method_of(talk) or "",
        extra=extra,
    )
    talk.hidden.append(secret)
    return await talk.ask(title, meaning, method, path, headers=signed.headers)
