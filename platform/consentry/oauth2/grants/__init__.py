"""Grant types of the token endpoint, one file each (RFC 6749 §4, §6, RFC 8693)."""

from collections.abc import Awaitable, Callable
from typing import Any

from consentry.oauth2.grants import (
    authorization_code,
    client_credentials,
    password,
    refresh_token,
    token_exchange,
)
from consentry.records.client import Client
from consentry.spec.forms import Form
from consentry.tenancy.context import TenantContext

# The last is the address the request came from, for those that guess.
Redeem = Callable[[TenantContext, Client, Form, str], Awaitable[dict[str, Any]]]

GRANTS: dict[str, Redeem] = {
    authorization_code.GRANT_TYPE: authorization_code.redeem,
    refresh_token.GRANT_TYPE: refresh_token.redeem,
    client_credentials.GRANT_TYPE: client_credentials.redeem,
    password.GRANT_TYPE: password.redeem,
    token_exchange.GRANT_TYPE: token_exchange.redeem,
}
