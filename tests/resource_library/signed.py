"""An API that takes signed requests by hooks, and a client that signs."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consentry.resource import OAuth1Protector, Protector, current_credential
from consentry.spec.oauth1.signing import Credentials, Signed, sign_request
from resource_library.api import HOST, caller
from resource_library.issuer import Clock

JANE = Credentials("printer", "printer-secret", "jane-token", "jane-secret")
_KEY = rsa.generate_private_key(65537, 2048)
RSA_PRIVATE = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
RSA_PUBLIC = (
    _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
)
SCANNER = Credentials("scanner", "", "scan-token", "scan-secret", RSA_PRIVATE)


@dataclass
class Client:
    """An app's own client record."""

    secret: str | None
    public_key: str | None = None

    def get_client_secret(self) -> str | None:
        return self.secret

    def get_rsa_public_key(self) -> str | None:
        return self.public_key


@dataclass
class Token:
    """An app's own token record."""

    owner: str
    token: str
    secret: str
    scope: str | None = "photos.read"

    def get_oauth_token(self) -> str:
        return self.token

    def get_oauth_token_secret(self) -> str:
        return self.secret


@dataclass
class Records:
    """What the hooks look into. nonces: those seen, each with all it is unique by."""

    clients: dict[str, Any] = field(default_factory=dict)
    tokens: dict[tuple[str, str], Token] = field(default_factory=dict)
    nonces: set[tuple[Any, ...]] = field(default_factory=set)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.clients = {
            "printer": Client("printer-secret"),
            "scanner": Client("scanner-secret", RSA_PUBLIC),
        }
        self.tokens = {
            ("printer", "jane-token"): Token("jane", "jane-token", "jane-secret"),
            ("scanner", "scan-token"): Token("joe", "scan-token", "scan-secret"),
        }

    def protector(self, **options: Any) -> OAuth1Protector:
        return OAuth1Protector(
            self.clients.get, self.query_token, self.exists_nonce, clock=self.clock, **options
        )

    async def query_token(self, client_id: str, oauth_token: str) -> Token | None:
        await asyncio.sleep(0)
        return self.tokens.get((client_id, oauth_token))

    async def exists_nonce(self, *nonce: Any) -> bool:
        seen = nonce in self.nonces
        self.nonces.add(nonce)
        return seen


def app_of(protector: Protector, scopes: Any = None, **options: Any) -> Starlette:
    """An app with one route, which tells whom it serves and what they sent."""

    @protector(scopes, **options)
    async def home(request: Request) -> Response:
        assert request.state.oauth1 is current_credential._found()
        found = request.state.oauth1
        body = (await request.body()).decode("latin-1")
        return JSONResponse({"owner": found and found.owner, "body": body})

    methods = ["GET", "POST", "PUT"]
    return Starlette(routes=[Route("/", home, methods=methods), Route("/a/{b:path}", home)])


def signed(
    credentials: Credentials = JANE, method: str = "GET", url: str = f"{HOST}/", **options: Any
) -> Signed:
    """A request of the clock's hour."""
    defaults = {"timestamp": 1_700_000_000, "nonce": "abc"}
    return sign_request(credentials, method, url, **{**defaults, **options})


async def send(app: Any, request: Signed, method: str = "GET") -> httpx2.Response:
    async with caller(app) as client:
        return await client.request(
            method, request.url, headers=request.headers, content=request.body or None
        )
