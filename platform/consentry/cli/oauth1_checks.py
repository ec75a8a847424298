"""What `consentry doctor` looks at of OAuth 1."""

from consentry.crypto.seal import Unsealable
from consentry.operations.health import Check, named
from consentry.operations.reports import signing_clients
from consentry.operations.tenants import each_tenant
from consentry.settings import Settings
from consentry.tenancy.context import open_tenant
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.signature_methods import known_methods


def signature_methods(settings: Settings) -> Check:
    """Signature methods of one's own can be imported, and PLAINTEXT needs https."""
    try:
        known_methods(settings.oauth1_signature_methods)
    except ValueError as error:
        return Check("signatures", "fail", str(error))
    if settings.oauth1_plaintext_over_http:
        return Check("signatures", "warn", "PLAINTEXT passes without https (RFC 5849 §3.4.4)")
    own = ", ".join(settings.oauth1_signature_methods)
    return Check("signatures", "ok", f"besides the standard ones: {own or 'none'}")


async def plaintext(deployment: Deployment) -> Check:
    """Who may send secrets as they are (RFC 5849 §3.4.4), and who may sign by SHA-1 (§4.11)."""
    plain, sha1, clients = [], 0, 0
    async for tenant in each_tenant(deployment.store):
        try:
            ctx = await open_tenant(deployment, tenant)
        except (Unsealable, ValueError):
            # The check of keys says so.
            continue
        async for one in signing_clients(ctx):
            clients += 1
            sha1 += any(name.endswith("-SHA1") for name in one.methods)
            if "PLAINTEXT" in one.methods:
                plain.append(f"{tenant.slug}/{one.client_id}")
    if plain:
        return Check("oauth1", "warn", f"PLAINTEXT is allowed to {named(plain)}")
    return Check("oauth1", "ok", f"OAuth 1 clients: {clients}, of them {sha1} may sign by SHA-1")
