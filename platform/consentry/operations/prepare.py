"""What `apply` does before its transaction: slow work that would hold others up."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from consentry.operations import passwords
from consentry.operations.errors import Refused
from consentry.operations.manifest import Manifest, TenantEntry, UserEntry
from consentry.operations.merge import merged
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Answer, Deployment, JsonFetcher

AT_ONCE: Final = 8
SECTOR_KEYS: Final = ("sector_identifier_uri", "redirect_uris")


@dataclass(frozen=True, slots=True)
class ReadyPassword:
    """compared: the stored hash the password was tried on. changed: a new one if it differs."""

    compared: str | None
    changed: str | None


@dataclass
class Ready:
    """Passwords hashed, by slug and case-folded username; documents fetched, by URL."""

    fetcher: JsonFetcher
    passwords: dict[tuple[str, str], ReadyPassword] = field(default_factory=dict)
    documents: dict[str, object] = field(default_factory=dict)

    async def get_json(self, url: str) -> object:
        """The document, fetched once. Raises ValueError with the reason."""
        if url not in self.documents:
            self.documents[url] = await self.fetcher.get_json(url)
        return self.documents[url]

    async def get_text(self, url: str) -> str:
        """The text behind an address. Raises ValueError with the reason."""
        return await self.fetcher.get_text(url)

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer to a notice. Raises ValueError when there was none."""
        return await self.fetcher.send(url, body, headers)


async def prepare(deployment: Deployment, manifest: Manifest, *, prune: bool) -> Ready:
    """Hash what passwords changed and fetch what sector documents matter.

    Raises ManifestError for a password that is refused.
    """
    ready = Ready(deployment.fetcher)
    for number, entry in enumerate(manifest.tenants):
        tenant = await deployment.store.tenants.by_slug(entry.slug)
        ctx = await open_tenant(deployment, tenant) if tenant else None
        await _passwords(deployment, manifest, ready, number, ctx)
        await _documents(entry, ready, ctx, prune=prune)
    return ready


async def _passwords(
    deployment: Deployment,
    manifest: Manifest,
    ready: Ready,
    number: int,
    ctx: TenantContext | None,
) -> None:
    slug, turn = manifest.tenants[number].slug, asyncio.Semaphore(AT_ONCE)

    async def one(place: int, entry: UserEntry) -> None:
        async with turn:
            with manifest.at(f"tenants[{number}].users[{place}]"):
                if entry.password_hash is not None:
                    raise Refused("password_hash", "not together with password")
                stored = await _stored_hash(ctx, entry.username)
                key = slug, entry.username.casefold()
                ready.passwords[key] = await ready_password(
                    deployment, entry.password or "", stored
                )

    users = enumerate(manifest.tenants[number].users or ())
    await asyncio.gather(*[one(place, user) for place, user in users if user.password is not None])


async def _stored_hash(ctx: TenantContext | None, username: str) -> str | None:
    found = await ctx.store.users.by_identifier(username) if ctx else None
    if found is None or found.username_key != username.casefold():
        return None
    return found.password_hash


async def ready_password(
    deployment: Deployment, password: str, stored: str | None
) -> ReadyPassword:
    """Compare a password with the stored hash, and hash it if it is another. Raises Refused."""
    passwords.check_password(password)
    if await passwords.fits(deployment, password, stored):
        return ReadyPassword(stored, None)
    return ReadyPassword(stored, await passwords.hashed(deployment, password))


async def _documents(
    entry: TenantEntry, ready: Ready, ctx: TenantContext | None, *, prune: bool
) -> None:
    for one in entry.clients or ():
        if not one.metadata.get("sector_identifier_uri"):
            continue
        stored = await ctx.store.clients.get(one.client_id) if ctx else None
        before = stored.row.metadata_ if stored else {}
        after = merged(before, one.metadata, prune=prune)
        url = after["sector_identifier_uri"]
        if isinstance(url, str) and any(before.get(key) != after.get(key) for key in SECTOR_KEYS):
            try:
                await ready.get_json(url)
            except ValueError:
                # The step that needs it asks again and names the place.
                continue
