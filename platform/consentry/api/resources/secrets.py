"""The secrets of a client."""

from consentry.api.models.clients import (
    NewSecret,
    SecretList,
    SecretMade,
    secret_made,
    secret_shown,
)
from consentry.api.models.common import Ended
from consentry.api.operation import Call, Made, Resource
from consentry.api.reading import read_id
from consentry.api.resources.addresses import address
from consentry.operations import secret_rotation

secrets = Resource("secrets", "Secrets of a client. To rotate: make one, use it, finish.")


@secrets("GET", "/clients/{client_id}/secrets", "clients.read", answer=SecretList)
async def list_secrets(call: Call[None, None]) -> SecretList:
    """The secrets that count, newest first."""
    found = await secret_rotation.list_secrets(call.ctx, call.path["client_id"])
    return SecretList(items=[secret_shown(row) for row in found])


@secrets(
    "POST", "/clients/{client_id}/secrets", "clients.write",
    body=NewSecret, answer=SecretMade, status=201, creates=True,
)  # fmt: skip
async def create_secret(call: Call[None, NewSecret]) -> Made:
    """One more secret; those there are go on counting.

    Its text is in this answer and in no other.
    """
    client_id, body = call.path["client_id"], call.body
    row, text = await secret_rotation.add_secret(
        call.ctx, client_id, label=body.label, expires_at=body.expires_at
    )
    return Made(
        secret_made(row, text), address("clients", client_id, "secrets", str(row.secret_id))
    )


@secrets("POST", "/clients/{client_id}/secrets/finish-rotation", "clients.write", answer=Ended)
async def finish_rotation(call: Call[None, None]) -> Ended:
    """End every secret but the newest."""
    return Ended(ended=await secret_rotation.finish_rotation(call.ctx, call.path["client_id"]))


@secrets("DELETE", "/clients/{client_id}/secrets/{secret_id}", "clients.write", status=204)
async def revoke_secret(call: Call[None, None]) -> None:
    """End one secret."""
    secret_id = read_id("secret", call.path["secret_id"])
    await secret_rotation.revoke_secret(call.ctx, call.path["client_id"], secret_id)
