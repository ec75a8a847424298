"""What an error means, and what its owner can do about it: a sentence for each rule."""

from typing import Final, NamedTuple

from consentry.records.transient import Refusal

MEANINGS: Final = {
    "invalid_request": "Something in the request is missing, repeated or malformed.",
    "invalid_client": "The app did not prove who it is.",
    "invalid_grant": "The code, token or password no longer counts, or belongs to another app.",
    "unauthorized_client": "The app is not registered for what it asked.",
    "unsupported_grant_type": "This server does not offer that grant type.",
    "unsupported_response_type": "This server does not offer that response type.",
    "invalid_scope": "It asked for more than it is registered for, or for a scope nobody knows.",
    "invalid_target": "The resource is no API declared here, or was not approved.",
    "invalid_token": "The access token does not count here.",
    "insufficient_scope": "The token is good, but its scope does not reach this far.",
    "access_denied": "The person said no, or may not do this.",
    "login_required": "Nobody is signed in, and the request did not allow asking.",
    "consent_required": "The person has not agreed, and the request did not allow asking.",
    "temporarily_unavailable": "Too many requests, or the server could not answer just then.",
    "parameter_absent": "A parameter that is needed was not sent.",
    "parameter_rejected": "A parameter is malformed or says what cannot be taken.",
    "version_rejected": "oauth_version is not 1.0.",
    "signature_method_rejected": "The signature method is not among those registered.",
    "timestamp_refused": "The request's clock is too far from ours.",
    "nonce_used": "The same nonce was sent before.",
    "signature_invalid": "The signature does not fit the request.",
    "consumer_key_unknown": "No such app.",
    "consumer_key_refused": "The app may not go on just now.",
    "token_rejected": "The token is unknown, or not one for this use.",
    "token_used": "The temporary credentials were spent before.",
    "token_expired": "The token's time is over.",
    "token_revoked": "Somebody took the token back.",
    "verifier_invalid": "The verifier is not that of this approval.",
    "user_refused": "The person said no.",
    "permission_denied": "The credentials are good and do not reach that far.",
    "insecure_transport": "Credentials are given out by https only.",
}


class Advice(NamedTuple):
    """What to do; page: where in the portal, below the app's address, and what it is called."""

    text: str
    page: str = ""
    label: str = ""


_SETTINGS, _CREDENTIALS = ("settings", "Settings"), ("credentials", "Credentials")
_RULES: Final = {
    "redirect_uri": Advice(
        "Register the address exactly as it was sent, or send one that is registered. Only the "
        "port of http://127.0.0.1 and http://[::1] may differ.", *_SETTINGS
    ),
    "redirect_uri must equal a registered one": Advice(
        "Register the address exactly as it was sent, or send one that is registered. Only the "
        "port of http://127.0.0.1 and http://[::1] may differ.", *_SETTINGS
    ),
    "post_logout_redirect_uri must equal a registered one": Advice(
        "Register the address people return to after signing out.", *_SETTINGS
    ),
    "oauth_callback must equal a registered one": Advice(
        "Register the callback exactly as it was sent, or send one that is registered.", *_SETTINGS
    ),
    "scope": Advice("Register the scope for this app, or ask for less.", *_SETTINGS),
    "client_secret": Advice(
        "The secret is wrong or has ended. If you rotated it, deploy the new one.", *_CREDENTIALS
    ),
    "token_endpoint_auth_method": Advice(
        "Send the secret the registered way, or register the way you send it.", *_CREDENTIALS
    ),
    "client auth": Advice(
        "Send exactly one proof: the Authorization header, or client_id and client_secret in the "
        "form, or an assertion.", *_CREDENTIALS
    ),
    "client is disabled": Advice("The app is disabled. Enable it again.", "danger", "Danger zone"),
    "oauth_signature": Advice(
        "Let the debugger compare what you signed with what we expect.", "signature",
        "Signature debugger",
    ),
    "oauth1_signature_methods": Advice(
        "Sign by a registered method, or register the one you use.", *_SETTINGS
    ),
    "PKCE": Advice("Send code_challenge with code_challenge_method=S256 (RFC 7636)."),
    "require_pkce": Advice("Send code_challenge with code_challenge_method=S256 (RFC 7636)."),
    "code_verifier": Advice(
        "Send the code_verifier whose S256 hash was the code_challenge, and keep it from one "
        "request to the other."
    ),
    "a code counts once": Advice(
        "Redeem a code once. Its second use ended all it had bought; start the flow again."
    ),
    "authorization_code_lifetime": Advice("Redeem the code at once; it lives a minute at most."),
    "a refresh token counts once": Advice(
        "Keep the newest refresh token of each answer; two processes must share it."
    ),
    "oauth_nonce counts once": Advice("Make a new random nonce for every request, retries too."),
    "grant_types": Advice("The app is not registered for this grant type."),
    "resource": Advice("Name an API that is declared here, by its identifier."),
    "prompt none": Advice("Ask again without prompt=none, so that the person can be asked."),
    "denied": Advice("Nothing to do: the person decided."),
    "TLS": Advice("Use the https address."),
}  # fmt: skip
_ERRORS: Final = {
    "invalid_client": Advice("Check the identifier, the secret and how it is sent.", *_CREDENTIALS),
    "invalid_scope": Advice("Register the scope for this app, or ask for less.", *_SETTINGS),
    "invalid_grant": Advice("Start the flow again; keep codes and tokens to the app they are for."),
    "timestamp_refused": Advice("Set the clock of the machine that signs; a time server helps."),
    "signature_invalid": _RULES["oauth_signature"],
    "invalid_token": Advice("Renew the token, or ask for one that is meant for this server."),
}
_ELSE: Final = Advice("Compare the rule with what was received.")


def meaning_of(error: str) -> str:
    """An error in words."""
    return MEANINGS.get(error, "The request was refused.")


def advice_for(refusal: Refusal) -> Advice:
    """What helps against this refusal: by its rule, else by its error."""
    return _RULES.get(refusal.rule) or _ERRORS.get(refusal.error) or _ELSE
