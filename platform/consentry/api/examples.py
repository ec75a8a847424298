"""One example of each model, for the OpenAPI document."""

from typing import Any, Final, get_args

from pydantic import BaseModel

_AT: Final = "2026-05-04T12:00:00Z"
_USER: Final = "6f0f9f6e-5f0b-4b1e-9a53-3f6f6c6f2f11"
_ID: Final = "0b9c1d1e-7b0a-4c53-8a43-2f1c9a5d7e21"
_CLIENT: Final[dict[str, Any]] = {
    "client_name": "printer.example.com",
    "redirect_uris": ["https://printer.example.com/ready"],
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "openid photos.read",
}
_SHOWN: Final = {"client_id": "printer", "created_at": _AT, "changed_at": _AT, **_CLIENT}
_SECRET: Final = {"secret_id": _ID, "label": "spring", "created_at": _AT}
_PERSON: Final[dict[str, Any]] = {
    "username": "jane",
    "email": "jane@example.com",
    "roles": [],
    "claims": {"name": "Jane Doe"},
}
_API: Final[dict[str, Any]] = {
    "identifier": "https://api.photos.example",
    "name": "Photo API",
    "scopes": ["photos.read"],
}
_TENANT: Final[dict[str, Any]] = {
    "tenant_id": _ID,
    "slug": "photos",
    "name": "Photos",
    "issuer": "https://photos.id.example",
    "hosts": ["photos.id.example"],
    "created_at": _AT,
}
_WEBHOOK: Final[dict[str, Any]] = {
    "url": "https://hooks.photos.example/consentry",
    "description": "Print shop",
    "events": ["client.*", "user.delete"],
}
_WEBHOOK_SHOWN: Final = {"webhook_id": _ID, "created_at": _AT, "changed_at": _AT, **_WEBHOOK}
_DELIVERY: Final[dict[str, Any]] = {
    "delivery_id": _ID,
    "message_id": "msg_0b9c1d1e7b0a4c538a432f1c9a5d7e21",
    "type": "client.create",
    "state": "done",
    "attempts": 1,
    "outcome": "204 No Content",
    "created_at": _AT,
    "finished_at": _AT,
}
_COUNTS: Final = {"users": 120, "clients": 7, "authorizations": 311, "counted_to": 1_000}
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "ClientPatch": {"client_name": "Printer", "logo_uri": None},
    "NewClient": {"client_id": "printer", **_CLIENT},
    "Client": _SHOWN,
    "ClientMade": {**_SHOWN, "client_secret": "shown this once"},
    "NewWebhook": _WEBHOOK,
    "WebhookPatch": {"description": None, "disabled": False},
    "WebhookShown": _WEBHOOK_SHOWN,
    "WebhookMade": {**_WEBHOOK_SHOWN, "secret": "whsec_, then base64: shown this once"},
    "Rotation": {"overlap": 86_400},
    "SecretRotated": {"secret": "whsec_, then base64: shown this once"},
    "DeliveryShown": _DELIVERY,
    "DeliveryWhole": {
        **_DELIVERY,
        "body": {"type": "client.create", "timestamp": _AT, "data": {}},
    },
    "DeliveryBegun": {"delivery_id": _ID},
    "ReplaySince": {"since": _AT},
    "Replayed": {"replayed": 3},
    "LogoutShown": {
        "logout_id": _ID, "client_id": "printer", "user_id": _USER, "state": "done",
        "attempts": 1, "outcome": "200", "created_at": _AT, "finished_at": _AT,
    },
    "ToldAgain": {"logout_id": _ID},
    "JobShown": {
        "name": "keys", "meaning": "has signing keys followed by new ones", "state": "well",
        "started_at": _AT, "finished_at": _AT, "succeeded_at": _AT, "due_at": _AT, "rows": 2,
        "seconds": 0.1, "error": "", "detail": {"rotated": 1, "retired": 1, "overdue": 0},
    },
    "BacklogShown": {"waiting": 3, "dead": 1, "oldest_due_at": _AT},
    "EffectShown": {
        "tenant_id": _USER, "effect_id": _ID, "tenant": "photos", "kind": "webhook",
        "subject": _USER, "attempts": 8, "outcome": "503", "created_at": _AT, "finished_at": _AT,
    },
    "Retried": {"tenant_id": _USER, "effect_id": _ID},
    "NewSecret": {"label": "spring"},
    "SecretShown": _SECRET,
    "SecretMade": {**_SECRET, "client_secret": "shown this once"},
    "NewUser": {**_PERSON, "password": "correct horse battery staple"},
    "UserPatch": {"email": "jane@example.com", "disabled": False},
    "UserShown": {
        "user_id": _USER, "created_at": _AT, "changed_at": _AT, "has_password": True, **_PERSON,
    },
    "NewPassword": {"password": "correct horse battery staple"},
    "SessionShown": {
        "key": "9c56cc51b374c3ba", "device": "Firefox on Windows", "address": "203.0.113.9",
        "since": _AT, "expires_at": _AT, "is_current": True,
    },
    "ConsentShown": {
        "client_id": "printer", "client_name": "printer.example.com", "scope": "openid",
        "resources": [], "protocols": ["oauth2"], "since": _AT, "authorizations": 1,
        "history": [{"at": _AT, "decision": "approve", "scope": "openid"}],
    },
    "MeShown": {
        "kind": "user", "id": _USER, "name": "jane", "roles": ["developer"],
        "permissions": {"clients.read": "own", "clients.write": "own"},
    },
    "ProfileShown": {"claims": {"name": "Jane Doe"}},
    "OwnPassword": {
        "current_password": "correct horse battery staple", "password": "another horse battery",
    },
    "Deletion": {"password": "correct horse battery staple"},
    "DataShown": {
        "issuer": "https://photos.id.example", "written_at": _AT, "profile": {"sub": _USER},
        "sessions": [], "consents": [], "authorizations": [],
    },
    "UsageShown": {
        "by": "day",
        "stretches": [
            {"at": _AT, "requests": 120, "tokens": 80, "refused": 2, "p95_ms": 7.5},
        ],
        "asked": [{"name": "client_credentials", "count": 80}],
        "errors": [{"name": "invalid_grant", "count": 2}],
        "tokens": 80,
        "refused": 2,
        "p95_ms": 7.5,
    },
    "InviteShown": {"letter": "welcome"},
    "NewMember": {"user": "dan", "role": "member"},
    "MemberShown": {"user_id": _USER, "username": "dan", "role": "owner", "since": _AT},
    "CsrfShown": {"csrf_token": "kX0wq8Qb2J8bqJ0b1Yl4mA"},
    "AuthorizationShown": {
        "id": _ID, "client_id": "printer", "user_id": _USER, "scope": "openid photos.read",
        "resource": "", "created_at": _AT, "expires_at": _AT,
    },
    "Revocation": {"client_id": "printer"},
    "Ended": {"ended": 3},
    "NewScope": {"name": "photos.read", "description": "See your photos"},
    "ScopePatch": {"description": "See your photos"},
    "ScopeShown": {"name": "photos.read", "description": "See your photos"},
    "NewApi": _API,
    "ApiPatch": {"access_token_format": "jwt"},
    "ApiShown": {**_API, "resource_servers": []},
    "NewDomain": {"host": "id.photos.example"},
    "DomainShown": {"host": "id.photos.example", "created_at": _AT},
    "ClaimShown": {
        "host": "id.photos.example",
        "token": "dGhlIHRleHQgdGhhdCBpcyBsb29rZWQgZm9y",
        "txt_record": "_consentry-challenge.id.photos.example",
        "file": "https://id.photos.example/.well-known/consentry-challenge",
        "created_at": _AT,
        "expires_at": "2026-05-11T12:00:00Z",
    },
    "NewKey": {"alg": "ES256", "ahead": 3_600},
    "KeyShown": {
        "kid": "1f3c", "alg": "ES256", "state": "pending", "created_at": _AT, "active_at": _AT,
        "public_jwk": {"kty": "EC", "crv": "P-256", "kid": "1f3c"},
    },
    "PolicyPatch": {"access_token_lifetime": 600},
    "Policy": {"access_token_lifetime": 600, "require_pkce": True},
    "DryRunShown": {
        "changed": [{"key": "require_pkce", "before": False, "after": True}], "looked_at": 7,
        "affected": [
            {
                "client_id": "printer", "client_name": "printer.example.com",
                "reasons": ["require_pkce: it sent no code_challenge lately"],
            }
        ],
        "has_more": False,
    },
    "UseShown": {"client_id": "printer", "protocol": "oauth1", "last_used_at": _AT},
    "RefusalShown": {
        "refusal_id": _ID, "client_id": "printer", "endpoint": "token", "error": "invalid_grant",
        "rule": "code", "received": "", "registered": "", "created_at": _AT,
    },
    "RequestShown": {
        "request_id": _ID, "endpoint": "token", "outcome": "served",
        "result": "authorization_code", "created_at": _AT,
    },
    "EventShown": {
        "seq": 1, "at": _AT, "actor_kind": "user", "actor_id": _USER, "actor_name": "jane",
        "action": "client.create", "target_kind": "client", "target_id": "printer", "detail": {},
        "address": "203.0.113.9", "request_id": "", "previous": "", "digest": "9c56cc51",
    },
    "NewTenant": {"slug": "photos", "name": "Photos"},
    "TenantPatch": {"name": "Photos"},
    "TenantShown": _TENANT,
    "TenantCounted": {**_TENANT, "counts": _COUNTS},
    "CountsShown": _COUNTS,
}  # fmt: skip


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """The example of a model; of a page, one with one item."""
    if "items" not in model.model_fields:
        return EXAMPLES[model.__name__]
    (item,) = get_args(model.model_fields["items"].annotation)
    return {"items": [EXAMPLES[item.__name__]]}
