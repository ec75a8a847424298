"""What a person allowed apps to do: shown, taken back wholly or by one scope.

Whoever calls has made sure that the acting person is this one, or may act for them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.errors import NotFound
from consentry.operations.mail import post
from consentry.records.authorization import AuthorizationRow
from consentry.records.client import Client
from consentry.records.consent import Consent
from consentry.spec.errors import AccessDenied
from consentry.spec.scope import CLAIMS_BY_SCOPE, Scope
from consentry.tenancy.context import TenantContext

APPROVE: Final = "approve"
WITHDRAW: Final = "withdraw"


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of a consent's history: `approve` or `withdraw`, and of what."""

    at: datetime
    decision: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """A client as one person knows it.

    scope: what it may do now, at all APIs together. protocols: by which it holds live
    authorizations, else those it is registered for. last_used: when tokens were last bought or
    renewed, None if never. history: oldest first. is_connected: False once all was withdrawn.
    """

    client: Client
    scope: Scope
    resources: tuple[str, ...]
    protocols: tuple[str, ...]
    since: datetime
    last_used: datetime | None
    authorizations: tuple[AuthorizationRow, ...]
    history: tuple[Decision, ...]
    is_connected: bool

    def resting_on(self, name: str) -> int:
        """How many live authorizations one scope-token is part of."""
        return sum(name in Scope.parse(row.scope) for row in self.authorizations)


async def connected_apps(
    ctx: TenantContext, user_id: UUID, *, withdrawn: bool = False
) -> list[ConnectedApp]:
    """The apps that may act for a person, those used last first.

    Also those that were never asked about: the tenant's own, and OAuth 1 clients without
    scope. withdrawn: with those that nothing is left of but a history.
    """
    consents: dict[str, list[Consent]] = {}
    for consent in await ctx.store.consents.of_user(user_id, withdrawn=True):
        consents.setdefault(consent.client_id, []).append(consent)
    live: dict[str, list[AuthorizationRow]] = {}
    for row in await ctx.store.authorizations.of_user(user_id, ctx.now()):
        live.setdefault(row.client_id, []).append(row)
    found = []
    for client_id in dict.fromkeys([*live, *consents]):
        client = await ctx.client(client_id)
        if client is not None:
            found.append(_app(client, consents.get(client_id, []), live.get(client_id, [])))
    found.sort(key=lambda app: app.last_used or app.since, reverse=True)
    return [app for app in found if app.is_connected or withdrawn]


async def connected_app(ctx: TenantContext, user_id: UUID, client_id: str) -> ConnectedApp:
    """One of them, also when all was withdrawn. Raises NotFound."""
    for app in await connected_apps(ctx, user_id, withdrawn=True):
        if app.client.client_id == client_id:
            return app
    raise NotFound("app", client_id)


async def give_consent(
    ctx: TenantContext, user_id: UUID, client_id: str, resources: Iterable[str], scope: Scope
) -> None:
    """Let an app have these scopes at these APIs; an empty one is the issuer itself.

    Raises AccessDenied when person or app was removed meanwhile: a later app of the same
    identifier must not find what this one was allowed.
    """
    given = list(resources)
    async with changing(ctx) as inner:
        person = await inner.store.users.get(user_id)
        client = await inner.store.clients.get(client_id)
        if person is None or client is None:
            raise AccessDenied("The account or the app is gone.", rule="removed meanwhile")
        is_new = not await inner.store.consents.get(user_id, client_id)
        for resource in given:
            consents = inner.store.consents
            await consents.grant(user_id, client_id, resource, str(scope), ctx.now())
        if is_new and ctx.policy.notify_new_app:
            await post(inner, "new_app", person, client_id=client_id)
        detail = {"user_id": str(user_id), "scope": str(scope), "resources": given}
        await record(inner, "consent.grant", target=("client", client_id), detail=detail)


async def withdraw_app(ctx: TenantContext, user_id: UUID, client_id: str) -> int:
    """Take everything back from an app. Returns how many authorizations ended.

    Raises NotFound for one that this person never allowed anything.
    """
    await connected_app(ctx, user_id, client_id)
    async with changing(ctx) as inner:
        ended = await inner.store.consents.withdraw(user_id, client_id, ctx.now())
        await _record(inner, user_id, client_id, None, ended)
    return ended


async def withdraw_scope(ctx: TenantContext, user_id: UUID, client_id: str, name: str) -> int:
    """Take one scope-token back from an app. Returns how many authorizations it was part of.

    The app's tokens go on with what is left, from the next request on; without any scope left
    they end, and with `offline_access` all that outlived its login ends. Raises NotFound for a
    scope the app does not have.
    """
    app = await connected_app(ctx, user_id, client_id)
    if name not in app.scope:
        raise NotFound("permission", name)
    claims = CLAIMS_BY_SCOPE.get(name, ())
    async with changing(ctx) as inner:
        consents = inner.store.consents
        changed = await consents.narrow(user_id, client_id, name, ctx.now(), claims=claims)
        await _record(inner, user_id, client_id, name, changed)
    return changed


async def _record(
    ctx: TenantContext, user_id: UUID, client_id: str, name: str | None, changed: int
) -> None:
    detail = {"user_id": str(user_id), "scope": name, "authorizations": changed}
    await record(ctx, "consent.withdraw", target=("client", client_id), detail=detail)


def _app(
    client: Client, consents: Sequence[Consent], live: Sequence[AuthorizationRow]
) -> ConnectedApp:
    history = _history(consents)
    rows: list[Consent | AuthorizationRow] = [*consents, *live]
    scope = Scope()
    for one in rows:
        scope |= Scope.parse(one.scope)
    # Who agreed to an app without any scope has agreed to it all the same.
    is_agreed = bool(scope) or (bool(history) and history[-1].decision == APPROVE)
    named = [consent.resource for consent in consents if consent.scope]
    named += [name for row in live for name in row.resource.split()]
    used = [row.last_used_at for row in live if row.last_used_at is not None]
    spoken = {row.protocol for row in live} or set(client.metadata.protocols)
    return ConnectedApp(
        client=client,
        scope=scope,
        resources=tuple(dict.fromkeys(name for name in named if name)),
        protocols=tuple(sorted(spoken)),
        since=min(one.created_at for one in rows),
        last_used=max(used, default=None),
        authorizations=tuple(live),
        history=history,
        is_connected=bool(live) or is_agreed,
    )


def _history(consents: Iterable[Consent]) -> tuple[Decision, ...]:
    """One line a decision, however many APIs it was about."""
    lines: dict[tuple[datetime, str], Scope] = {}
    for consent in consents:
        for line in consent.history:
            key = (datetime.fromisoformat(line["at"]), line["decision"])
            lines[key] = lines.get(key, Scope()) | Scope.parse(line["scope"])
    return tuple(Decision(at, decision, lines[at, decision]) for at, decision in sorted(lines))
