"""Authlib's own providers of both protocols, in a Flask app that approves for Jane."""

import time
from dataclasses import dataclass, field
from typing import Any

import flask
from authlib.integrations.flask_oauth1 import AuthorizationServer as OAuth1Server
from authlib.integrations.flask_oauth1 import (
    ResourceProtector,
    create_exists_nonce_func,
    register_nonce_hooks,
    register_temporary_credential_hooks,
)
from authlib.integrations.flask_oauth2 import AuthorizationServer as OAuth2Server
from authlib.oauth1 import ClientMixin as OAuth1Client
from authlib.oauth1.rfc5849.models import TokenCredentialMixin
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from joserfc.jwk import RSAKey

ADDRESS = "https://authlib.example"
SECRET = "kd94hf93k423kf44"


class Cache(dict[str, Any]):
    """What Authlib calls a cache."""

    def set(self, key: str, value: Any, timeout: int | None = None) -> None:
        self[key] = value

    def has(self, key: str) -> bool:
        return key in self

    def delete(self, key: str) -> None:
        self.pop(key, None)


@dataclass
class Jane:
    id: str = "jane"

    def get_user_id(self) -> str:
        return self.id


@dataclass
class Consumer(OAuth1Client):  # type: ignore[misc]
    client_id: str
    rsa_public_key: str = ""

    def get_default_redirect_uri(self) -> str:
        return "https://app.example/"

    def get_client_secret(self) -> str:
        return SECRET

    def get_rsa_public_key(self) -> str:
        return self.rsa_public_key


class Credential(dict[str, Any], TokenCredentialMixin):  # type: ignore[misc]
    def get_oauth_token(self) -> Any:
        return self["oauth_token"]

    def get_oauth_token_secret(self) -> Any:
        return self["oauth_token_secret"]


def add_oauth1(app: flask.Flask, methods: list[str], rsa_public_key: str = "") -> None:
    """`/initiate`, `/oauth1/authorize`, `/oauth1/token` and `/oauth1/api`."""
    app.config["OAUTH1_SUPPORTED_SIGNATURE_METHODS"] = methods
    cache, credentials = Cache(), dict[str, Credential]()

    def query_client(client_id: str) -> Consumer | None:
        return Consumer(client_id, rsa_public_key) if client_id == "printer" else None

    def create_token_credential(token: dict[str, str], temporary: Any) -> Credential:
        made = credentials[token["oauth_token"]] = Credential(token)
        return made

    server = OAuth1Server(app, query_client=query_client)
    register_nonce_hooks(server, cache)
    register_temporary_credential_hooks(server, cache)
    server.register_hook("create_token_credential", create_token_credential)
    protect = ResourceProtector(
        app, query_client, lambda client_id, token: credentials.get(token),
        create_exists_nonce_func(cache),
    )  # fmt: skip
    routes: dict[str, Any] = {
        "/initiate": lambda: server.create_temporary_credentials_response(),
        "/oauth1/token": lambda: server.create_token_response(),
        "/oauth1/authorize": lambda: server.create_authorization_response(
            grant_user=None if flask.request.args.get("deny") else Jane()
        ),
        "/oauth1/api": protect()(lambda: flask.jsonify(dict(flask.request.values))),
    }
    for path, view in routes.items():
        app.add_url_rule(path, path, view, methods=["GET", "POST"])


@dataclass
class Relying:
    """The one client of the OAuth 2 side."""

    client_id: str = "printer"

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return "https://app.example/"

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.startswith("https://app.example/")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return True


@dataclass
class Code:
    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    auth_time: int = field(default_factory=lambda: int(time.time()))

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Bought(dict[str, Any]):
    """A token as the refresh grant wants it."""

    def check_client(self, client: Relying) -> bool:
        return client.client_id == "printer"

    def get_scope(self) -> Any:
        return self["scope"]


@dataclass
class Held:
    """What the OAuth 2 side remembers."""

    codes: dict[str, Code] = field(default_factory=dict)
    tokens: list[Bought] = field(default_factory=list)
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "only", "use": "sig"})
    )


def code_grant(held: Held) -> type:
    class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        def save_authorization_code(self, code: str, request: Any) -> None:
            sent = request.payload.data
            held.codes[code] = Code(
                code, sent["redirect_uri"], request.payload.scope, sent.get("nonce"),
                sent.get("code_challenge"), sent.get("code_challenge_method"),
            )  # fmt: skip

        def query_authorization_code(self, code: str, client: Relying) -> Code | None:
            return held.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del held.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: Code) -> Jane:
            return Jane()

    return CodeGrant


def refresh_grant(held: Held) -> type:
    class Refresh(grants.RefreshTokenGrant):  # type: ignore[misc]
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token: str) -> Bought | None:
            known = (one for one in held.tokens if one["refresh_token"] == refresh_token)
            return next(known, None)

        def authenticate_user(self, refresh_token: Bought) -> Jane:
            return Jane()

        def revoke_old_credential(self, refresh_token: Bought) -> None:
            held.tokens.remove(refresh_token)

    return Refresh


def openid(held: Held) -> Any:
    class OpenID(OpenIDCode):  # type: ignore[misc]
        def resolve_client_private_key(self, client: Relying) -> RSAKey:
            return held.key

        def get_client_claims(self, client: Relying) -> dict[str, Any]:
            return {"iss": ADDRESS, "aud": [client.client_id]}

        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return any(code.nonce == nonce for code in held.codes.values())

        def generate_user_info(self, user: Jane, scope: str) -> dict[str, Any]:
            return {"sub": user.id, "name": "Jane Doe"}

    return OpenID()


METADATA = {
    "issuer": ADDRESS,
    "authorization_endpoint": f"{ADDRESS}/authorize",
    "token_endpoint": f"{ADDRESS}/token",
    "jwks_uri": f"{ADDRESS}/jwks",
    "id_token_signing_alg_values_supported": ["RS256"],
}


def add_oauth2(app: flask.Flask) -> None:
    """`/authorize`, `/token`, `/jwks`, `/api` and the metadata."""
    held = Held()

    def save_token(token: dict[str, Any], request: Any) -> None:
        held.tokens.append(Bought(token))

    app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    server = OAuth2Server(app, lambda client_id: Relying(), save_token)
    server.register_grant(code_grant(held), [CodeChallenge(required=True), openid(held)])
    server.register_grant(refresh_grant(held))
    server.register_grant(grants.ClientCredentialsGrant)

    def authorize() -> Any:
        grant = server.get_consent_grant(end_user=Jane())
        user = None if flask.request.args.get("deny") else Jane()
        return server.create_authorization_response(grant_user=user, grant=grant)

    def api() -> Any:
        bearer = flask.request.headers.get("Authorization", "")
        good = any(f"Bearer {one['access_token']}" == bearer for one in held.tokens)
        return flask.jsonify({"good": good})

    routes: dict[str, Any] = {
        "/authorize": authorize,
        "/token": lambda: server.create_token_response(),
        "/jwks": lambda: flask.jsonify({"keys": [held.key.as_dict(private=False)]}),
        "/api": api,
        "/.well-known/openid-configuration": lambda: flask.jsonify(METADATA),
    }
    for path, view in routes.items():
        app.add_url_rule(path, path, view, methods=["GET", "POST"])
