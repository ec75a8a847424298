"""Which signature methods a client's or a tenant's list may name (RFC 5849 §3.4)."""

from collections.abc import Iterable

from consentry.operations.errors import Refused
from consentry.tenancy.deployment import Deployment

KEY = "oauth1_signature_methods"


def check_signature_methods(deployment: Deployment, names: Iterable[str]) -> None:
    """Raises Refused, naming the known ones, for a method this deployment does not know."""
    known = deployment.signature_methods.names
    for name in names:
        if name not in known:
            raise Refused(KEY, f"{name[:100]!a} is not known here, only {', '.join(known)}")
