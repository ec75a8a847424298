"""The step of `apply` for people."""

from consentry.crypto.passwords import DUMMY_HASH, takes_place_of
from consentry.operations.apply_run import Run
from consentry.operations.logout import tell_of_person
from consentry.operations.manifest import TenantEntry, UserEntry
from consentry.operations.merge import changed_keys, merged
from consentry.operations.passwords import check_password_hash
from consentry.operations.prepare import ready_password
from consentry.operations.rows import with_changes
from consentry.operations.users import (
    checked_claims,
    checked_email,
    checked_roles,
    checked_username,
    each_user,
    make_user,
    save_user,
)
from consentry.records.user import User
from consentry.tenancy.context import TenantContext


async def users(run: Run, ctx: TenantContext, number: int, entry: TenantEntry) -> None:
    """Bring people to what is asked; pruning removes those not named."""
    if run.prune:
        named = {one.username.casefold() for one in entry.users or ()}
        for user in [one async for one in each_user(ctx) if one.username_key not in named]:
            name = user.username
            await tell_of_person(ctx, user.user_id)
            await ctx.store.users.delete(user.user_id)
            run.changed("delete", "user", entry.slug, name)
    for place, one in enumerate(entry.users or ()):
        with run.manifest.at(f"tenants[{number}].users[{place}]"):
            await _user(run, ctx, entry.slug, one)


async def _user(run: Run, ctx: TenantContext, slug: str, entry: UserEntry) -> None:
    checked_username(entry.username)
    found = await ctx.store.users.by_identifier(entry.username)
    if found is None or found.username_key != entry.username.casefold():
        await _create(run, ctx, slug, entry)
        return
    stored = with_changes(found)
    wanted = _as_asked(run, ctx, entry, stored)
    phc = await _new_hash(run, ctx, slug, entry, stored.password_hash)
    keys = changed_keys(_outline(stored), _outline(wanted))
    if phc is not None or (wanted.disabled_at is not None and stored.disabled_at is None):
        await tell_of_person(ctx, stored.user_id)
    if keys:
        await save_user(ctx, with_changes(wanted, changed_at=ctx.now()))
    if phc is not None:
        await ctx.store.users.set_password(stored.user_id, phc, ctx.now())
        keys = (*keys, "password")
    if keys:
        run.changed("update", "user", slug, entry.username, keys)


async def _create(run: Run, ctx: TenantContext, slug: str, entry: UserEntry) -> None:
    user = await make_user(
        ctx,
        entry.username,
        email=entry.email,
        password_hash=await _new_hash(run, ctx, slug, entry, None),
        roles=entry.roles or (),
        claims=merged({}, entry.claims or {}, prune=True),
    )
    if entry.disabled:
        await save_user(ctx, with_changes(user, disabled_at=ctx.now()))
    run.changed("create", "user", slug, entry.username)


def _as_asked(run: Run, ctx: TenantContext, entry: UserEntry, stored: User) -> User:
    email = run.wanted(entry, "email", entry.email, stored=stored.email, default=None)
    roles = run.wanted(entry, "roles", entry.roles, stored=stored.roles.split(), default=[])
    claims = stored.claims
    if run.prune or "claims" in entry.model_fields_set:
        resets = run.prune or entry.claims is None
        claims = merged(stored.claims, entry.claims or {}, prune=resets)
    disabled_at = stored.disabled_at
    if "disabled" in entry.model_fields_set and bool(entry.disabled) != bool(disabled_at):
        disabled_at = ctx.now() if entry.disabled else None
    return with_changes(
        stored,
        username=checked_username(entry.username),
        email=None if email is None else checked_email(email),
        roles=checked_roles(roles),
        claims=checked_claims(claims),
        disabled_at=disabled_at,
    )


def _outline(user: User) -> dict[str, object]:
    return {
        "username": user.username,
        "email": user.email,
        "roles": user.roles,
        "claims": user.claims,
        "disabled": user.disabled_at is not None,
    }


async def _new_hash(
    run: Run, ctx: TenantContext, slug: str, entry: UserEntry, stored: str | None
) -> str | None:
    """The hash to set, or None when the password stays as it is."""
    if entry.password is not None:
        ready = run.ready.passwords.get((slug, entry.username.casefold()))
        if ready is None or ready.compared != stored:
            # Changed since it was compared.
            ready = await ready_password(ctx.deployment, entry.password, stored)
        return ready.changed
    if entry.password_hash is not None:
        check_password_hash(entry.password_hash)
        # A hash of lower costs than ours is replaced when its owner signs in.
        is_kept = stored is not None and takes_place_of(stored, entry.password_hash)
        return None if is_kept else entry.password_hash
    if entry.model_fields_set & {"password", "password_hash"} and stored not in (None, DUMMY_HASH):
        # null: no password fits any more, and trying one takes as long as before.
        return DUMMY_HASH
    return None
