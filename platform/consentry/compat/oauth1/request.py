"""A request at a provider: what the client sent, and what was found about it since."""

from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request

from consentry.resource.asked import Asked
from consentry.spec.errors import OAuthError
from consentry.spec.oauth1.errors import OAuth1Error, ParameterRejected
from consentry.spec.oauth1.request import SignedRequest

MAX_BODY_BYTES: Final = 65_536


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


async def read(request: Request, public_url: str | None) -> SignedRequest:
    """The signed request behind a Starlette request; `public_url` replaces scheme and host.

    Its body stays readable for the app. Raises OAuth1Error for what is malformed.
    """
    asked = Asked(request)
    try:
        return SignedRequest.parse(
            request.method,
            asked.url(public_url),
            authorization=asked.authorization,
            content_type=asked.content_type,
            body=await asked.body(MAX_BODY_BYTES),
        )
    except OAuth1Error:
        raise
    except OAuthError as error:
        raise ParameterRejected(error.description, rule=error.rule) from None
