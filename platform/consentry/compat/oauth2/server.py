"""The authorization server of one's own application."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consentry.spec.errors import (
    InvalidRequest,
    OAuthError,
    UnsupportedGrantType,
    UnsupportedResponseType,
)

from .answers import NO_STORE, error_answer, error_page, json_answer, wants_page
from .endpoints.base import Endpoint, EndpointRequest
from .errors import ContinueIteration, MethodNotAllowed
from .grants.base import AuthorizationEndpointMixin, TokenEndpointMixin
from .metadata import described
from .proof import prove
from .registry import Registry
from .request import OAuth2Request

Answered = Response | tuple[int, Any, Any]


class AuthorizationServer(Registry):
    """Answers authorization, token and other endpoints by what was registered.

    It does nothing until a grant is: every request is told so by `unsupported_response_type`
    or `unsupported_grant_type`.
    """

    async def create_oauth2_request(self, request: Request | OAuth2Request) -> OAuth2Request:
        """A browser's request, read once."""
        if isinstance(request, OAuth2Request):
            return request
        return await OAuth2Request.of_browser(request)

    async def get_authorization_grant(self, request: OAuth2Request) -> AuthorizationEndpointMixin:
        """The grant that answers a request, for a proven client and redirect_uri."""
        await prove(self, request)
        if request.fault is not None:
            raise request.fault
        if request.payload.response_type is None:
            raise InvalidRequest("response_type is required", rule="parameter required")
        for grant_cls, extensions in self._grants:
            if not issubclass(grant_cls, AuthorizationEndpointMixin):
                continue
            if grant_cls.check_authorization_endpoint(request):
                return grant_cls.create(request, self, extensions)
        raise UnsupportedResponseType("response_type is not supported", rule="response_type")

    async def get_consent_grant(
        self, request: Request | OAuth2Request, end_user: Any = None
    ) -> AuthorizationEndpointMixin:
        """What a person is asked to agree to: `.client`, `.request.payload.scope`, `.prompt`.

        Raises OAuthError; give it to `handle_error_response`, which knows whether the client
        may be told.
        """
        asked = await self.create_oauth2_request(request)
        asked.user = end_user
        grant = await self.around("get_authorization_grant", self.get_authorization_grant, asked)
        await grant.around("validate_consent_request", grant.validate_consent_request)
        return grant

    async def create_authorization_response(
        self,
        request: Request | OAuth2Request,
        grant_user: Any = None,
        grant: AuthorizationEndpointMixin | None = None,
    ) -> Response:
        """The answer to the client: approved by `grant_user`, denied when that is None."""
        step = "create_authorization_response"
        return await self.around(step, self._authorize, request, grant_user, grant)

    async def _authorize(
        self,
        request: Request | OAuth2Request,
        grant_user: Any,
        grant: AuthorizationEndpointMixin | None,
    ) -> Response:
        try:
            if grant is None:
                asked = await self.create_oauth2_request(request)
                find = self.get_authorization_grant
                grant = await self.around("get_authorization_grant", find, asked)
            redirect_uri = await grant.validate_authorization_request()
            answered = await grant.create_authorization_response(redirect_uri, grant_user)
            response = self.handle_response(answered)
        except OAuthError as error:
            response = self.handle_error_response(
                request if grant is None else grant.request, error
            )
        if grant is not None:
            await grant.execute_hook("after_authorization_response", response)
        return response

    def answer_client(self, request: OAuth2Request, parameters: Mapping[str, str]) -> Response:
        """An authorization response, errors too, with the issuer's name (RFC 9207 §2)."""
        if request.return_to is None:
            raise RuntimeError("nothing is sent to a redirect_uri that was not proven")
        issued = {"iss": self.issuer} if self.issuer else {}
        return request.return_to.answer({**parameters, **issued})

    def get_token_grant(self, request: OAuth2Request) -> TokenEndpointMixin:
        """The grant a token request names. Raises UnsupportedGrantType."""
        for grant_cls, extensions in self._grants:
            if not issubclass(grant_cls, TokenEndpointMixin):
                continue
            if grant_cls.check_token_endpoint(request):
                return grant_cls.create(request, self, extensions)
        raise UnsupportedGrantType("grant_type is not supported", rule="grant_type")

    async def create_token_response(self, request: Request) -> Response:
        """The token endpoint (RFC 6749 §3.2): POST only, its form body only."""
        try:
            if request.method != "POST":
                raise MethodNotAllowed("POST")
            asked = await OAuth2Request.of_client(request)
            asked.form.require("grant_type")
            grant = self.get_token_grant(asked)
            await grant.around("validate_token_request", grant.validate_token_request)
            answer = await grant.around("create_token_response", grant.create_token_response)
            return self.handle_response(answer)
        except OAuthError as error:
            return self._told(error)

    async def validate_endpoint_request(self, name: str, request: Request) -> EndpointRequest:
        """A checked request of an endpoint that shows a page before it answers.

        Raises OAuthError, and RuntimeError when no such endpoint is registered.
        """
        endpoint = self._endpoints_of(name)[0]
        return await endpoint.validate_request(await endpoint.create_endpoint_request(request))

    async def create_endpoint_response(
        self, name: str, request: Request | EndpointRequest
    ) -> Response | None:
        """The answer of an endpoint; None when it leaves answering to the application.

        request: as it came, or what `validate_endpoint_request` gave.
        """
        try:
            for endpoint in self._endpoints_of(name):
                try:
                    answered = await _answered(endpoint, request)
                except ContinueIteration:
                    continue
                return None if answered is None else self.handle_response(answered)
        except OAuthError as error:
            return self._told(error)
        return None

    def _endpoints_of(self, name: str) -> Sequence[Endpoint]:
        if name not in self._endpoints:
            raise RuntimeError(f"no endpoint {name!r} is registered")
        return self._endpoints[name]

    def handle_response(self, answered: Answered) -> Response:
        """A response, or (status, body, headers) as one."""
        if isinstance(answered, Response):
            return answered
        status, body, headers = answered
        sent = {**NO_STORE, **dict(headers)}
        if isinstance(body, str | bytes):
            return Response(body, status, sent)
        return json_answer(body, status, sent)

    def handle_error_response(
        self, request: Request | OAuth2Request, error: OAuthError
    ) -> Response:
        """An error of the authorization endpoint in the right hands.

        The client's, by redirect, once it and its redirect_uri are proven (RFC 6749
        §4.1.2.1); else a page for a browser and JSON for a program.
        """
        asked = request if isinstance(request, OAuth2Request) else OAuth2Request.kept(request)
        if asked is not None and asked.return_to is not None:
            uri = self.get_error_uri(error)
            more = {} if uri is None else {"error_uri": uri}
            return self.answer_client(asked, {**error.body(), **more})
        http = request.http if isinstance(request, OAuth2Request) else request
        return error_page(error) if wants_page(http) else self._told(error)

    def get_error_uri(self, error: OAuthError) -> str | None:
        """Where an error is explained, by its code."""
        return self.settings.error_uris.get(error.code)

    def _told(self, error: OAuthError) -> Response:
        realm = self.issuer or "oauth2"
        return error_answer(error, realm=realm, error_uri=self.get_error_uri(error))

    def get_server_metadata(self, **members: Any) -> dict[str, Any]:
        """The metadata document (RFC 8414 §2) of what is registered, with `members` of one's own.

        Give `authorization_endpoint` and `token_endpoint` among them: each is left out while
        no grant uses it.
        """
        return described(self, members)


async def _answered(endpoint: Endpoint, request: Request | EndpointRequest) -> Any:
    if isinstance(request, EndpointRequest):
        return await endpoint.create_response(request)
    return await endpoint(await endpoint.create_endpoint_request(request))
