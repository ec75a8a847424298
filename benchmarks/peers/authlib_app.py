"""Authlib's Flask protector as its documentation has it, over the models of `models`."""

from authlib.integrations.flask_oauth1 import ResourceProtector, current_credential
from flask import Flask, Response, jsonify

from benchmarks.peers.models import SESSIONS, exists_nonce, query_client, query_token

app = Flask(__name__)
require_oauth = ResourceProtector(
    app, query_client=query_client, query_token=query_token, exists_nonce=exists_nonce
)


@app.teardown_appcontext
def _end(error: BaseException | None) -> None:
    SESSIONS.remove()


@app.get("/ready")
def ready() -> Response:
    """Nothing."""
    return jsonify()


@app.get("/whoami")
@require_oauth()  # type: ignore[untyped-decorator]
def whoami() -> Response:
    """Who signed."""
    return jsonify(sub=current_credential.user_id, client_id=current_credential.client_id)
