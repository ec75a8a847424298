"""The platform as the provider."""

from typing import Any

import httpx2

from client_library.kit import APP, SECRET
from consentry.client import OAuth
from support.world import World

ISSUER = "http://photos.localhost:8000"
SCOPE = "openid profile photos.read"


async def registered_here(
    world: World, oauth: OAuth, name: str, *, metadata: dict[str, Any] | None = None,
    secret: str | None = SECRET, **client_kwargs: Any,
) -> Any:  # fmt: skip
    """A client of the platform, known on both sides. metadata: of its row there."""
    await world.add_client(
        name, secret=secret, redirect_uris=[f"{APP}/callback/{name}"],
        post_logout_redirect_uris=[f"{APP}/signed-out/{name}"], **(metadata or {}),
    )  # fmt: skip
    transport = httpx2.ASGITransport(world.app, client=("203.0.113.9", 4711))
    return oauth.register(
        name, client_id=name, client_secret=secret, api_base_url=f"{ISSUER}/",
        server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "transport": transport, **client_kwargs},
    )  # fmt: skip


async def approved(world: World, location: str) -> str:
    """Where the platform sends Jane back to."""
    async with world.new_browser() as jane:
        return str((await world.follow(await jane.get(location), jane)).headers["location"])
