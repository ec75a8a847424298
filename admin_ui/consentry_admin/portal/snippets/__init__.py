"""Code that runs as it stands, filled in for one app.

Each file is one program; what stands behind `@@` is put in as a literal of its language. A
secret is never put in: the programs read it from the environment.
"""

import json
import shlex
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import Final, NamedTuple
from urllib.parse import quote_plus, urlencode

from consentry.records.client import Client
from consentry.spec.oauth1.callback import OOB

CURL: Final = "curl"
TITLES: Final = {
    CURL: "curl",
    "authlib": "Python, Authlib",
    "consentry": "Python, consentry.client",
    "openid-client": "JavaScript, openid-client",
    "requests-oauthlib": "Python, requests-oauthlib",
}
OF_CODE: Final = (CURL, "authlib", "consentry", "openid-client")
OF_OAUTH1: Final = ("requests-oauthlib", "consentry")
KEY: Final = "private_key_jwt"
# What a library does without its user writing code for it.
BY_METHOD: Final = {"client_secret_jwt": ("consentry", "openid-client"), KEY: ("consentry",)}
_JS_PROOFS: Final = {
    "none": "oidc.None()",
    "client_secret_basic": "oidc.ClientSecretBasic(process.env.CLIENT_SECRET)",
    "client_secret_post": "oidc.ClientSecretPost(process.env.CLIENT_SECRET)",
    "client_secret_jwt": "oidc.ClientSecretJwt(process.env.CLIENT_SECRET)",
}


class Snippet(NamedTuple):
    """One program. name: of the library it uses."""

    name: str
    title: str
    text: str


class _Program(Template):
    delimiter = "@@"


def snippets_for(client: Client, issuer: str) -> list[Snippet]:
    """The programs that fit how an app is registered, the plainest first."""
    flow = _flow(client)
    if flow is None:
        return []
    values = _values(client, issuer)
    method = client.metadata.token_endpoint_auth_method
    names = OF_OAUTH1 if flow == "oauth1" else BY_METHOD.get(method, OF_CODE)
    return [Snippet(name, TITLES[name], _program(flow, name).substitute(values)) for name in names]


def _flow(client: Client) -> str | None:
    """Which programs fit: by a person's approval, on its own account, or OAuth 1."""
    if client.allows_grant("authorization_code"):
        return "code"
    if client.allows_grant("client_credentials"):
        return "machine"
    return "oauth1" if "oauth1" in client.metadata.protocols else None


@cache
def _program(flow: str, name: str) -> _Program:
    return _Program((files(__package__) / f"{flow}.{name}.txt").read_text().rstrip())


def _values(client: Client, issuer: str) -> Mapping[str, str]:
    return {
        **_places(client, issuer),
        **_python(client),
        **_javascript(client, issuer),
        **_shell(client, issuer),
        **_oauth1(client),
    }


def _literal(text: str) -> str:
    """A text as Python and JavaScript write it alike."""
    return json.dumps(text, ensure_ascii=False)


def _redirect_uri(client: Client) -> str:
    return next((uri for uri in client.metadata.redirect_uris if uri != OOB), OOB)


def _places(client: Client, issuer: str) -> dict[str, str]:
    paths = {
        "issuer": "",
        "authorize": "/oauth2/authorize",
        "token_endpoint": "/oauth2/token",
        "metadata": "/.well-known/openid-configuration",
        "whoami": "/api/v1/whoami",
        "initiate": "/oauth1/initiate",
        "oauth1_authorize": "/oauth1/authorize",
        "oauth1_token": "/oauth1/token",
    }
    return {
        **{name: _literal(issuer + path) for name, path in paths.items()},
        "client_id": _literal(client.client_id),
        "redirect_uri": _literal(_redirect_uri(client)),
        "scope": _literal(str(client.scope)),
    }


def _has_secret(client: Client) -> bool:
    if "oauth2" not in client.metadata.protocols:
        return _signature_method(client).startswith("HMAC-")
    return client.metadata.token_endpoint_auth_method not in ("none", KEY)


def _python(client: Client) -> dict[str, str]:
    method = client.metadata.token_endpoint_auth_method
    has_key = method == KEY and "oauth2" in client.metadata.protocols
    hint = "CLIENT_SECRET in the environment holds the secret."
    return {
        "method": _literal(method),
        "python_method": 'private_key_jwt(open("private.pem").read())'
        if has_key
        else _literal(method),
        "python_import": ", private_key_jwt" if has_key else "",
        "python_secret": 'os.environ["CLIENT_SECRET"]' if _has_secret(client) else '""',
        "hash_secret": f"\n# {hint}" if _has_secret(client) else "",
        "slash_secret": f"\n// {hint}" if _has_secret(client) else "",
    }


def _javascript(client: Client, issuer: str) -> dict[str, str]:
    method = client.metadata.token_endpoint_auth_method
    plain = ",\n  { execute: [oidc.allowInsecureRequests] } // for development: no TLS"
    return {
        "js_proof": _JS_PROOFS.get(method, "oidc.None()"),
        "js_insecure": "" if issuer.startswith("https:") else plain,
    }


def _shell(client: Client, issuer: str) -> dict[str, str]:
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": _redirect_uri(client),
        "scope": str(client.scope),
    }
    # RFC 6749 §2.3.1: form-encoded first.
    user = shlex.quote(quote_plus(client.client_id) + ":")
    named = "--data-urlencode " + shlex.quote(f"client_id={client.client_id}")
    proofs = {
        "none": named,
        "client_secret_basic": f'--user {user}"$CLIENT_SECRET"',
        "client_secret_post": f'{named} \\\n  --data-urlencode "client_secret=$CLIENT_SECRET"',
    }
    has_secret = _has_secret(client)
    return {
        "shell_secret": " CLIENT_SECRET holds the secret." if has_secret else "",
        "shell_authorize": shlex.quote(f"{issuer}/oauth2/authorize?{urlencode(asked)}"),
        "shell_token_endpoint": shlex.quote(f"{issuer}/oauth2/token"),
        "shell_whoami": shlex.quote(f"{issuer}/api/v1/whoami"),
        "shell_redirect_uri": shlex.quote(f"redirect_uri={_redirect_uri(client)}"),
        "shell_scope": shlex.quote(f"scope={client.scope}"),
        "shell_proof": proofs.get(client.metadata.token_endpoint_auth_method, named),
    }


def _signature_method(client: Client) -> str:
    """One that needs no key file, if there is one."""
    methods = client.metadata.oauth1_signature_methods
    return next((one for one in methods if one.startswith("HMAC-")), methods[0])


def _oauth1(client: Client) -> dict[str, str]:
    method, redirect_uri = _signature_method(client), _redirect_uri(client)
    has_key, is_oob = method.startswith("RSA-"), redirect_uri == OOB
    key = 'open("private.pem").read()'
    ask = 'input("The code you were shown: ")'
    returned = 'input("The address you return to: ")'
    kwargs = f'"signature_method": {_literal(method)}' + (f', "rsa_key": {key}' if has_key else "")
    query = f"parse_qs(urlsplit({returned}).query)"
    return {
        "signature_method": _literal(method),
        "rsa_line": f"\n    rsa_key={key}," if has_key else "",
        "kwargs": kwargs,
        "redirect_uri_or_none": "" if is_oob else _literal(redirect_uri),
        "oauth1_answer": f"verifier = {ask}"
        if is_oob
        else f"session.parse_authorization_response({returned})",
        "oauth1_verifier": ", verifier=verifier" if is_oob else "",
        "consentry_answer": f"verifier = {ask}"
        if is_oob
        else f'verifier = {query}["oauth_verifier"][0]',
    }
