"""A request at a provider: what the client sent, and what was found about it since."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request

from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.oauth1.signatures import SignatureInput


@dataclass
class OAuth1Request:
    """What the methods of a provider are given.

    signed: the request as parsed, which does not change. client, credential and user are set
    on the way, and are objects of the app's own.
    """

    signed: SignedRequest
    client: Any = None
    credential: Any = None
    user: Any = field(default=None, repr=False)

    @property
    def method(self) -> str:
        """The HTTP method in upper case."""
        return self.signed.method

    @property
    def uri(self) -> str:
        """The base string URI (RFC 5849 §3.4.1.2)."""
        return self.signed.uri

    @property
    def params(self) -> list[tuple[str, str]]:
        """Every signed parameter in order, duplicates kept."""
        return list(self.signed.parameters)

    @property
    def oauth_params(self) -> dict[str, str]:
        """The protocol parameters."""
        return dict(self.signed.protocol)

    @property
    def client_id(self) -> str:
        """`oauth_consumer_key`, empty when omitted."""
        return self.signed.client_key

    @property
    def token(self) -> str | None:
        """`oauth_token`."""
        return self.signed.token

    @property
    def redirect_uri(self) -> str | None:
        """`oauth_callback`: a URI or `oob`."""
        return self.signed.callback

    @property
    def timestamp(self) -> str | None:
        """`oauth_timestamp`."""
        return self.signed.timestamp

    @property
    def signature(self) -> str:
        """`oauth_signature`, empty when omitted."""
        return self.signed.signature

    @property
    def signature_method(self) -> str:
        """`oauth_signature_method`, empty when omitted."""
        return self.signed.signature_method

    @property
    def realm(self) -> str | None:
        """The header's realm, which is not signed."""
        return self.signed.realm

    @property
    def client_secret(self) -> str:
        """The client's secret, empty without one."""
        return (self.client and self.client.get_client_secret()) or ""

    @property
    def rsa_public_key(self) -> str:
        """The client's public key in PEM, empty without one."""
        return (self.client and self.client.get_rsa_public_key()) or ""

    @property
    def token_secret(self) -> str:
        """The secret of the credential, empty without one."""
        return (self.credential and self.credential.get_oauth_token_secret()) or ""


@dataclass(frozen=True)
class VerifyInput(SignatureInput):
    """What a signature method of one's own is given: the request and the secrets.

    `client` and `credential` are the app's own objects, None where there is no such client or
    credential: the secrets are then decoys, and no signature may be called good.
    """

    client: Any = None
    credential: Any = None

    @property
    def signature(self) -> str:
        """What was sent."""
        return self.request.signature

    @property
    def base_string(self) -> str:
        """What was to be signed (RFC 5849 §3.4.1)."""
        return self.request.base_string


async def read(request: Request, public_url: str | None) -> SignedRequest:
    """The signed request behind a Starlette request.

    Its body stays readable for the app. Raises OAuth1Error for what is malformed.
    """
    origin = public_url or f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    return SignedRequest.parse(
        request.method,
        origin.rstrip("/") + _target(request),
        authorization=request.headers.get("authorization"),
        content_type=request.headers.get("content-type"),
        body=await _body(request),
    )


def _target(request: Request) -> str:
    """Path and query as they were sent (RFC 5849 §3.4.1.2)."""
    raw = request.scope.get("raw_path")
    path = raw.decode("latin-1").partition("?")[0] if raw else quote(request.scope["path"])
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except RuntimeError:
        # The page read the form before us: the same pairs, and pairs are all that is signed.
        pairs = (await request.form()).multi_items()
        return urlencode([(name, text) for name, text in pairs if isinstance(text, str)]).encode()
