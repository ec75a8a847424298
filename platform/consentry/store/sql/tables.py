"""The tables behind the SQLModel classes, as Core sees them."""

import sqlalchemy as sa
from sqlmodel import SQLModel

from consentry.records.audit import AuditHead, AuditRow
from consentry.records.authorization import AuthorizationRow, RevokedToken
from consentry.records.client import ClientRow, ClientSecret, ClientUse
from consentry.records.consent import Consent
from consentry.records.idempotency import KeptAnswer
from consentry.records.imported_token import ImportedToken
from consentry.records.job import JobRow
from consentry.records.key import SigningKey, TenantKey
from consentry.records.member import ClientMember
from consentry.records.outbox import Effect
from consentry.records.process import Process
from consentry.records.session_client import SessionClient
from consentry.records.tenant import Api, Domain, DomainClaim, ScopeRow, Tenant
from consentry.records.transient import Nonce, Refusal, Success, Throttle
from consentry.records.usage import Usage
from consentry.records.user import Login, User
from consentry.records.webhook import Webhook


def _table(model: type[SQLModel]) -> sa.Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


metadata = SQLModel.metadata
tenant = _table(Tenant)
domain = _table(Domain)
domain_claim = _table(DomainClaim)
api = _table(Api)
scope = _table(ScopeRow)
client = _table(ClientRow)
client_secret = _table(ClientSecret)
client_use = _table(ClientUse)
end_user = _table(User)
login = _table(Login)
session_client = _table(SessionClient)
consent = _table(Consent)
authorization = _table(AuthorizationRow)
revoked_token = _table(RevokedToken)
imported_token = _table(ImportedToken)
tenant_key = _table(TenantKey)
signing_key = _table(SigningKey)
nonce = _table(Nonce)
throttle = _table(Throttle)
refusal = _table(Refusal)
success = _table(Success)
kept_answer = _table(KeptAnswer)
audit = _table(AuditRow)
audit_head = _table(AuditHead)
client_member = _table(ClientMember)
outbox = _table(Effect)
job = _table(JobRow)
usage = _table(Usage)
webhook = _table(Webhook)
process = _table(Process)
