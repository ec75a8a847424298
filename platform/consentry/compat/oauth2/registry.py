"""What a server was given: clients, storage, grants, endpoints, generators, settings."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from inspect import isabstract
from typing import TYPE_CHECKING, Any

from consentry.spec.errors import InvalidScope
from consentry.spec.scope import Scope

from .bearer import BearerTokenGenerator
from .calls import settle
from .client_auth import AuthMethod, ClientAuthentication, QueryClient
from .hooks import Hookable, Signal
from .models import ClientMixin
from .request import OAuth2Request
from .settings import Clock, ServerSettings

if TYPE_CHECKING:
    from .endpoints.base import Endpoint
    from .grants.base import Extension, Grant

SaveToken = Callable[[dict[str, Any], OAuth2Request], Any]
RevokeFamily = Callable[[str, ClientMixin], Any]
TokenGenerator = Callable[..., dict[str, Any] | Awaitable[dict[str, Any]]]
_SIGNALS = {
    "after_authenticate_client": "client_authenticated",
    "after_revoke_token": "token_revoked",
}


class Registry(Hookable):
    """The half of a server that is set up before the first request.

    app: a mapping of settings, or an application whose `config` or `state.config` is one.
    query_client: the client of a client_id. save_token: stores the members of a token answer,
    with `request.client`, `.user` and `.family_id`. revoke_family: ends all that one approval
    bought, told its family_id and the client; a code or refresh token used twice calls it
    (RFC 6749 §4.1.2, RFC 9700 §4.14.2). clock: seconds since 1970. All may be asynchronous.
    """

    def __init__(
        self,
        app: object = None,
        query_client: QueryClient | None = None,
        save_token: SaveToken | None = None,
        *,
        revoke_family: RevokeFamily | None = None,
        clock: Clock = time.time,
    ) -> None:
        super().__init__()
        self._query_client, self._save_token = query_client, save_token
        self._revoke_family = revoke_family
        self.clock = clock
        self.client_authenticated = Signal("client_authenticated")
        self.token_revoked = Signal("token_revoked")
        self._client_auth = ClientAuthentication(self.query_client)
        self._grants: list[tuple[type[Grant], tuple[Extension, ...]]] = []
        self._endpoints: dict[str, list[Endpoint]] = {}
        self._extensions: list[Any] = []
        self._token_generators: dict[str, TokenGenerator] = {}
        self.load_config({} if app is None else config_of(app))

    def init_app(
        self,
        app: object,
        query_client: QueryClient | None = None,
        save_token: SaveToken | None = None,
    ) -> None:
        """Set up later what the constructor was not given."""
        self._query_client = query_client or self._query_client
        self._save_token = save_token or self._save_token
        self.load_config(config_of(app))

    def load_config(self, config: Mapping[str, Any]) -> None:
        """Read the settings; registered generators stay, the default one is made anew."""
        self.settings = ServerSettings.read(config)
        self.scopes_supported = self.settings.scopes_supported
        self.issuer = self.settings.issuer
        self._bearer = BearerTokenGenerator(
            self.settings.access_token, self.settings.refresh_token, self.settings.expires_in
        )

    def register_grant(
        self, grant_cls: "type[Grant]", extensions: "Sequence[Extension] | None" = None
    ) -> None:
        """Take a grant up, with what extends each of its requests.

        Raises TypeError, naming them, while methods that only the application can write are
        missing.
        """
        if isabstract(grant_cls):
            missing = ", ".join(sorted(grant_cls.__abstractmethods__))
            raise TypeError(f"{grant_cls.__name__} lacks {missing}")
        self._grants.append((grant_cls, grant_cls.extended(tuple(extensions or ()))))

    @property
    def grants(self) -> "list[type[Grant]]":
        """The grants that were registered, in order."""
        return [grant_cls for grant_cls, _ in self._grants]

    def register_endpoint(self, endpoint: "type[Endpoint] | Endpoint") -> None:
        """Take an endpoint up, by its ENDPOINT_NAME; several of one name are asked in order."""
        if isinstance(endpoint, type):
            if isabstract(endpoint):
                missing = ", ".join(sorted(endpoint.__abstractmethods__))
                raise TypeError(f"{endpoint.__name__} lacks {missing}")
            endpoint = endpoint()
        endpoint.bind(self)
        self._endpoints.setdefault(endpoint.ENDPOINT_NAME, []).append(endpoint)

    def register_extension(self, extension: Callable[..., Any]) -> None:
        """Let an extension set itself up on this server; it is called with it, and kept."""
        self._extensions.append(extension(self))

    def register_token_generator(self, grant_type: str, func: TokenGenerator) -> None:
        """Make the tokens of one grant type, or those of all others (`default`), by `func`.

        It is called with grant_type, client, user, scope, expires_in, include_refresh_token.
        """
        self._token_generators[grant_type] = func

    def register_client_auth_method(self, method: str, func: AuthMethod) -> None:
        """Add a method of client authentication: `func(query_client, request)`."""
        self._client_auth.register(method, func)

    async def query_client(self, client_id: str) -> ClientMixin | None:
        """The client of a client_id. Raises RuntimeError while nobody said how."""
        if self._query_client is None:
            raise RuntimeError("the server was given no query_client")
        return await settle(self._query_client(client_id))

    async def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Store a token. Raises RuntimeError while nobody said how."""
        if self._save_token is None:
            raise RuntimeError("the server was given no save_token")
        await settle(self._save_token(token, request))

    async def revoke_family(self, family_id: str | None, client: ClientMixin) -> None:
        """End all that one approval bought, where the application can."""
        if self._revoke_family is not None and family_id is not None:
            await settle(self._revoke_family(family_id, client))

    async def authenticate_client(
        self, request: OAuth2Request, methods: Sequence[str], endpoint: str = "token"
    ) -> ClientMixin:
        """The client that proved itself. Raises InvalidClient."""
        return await self._client_auth.authenticate(request, methods, endpoint)

    async def generate_token(
        self,
        grant_type: str,
        client: ClientMixin,
        user: Any = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        """The members of a token answer, by the generator registered for the grant type."""
        default = self._token_generators.get("default", self._bearer)
        generator = self._token_generators.get(grant_type, default)
        made: dict[str, Any] = await settle(
            generator(
                grant_type=grant_type,
                client=client,
                user=user,
                scope=scope,
                expires_in=expires_in,
                include_refresh_token=include_refresh_token,
            )
        )
        return made

    async def validate_requested_scope(self, scope: str | None) -> None:
        """Raises InvalidScope for a malformed scope, and for what this server does not know."""
        asked = Scope.parse(scope)
        if self.scopes_supported and not asked <= Scope(tuple(self.scopes_supported)):
            raise InvalidScope("scope is unknown", rule="scope", received=str(asked))

    async def allowed_scope(self, client: ClientMixin, scope: str | None) -> str:
        """What of a scope a client may be granted (RFC 6749 §3.3).

        Raises InvalidScope when that is nothing of what it asked, and by setting already when
        it is not all.
        """
        await self.validate_requested_scope(scope)
        asked = Scope.parse(scope)
        allowed = Scope.parse(await BearerTokenGenerator.get_allowed_scope(client, scope))
        too_little = not allowed or self.settings.unregistered_scope == "refuse"
        if asked and too_little and not asked <= allowed:
            raise InvalidScope("scope is not registered for this client", rule="scope")
        return str(allowed)

    async def send_signal(self, name: str, **details: Any) -> None:
        """Tell who connected to `client_authenticated` or `token_revoked`."""
        signal: Signal = getattr(self, _SIGNALS.get(name, name))
        await signal.send(self, **details)


def config_of(app: object) -> Mapping[str, Any]:
    """The settings of an application: a mapping, its `config`, or its `state.config`."""
    places: Iterable[object] = (
        app,
        getattr(app, "config", None),
        getattr(getattr(app, "state", None), "config", None),
    )
    for place in places:
        if isinstance(place, Mapping):
            return place
    return {}
