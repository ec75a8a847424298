"""oauthlib over the models of `models`, as an application would store them."""

from benchmarks.peers.models import SESSIONS, exists_nonce, query_client, query_token
from benchmarks.peers.oauthlib_side import application


class Models:
    """`Storage` over SQLAlchemy."""

    def client_secret(self, client_key: str) -> str | None:
        """By a query."""
        found = query_client(client_key)
        return found.client_secret if found else None

    def token(self, client_key: str, token: str) -> tuple[str, str] | None:
        """By a query."""
        found = query_token(client_key, token)
        return (found.oauth_token_secret, found.user_id) if found else None

    def spend(self, client_key: str, token: str, timestamp: int, nonce: str) -> bool:
        """By a query, then a row."""
        return not exists_nonce(nonce, str(timestamp), client_key, token)

    def end(self) -> None:
        """Give the session back."""
        SESSIONS.remove()


app = application(Models())
