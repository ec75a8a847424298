"""Whom somebody may make, change or lock out."""

from consentry.operations.errors import Forbidden
from consentry.operations.permissions import ROLES, reach
from consentry.tenancy.context import TenantContext

ADMIN = "admin"


def check_person(ctx: TenantContext, *roles: str) -> None:
    """Raises Forbidden if an administrator is concerned and the actor may do less than one.

    roles: as stored, of the person before and after. A token that may change people only must
    not become an administrator by giving itself one, or by setting one's password.
    """
    if any(ADMIN in each.split() for each in roles) and not all(
        reach(ctx, permission) == "all" for permission in ROLES[ADMIN]
    ):
        raise Forbidden(
            "users.write", "administrators are changed by those who may do all they may"
        )
