"""Scopes of this server's own API: every tenant knows them, none declares them."""

from typing import Final

OWN_SCOPES: Final[dict[str, str]] = {
    "consentry:clients": "Manage apps",
    "consentry:clients.read": "See apps",
    "consentry:clients.write": "Change apps and their secrets",
    "consentry:users": "Manage people",
    "consentry:users.read": "See people",
    "consentry:users.write": "Change people and their passwords",
    "consentry:scopes": "Manage scopes and APIs",
    "consentry:scopes.read": "See scopes and APIs",
    "consentry:scopes.write": "Change scopes and APIs",
    "consentry:authorizations": "Manage what people allowed apps to do",
    "consentry:authorizations.read": "See what people allowed apps to do",
    "consentry:authorizations.write": "Take back what people allowed apps to do",
    "consentry:keys": "Manage signing keys",
    "consentry:keys.read": "See signing keys",
    "consentry:keys.write": "Rotate and revoke signing keys",
    "consentry:policy": "Manage the settings of this service",
    "consentry:policy.read": "See the settings of this service",
    "consentry:policy.write": "Change the settings of this service",
    "consentry:audit": "See who did what",
    "consentry:audit.read": "See who did what",
    "consentry:refusals": "See which requests were refused or served",
    "consentry:refusals.read": "See which requests were refused or served",
    "consentry:usage": "See which apps are in use",
    "consentry:usage.read": "See which apps are in use",
    "consentry:webhooks": "Manage where this service sends events",
    "consentry:webhooks.read": "See where this service sends events",
    "consentry:webhooks.write": "Change where this service sends events",
    "consentry:tenants": "Manage tenants",
    "consentry:tenants.read": "See tenants",
    "consentry:tenants.write": "Make, change and remove tenants",
}
"""What people read on the consent page, by scope-token."""
