"""What `apply` does before its transaction: slow work that would hold others up."""

import asyncio
from dataclasses import dataclass, field

from consentry.operations import passwords
from consentry.operations.errors import Refused
from consentry.operations.manifest import Manifest, UserEntry
from consentry.operations.merge import merged
from consentry.records.user import User
from consentry.tenancy.context import open_tenant
from consentry.tenancy.deployment import Deployment, JsonFetcher


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


async def prepare(deployment: Deployment, manifest: Manifest, *, prune: bool) -> Ready:
    """Hash what passwords changed and fetch what sector documents matter.

    Raises ManifestError for a password that is refused.
    """
    ready = Ready(deployment.fetcher)
    work = []
    for number, entry in enumerate(manifest.tenants):
        for place, user in enumerate(entry.users or ()):
            if user.password is not None:
                path = f"tenants[{number}].users[{place}]"
                work.append(_password(deployment, manifest, ready, path, entry.slug, user))
    await asyncio.gather(*work)
    for number, _ in enumerate(manifest.tenants):
        await _documents(deployment, manifest, ready, number, prune=prune)
    return ready


async def _password(
    deployment: Deployment,
    manifest: Manifest,
    ready: Ready,
    path: str,
    slug: str,
    entry: UserEntry,
) -> None:
    with manifest.at(path):
        if entry.password_hash is not None:
            raise Refused("password_hash", "not together with password")
        stored = await _stored_user(deployment, slug, entry.username)
        ready.passwords[slug, entry.username.casefold()] = await ready_password(
            deployment, entry.password or "", stored.password_hash if stored else None
        )


async def ready_password(
    deployment: Deployment, password: str, stored: str | None
) -> ReadyPassword:
    """Compare a password with the stored hash, and hash it if it is another. Raises Refused."""
    passwords.check_password(password)
    if await passwords.fits(deployment, password, stored):
        return ReadyPassword(stored, None)
    return ReadyPassword(stored, await passwords.hashed(deployment, password))


async def _stored_user(deployment: Deployment, slug: str, username: str) -> User | None:
    tenant = await deployment.store.tenants.by_slug(slug)
    if tenant is None:
        return None
    found = await deployment.store.inside(tenant.tenant_id).users.by_identifier(username)
    return found if found is not None and found.username_key == username.casefold() else None


async def _documents(
    deployment: Deployment, manifest: Manifest, ready: Ready, number: int, *, prune: bool
) -> None:
    entry = manifest.tenants[number]
    asked = [one for one in entry.clients or () if one.metadata.get("sector_identifier_uri")]
    tenant = await deployment.store.tenants.by_slug(entry.slug) if asked else None
    ctx = await open_tenant(deployment, tenant) if tenant else None
    for one in asked:
        stored = await ctx.store.clients.get(one.client_id) if ctx else None
        before = stored.row.metadata_ if stored else {}
        after = merged(before, one.metadata, prune=prune)
        keys = ("sector_identifier_uri", "redirect_uris")
        url = after.get("sector_identifier_uri")
        if isinstance(url, str) and any(before.get(key) != after.get(key) for key in keys):
            try:
                await ready.get_json(url)
            except ValueError:
                # The step that needs it asks again and names the place.
                continue
