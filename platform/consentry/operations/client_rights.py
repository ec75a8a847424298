"""What may be registered for a client, by whom."""

from typing import Final

from consentry.operations.errors import Refused
from consentry.operations.permissions import API_SCOPES, PREFIX, may_give, reach
from consentry.spec.client_metadata import ClientMetadata
from consentry.tenancy.context import TenantContext

# What lets a client go past the person, or see what is not its own.
PRIVILEGES: Final = (("skip_consent", True), ("may_introspect", "all"))


def check_rights(
    ctx: TenantContext, metadata: ClientMetadata, before: ClientMetadata | None = None
) -> None:
    """Raises Refused for what is an administrator's to give and the client does not have yet.

    Who manages their own app keeps what an administrator gave it. Anybody else needs to hold
    themselves what the client is given, so that no token reaches further through a client.
    """
    is_own = reach(ctx, "clients.write") == "own"
    held = before.scope_set if is_own and before is not None else ()
    for name in metadata.scope_set:
        if name in API_SCOPES and name not in held and not may_give(ctx, name):
            raise Refused("scope", f"{name} is an administrator's to give")
    for key, value in PRIVILEGES if is_own else ():
        had = before is not None and getattr(before, key) == value
        if getattr(metadata, key) == value and not had:
            raise Refused(key, "is an administrator's to give")
    if is_own and _acts_alone(metadata) and not (before is not None and _acts_alone(before)):
        raise Refused(
            "grant_types", f"client_credentials beside {PREFIX}* is an administrator's to give"
        )


def _acts_alone(metadata: ClientMetadata) -> bool:
    """Whether it may have a token of its own for our API, which no person's rights bound."""
    is_ours = any(name in API_SCOPES for name in metadata.scope_set)
    return is_ours and metadata.allows_grant("client_credentials")
