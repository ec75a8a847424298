"""The sector of pairwise subject identifiers (OIDC Core §8.1, OIDC Registration §5)."""

from consentry.operations.errors import Refused
from consentry.spec.client_metadata import ClientMetadata
from consentry.spec.redirect_uri import split
from consentry.tenancy.context import TenantContext

KEY = "sector_identifier_uri"


async def check_sector(ctx: TenantContext, metadata: ClientMetadata) -> None:
    """Fetch the sector's document; it must list every redirect URI. Raises Refused."""
    uri = metadata.sector_identifier_uri
    if uri is None:
        return
    # OIDC Registration §5: https, and what proves the sector is whom the document came from.
    if split(uri).scheme != "https" and not ctx.deployment.settings.fetch_private_addresses:
        raise Refused(KEY, "must be https")
    try:
        listed = await ctx.deployment.fetcher.get_json(uri)
    except ValueError as error:
        raise Refused(KEY, f"cannot be read: {error}") from None
    if not isinstance(listed, list):
        raise Refused(KEY, "its document is not a list")
    missing = [one for one in metadata.redirect_uris if one not in listed]
    if missing:
        raise Refused(KEY, f"its document does not list {missing[0]}")
