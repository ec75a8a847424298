"""oauthlib's resource endpoint as a WSGI application with nothing around it."""

import json
from collections.abc import Iterable
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import request_uri

from oauthlib.oauth1 import RequestValidator, ResourceEndpoint


class Storage(Protocol):
    """Where clients, tokens and nonces are."""

    def client_secret(self, client_key: str) -> str | None:
        """A client's secret."""

    def token(self, client_key: str, token: str) -> tuple[str, str] | None:
        """Secret and person of a client's token."""

    def spend(self, client_key: str, token: str, timestamp: int, nonce: str) -> bool:
        """Whether a nonce is new; it is not from now on."""

    def end(self) -> None:
        """The request is over."""


class Validator(RequestValidator):  # type: ignore[misc]
    """What oauthlib asks of whoever provides."""

    enforce_ssl = False
    client_key_length = access_token_length = nonce_length = (1, 64)
    dummy_client = dummy_access_token = "nobody"  # noqa: S105

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self.storage = storage

    def validate_timestamp_and_nonce(
        self, client_key: str, timestamp: str, nonce: str, request: Any,
        request_token: str | None = None, access_token: str | None = None,
    ) -> bool:  # fmt: skip
        """Spend the nonce; oauthlib has seen to the timestamp."""
        return self.storage.spend(client_key, access_token or "", int(timestamp), nonce)

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        """Read the client, which is kept for what follows."""
        request.client_secret = self.storage.client_secret(client_key)
        return request.client_secret is not None

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        """Read the token, which is kept for what follows."""
        request.found = self.storage.token(client_key, token)
        return request.found is not None

    def validate_realms(self, *given: Any, **more: Any) -> bool:
        """Any realm."""
        return True

    def get_client_secret(self, client_key: str, request: Any) -> str:
        """The client's secret."""
        return request.client_secret or "nobody's"

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        """The token's secret."""
        return request.found[0] if request.found else "nobody's"


def application(storage: Storage) -> WSGIApplication:
    """Says who signed."""
    endpoint = ResourceEndpoint(Validator(storage))

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/ready":
            return _answer(start, "200 OK", {})
        headers = {"Authorization": environ.get("HTTP_AUTHORIZATION", "")}
        uri, method = request_uri(environ), environ["REQUEST_METHOD"]
        valid, asked = endpoint.validate_protected_resource_request(uri, method, None, headers, [])
        storage.end()
        if not valid:
            return _answer(start, "401 Unauthorized", {"error": "invalid"})
        return _answer(start, "200 OK", {"sub": asked.found[1], "client_id": asked.client_key})

    return app


def _answer(start: StartResponse, status: str, members: dict[str, str]) -> list[bytes]:
    body = json.dumps(members).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
