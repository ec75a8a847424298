"""The operations of the API, one file for each kind of thing."""

from consentry.api.resources.apis import apis
from consentry.api.resources.audit import audit
from consentry.api.resources.authorizations import authorizations
from consentry.api.resources.clients import clients
from consentry.api.resources.consents import consents
from consentry.api.resources.domains import domains
from consentry.api.resources.jobs import jobs
from consentry.api.resources.keys import keys
from consentry.api.resources.logouts import logouts
from consentry.api.resources.members import members
from consentry.api.resources.own_account import own_account as me
from consentry.api.resources.policy import policy
from consentry.api.resources.refusals import refusals
from consentry.api.resources.requests import requests
from consentry.api.resources.scopes import scopes
from consentry.api.resources.secrets import secrets
from consentry.api.resources.tenants import tenants
from consentry.api.resources.usage import usage
from consentry.api.resources.users import users
from consentry.api.resources.webhooks import webhooks

OF_TENANTS = (
    me, clients, secrets, members, users, consents, authorizations, scopes, apis, domains, keys,
    policy, usage, refusals, requests, webhooks, logouts, audit,
)  # fmt: skip
"""What the host of a tenant serves."""
OF_OPERATORS = (me, tenants, jobs, audit)
"""What the base host serves."""
