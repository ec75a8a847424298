"""A tenant with much in it, and people who are signed in to look at it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4

import asyncpg

from benchmarks.data import Place
from consentry.tenancy.actor import OPERATORS

COOKIE = "consentry_login"


@dataclass(frozen=True, slots=True)
class Crowd:
    """How much there is in the tenant that is looked at, beside its person and client."""

    users: int
    clients: int
    authorizations: int
    sign_ins: int
    refusals: int
    events: int
    apps: int
    """Of one developer, and connected to one person."""
    calls: int
    """Of one webhook, of the last days; and as many notices of logouts."""
    used: int
    """Clients that were used in every hour of 8 days, and on 30 days before."""


@dataclass(frozen=True, slots=True)
class People:
    """The cookies of an operator and of somebody who is administrator and developer."""

    operator: str
    admin: str


_FILL = (
    # 1 tenant, 2 how many, 3 the person who looks.
    ("users", """
     INSERT INTO end_user (tenant_id, user_id, username, username_key, email, email_key, roles,
       claims, created_at, changed_at)
     SELECT $1, gen_random_uuid(), 'person' || n, 'person' || n, 'person' || n || '@example.com',
       'person' || n || '@example.com', '', '{"name": "Some Person"}', now() - n * interval '1 min',
       now() FROM generate_series(1, $2::int) n"""),
    ("clients", """
     INSERT INTO client (tenant_id, client_id, metadata, name_key, created_at, changed_at)
     SELECT tenant_id, 'app' || n, jsonb_set(metadata::jsonb, '{client_name}',
       to_jsonb('App ' || n))::json, 'app ' || n, now() - n * interval '1 min', now()
     FROM client, generate_series(1, $2::int) n WHERE tenant_id = $1 AND client_id = 'printer'"""),
    ("authorizations", """
     INSERT INTO "authorization" (tenant_id, id, client_id, user_id, protocol, scope, resource,
       redirect_uri_given, auth_time, amr, created_at, generation, rotated_at, expires_at)
     SELECT tenant_id, gen_random_uuid(), 'app' || (1 + n % 500), user_id, 'oauth2', 'photos.read',
       '', true, now(), 'pwd', now() - n * interval '1 s', 1, now(), now() + interval '30 days'
     FROM (SELECT *, row_number() OVER () AS n FROM end_user WHERE tenant_id = $1) people
     WHERE n <= $2::int"""),
    ("sign_ins", """
     INSERT INTO login (tenant_id, login_id, user_id, auth_time, amr, address, user_agent,
       created_at, expires_at)
     SELECT tenant_id, md5(n::text) || md5(user_id::text), user_id, now(), 'pwd', '198.51.100.7',
       'Mozilla/5.0', now() - n * interval '1 min', now() + interval '3 days'
     FROM (SELECT *, row_number() OVER () AS n FROM end_user WHERE tenant_id = $1) people
     WHERE n <= $2::int"""),
    ("refusals", """
     INSERT INTO refusal (tenant_id, refusal_id, client_id, endpoint, error, rule, received,
       registered, created_at)
     SELECT $1, gen_random_uuid(), 'app' || (1 + n % 100), 'token', 'invalid_grant',
       'code unknown', '', '', now() - n * interval '1 min' FROM generate_series(1, $2::int) n"""),
    ("events", """
     INSERT INTO audit (tenant_id, seq, at, actor_kind, actor_id, actor_name, action, target_kind,
       target_id, detail, address, request_id, previous, digest)
     SELECT $1, n, now() - ($2 - n) * interval '1 s', 'user', gen_random_uuid()::text, 'somebody',
       'user.sign_in', 'user', '', '{}', '198.51.100.7', '', '', ''
     FROM generate_series(1, $2::int) n"""),
    ("calls", """
     INSERT INTO outbox (tenant_id, effect_id, kind, subject, payload, state, attempts, created_at,
       due_at, finished_at, outcome)
     SELECT $1, ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'webhook',
       '00000000-0000-0000-0000-000000000007', '{"type": "client.update", "data": {"id": "app7"}}',
       CASE WHEN n % 10 = 0 THEN 'dead' ELSE 'done' END, 1, now() - n * interval '1 min', now(),
       now() - n * interval '1 min', '204' FROM generate_series(1, $2::int) n"""),
    ("calls", """
     INSERT INTO outbox (tenant_id, effect_id, kind, subject, payload, state, attempts, created_at,
       due_at, finished_at, outcome)
     SELECT tenant_id, gen_random_uuid(), 'backchannel_logout', 'app' || (1 + n % 500),
       json_build_object('user_id', user_id, 'session_id', gen_random_uuid()),
       CASE WHEN n % 10 = 0 THEN 'dead' ELSE 'done' END, 1, now() - n * interval '1 min', now(),
       now() - n * interval '1 min', '200'
     FROM (SELECT *, row_number() OVER () AS n FROM end_user WHERE tenant_id = $1) people
     WHERE n <= $2::int"""),
    ("used", """
     INSERT INTO usage (tenant_id, period, at, client_id, what, outcome,
       count, ms_5, ms_10, ms_25, ms_50, ms_100, ms_250, ms_1000, ms_more)
     SELECT $1, CASE WHEN n < 192 THEN 'hour' ELSE 'day' END,
       CASE WHEN n < 192 THEN date_trunc('hour', now(), 'UTC') - n * interval '1 hour'
         ELSE date_trunc('day', now(), 'UTC') - (n - 184) * interval '1 day' END,
       CASE WHEN app = 0 THEN '' ELSE 'app' || app END, what, outcome, 9, 5, 4, 0, 0, 0, 0, 0, 0
     FROM generate_series(0, 221) n, generate_series(0, $2::int) app,
       (VALUES ('authorization_code', 'ok'), ('refresh_token', 'ok'), ('introspection', 'ok'),
         ('refresh_token', 'invalid_grant')) kinds (what, outcome)"""),
)  # fmt: skip
WEBHOOK = "00000000-0000-0000-0000-000000000007"
_OWN = (
    """
    INSERT INTO client_member (tenant_id, client_id, user_id, role, since)
    SELECT $1, 'app' || n, $3, 'owner', now() FROM generate_series(1, $2::int) n""",
    """
    INSERT INTO consent (tenant_id, user_id, client_id, resource, scope, history, created_at,
      changed_at)
    SELECT $1, $3, 'app' || n, '', 'photos.read', '[]', now(), now()
    FROM generate_series(1, $2::int) n""",
    """
    INSERT INTO "authorization" (tenant_id, id, client_id, user_id, protocol, scope, resource,
      redirect_uri_given, auth_time, amr, created_at, generation, rotated_at, expires_at)
    SELECT $1, gen_random_uuid(), 'app' || n, $3, 'oauth2', 'photos.read', '', true, now(), 'pwd',
      now(), 1, now(), now() + interval '30 days' FROM generate_series(1, $2::int) n""",
)


async def write_tenant(connection: "asyncpg.Connection[Any]", place: Place, crowd: Crowd) -> People:
    """Fill a tenant; its person becomes administrator and developer, and an operator is made."""
    for field, statement in _FILL:
        await connection.execute(statement, place.tenant_id, getattr(crowd, field))
    for statement in _OWN:
        await connection.execute(statement, place.tenant_id, crowd.apps, place.user_id)
    await connection.execute(
        """INSERT INTO webhook (tenant_id, webhook_id, url, description, events, sealed, created_at,
        changed_at, disabled_reason)
        VALUES ($1, $2, 'https://hooks.example.com/', '', '', '', now(), now(), '')""",
        place.tenant_id, WEBHOOK,
    )  # fmt: skip
    await connection.execute(
        "UPDATE end_user SET roles = 'admin developer' WHERE tenant_id = $1 AND user_id = $2",
        place.tenant_id, place.user_id,
    )  # fmt: skip
    operator = uuid4()
    await connection.execute(
        """INSERT INTO end_user (tenant_id, user_id, username, username_key, roles, claims,
        created_at, changed_at) VALUES ($1, $2, 'root', 'root', 'operator', '{}', now(), now())""",
        OPERATORS, operator,
    )  # fmt: skip
    people = People("an-operator-of-a-benchmark", "an-administrator-of-a-benchmark")
    for tenant_id, user_id, cookie in (
        (OPERATORS, operator, people.operator),
        (place.tenant_id, place.user_id, people.admin),
    ):
        await connection.execute(
            """INSERT INTO login (tenant_id, login_id, user_id, auth_time, amr, address, user_agent,
            created_at, expires_at)
            VALUES ($1, $2, $3, now(), 'pwd', '', '', now(), now() + interval '1 day')""",
            tenant_id, sha256(cookie.encode()).hexdigest(), user_id,
        )  # fmt: skip
    await connection.execute("VACUUM ANALYZE")
    return people
