"""The tenant's policy."""

from consentry.api.models.tenant import Change, ClientAffected, DryRunShown, PolicyPatch
from consentry.api.operation import Call, Resource
from consentry.operations import policy as operations
from consentry.records.policy import Policy

policy = Resource("policy", "What the tenant decides about itself.")


@policy("GET", "/policy", "policy.read", answer=Policy)
async def get_policy(call: Call[None, None]) -> Policy:
    """The policy, defaults filled in."""
    return await operations.get_policy(call.ctx)


@policy("PATCH", "/policy", "policy.write", body=PolicyPatch, answer=Policy, current=get_policy)
async def update_policy(call: Call[None, PolicyPatch]) -> Policy:
    """Change the policy (RFC 7396)."""
    return await operations.update_policy(call.ctx, call.body.given())


@policy("POST", "/policy/dry-run", "policy.write", body=PolicyPatch, answer=DryRunShown)
async def try_policy(call: Call[None, PolicyPatch]) -> DryRunShown:
    """What a change would do, and for which clients; nothing is changed.

    Looked at is what clients are registered for, and for PKCE what they sent these last 30
    days.
    """
    found = await operations.dry_run(call.ctx, call.body.given())
    return DryRunShown(
        changed=[
            Change(key=key, before=one["from"], after=one["to"])
            for key, one in found.changed.items()
        ],
        looked_at=found.looked_at,
        affected=[
            ClientAffected(
                client_id=one.client_id,
                client_name=one.client_name,
                reasons=list(one.reasons),
                last_used_at=one.last_used_at,
            )
            for one in found.affected
        ],
        has_more=found.has_more,
    )
