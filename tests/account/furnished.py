"""What a person has after some months: apps, approvals, devices."""

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from uuid import uuid4

from consentry.records.authorization import NO_END, AuthorizationRow
from consentry.records.user import Login, User
from support.world import World

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 "
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
AGENTS = {
    "Safari on Mac": f"{MAC}Version/19.1 Safari/605.1.15",
    "Safari on iPhone": f"{PHONE}(KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
    "Firefox on Windows": "Mozilla/5.0 (Windows NT 10.0; rv:150.0) Gecko/20100101 Firefox/150.0",
}
APPS: dict[str, dict[str, Any]] = {
    "calendar": {"client_name": "Team calendar", "redirect_uris": ["https://calendar.example/cb"],
                 "scope": "openid profile email offline_access"},
    "viewer": {"client_name": "Photo Viewer", "scope": "openid profile photos.read photos.print"},
    "frames": {"client_name": "Living room frame", "scope": "photos.read"},
    "legacy": {"client_name": "Print shop", "scope": "photos.read photos.print",
               "redirect_uris": ["https://print.example/back"], "protocols": ["oauth1"],
               "grant_types": []},
    "console": {"client_name": "Photos for desktop", "scope": "openid", "skip_consent": True},
}  # fmt: skip


async def jane_of(world: World) -> User:
    """The person the world is about."""
    found = await world.store().users.by_identifier("jane")
    assert found is not None
    return found


async def add_login(
    world: World, user: User, agent: str, at: datetime, address: str, login_id: str = ""
) -> Login:
    """A signed-in browser; without the id of its cookie, one nobody has."""
    login = Login(
        tenant_id=user.tenant_id, login_id=login_id or sha256(token_bytes(16)).hexdigest(),
        user_id=user.user_id, auth_time=at, address=address, user_agent=agent, created_at=at,
        expires_at=world.clock() + timedelta(days=3),
    )  # fmt: skip
    await world.store().logins.start(login, replaces=None)
    return login


async def add_authorization(world: World, user: User, client_id: str, **more: Any) -> Any:
    """A live authorization; its id."""
    now = world.clock()
    given: dict[str, Any] = {
        "scope": APPS[client_id]["scope"] if client_id in APPS else "photos.read",
        "auth_time": now, "created_at": now - timedelta(days=20), "generation": 1,
        "last_used_at": now - timedelta(hours=5), "expires_at": now + timedelta(days=30),
    }  # fmt: skip
    row = AuthorizationRow(
        tenant_id=user.tenant_id, id=uuid4(), client_id=client_id, user_id=user.user_id,
        **{**given, **more},
    )  # fmt: skip
    await world.store().authorizations.create(row)
    return row.id


async def furnish(world: World) -> User:
    """Five apps, one of them withdrawn, and three other sessions."""
    jane, now, store = await jane_of(world), world.clock(), world.store()
    jane.created_at = now - timedelta(days=500)
    await store.users.save(jane)
    for client_id, metadata in APPS.items():
        await world.add_client(client_id, secret=None, **metadata)
    consents, jane_id = store.consents, jane.user_id
    for client_id in ("calendar", "viewer", "legacy"):
        at, scope = now - timedelta(days=200), APPS[client_id]["scope"]
        await consents.grant(jane_id, client_id, "", scope.rpartition(" ")[0], at)
        await consents.grant(jane_id, client_id, "", scope, at + timedelta(days=90, hours=3))
    await consents.grant(jane_id, "frames", "", "photos.read", now - timedelta(days=90))
    await consents.withdraw(jane_id, "frames", now - timedelta(days=4))
    for client_id in ("calendar", "viewer", "viewer", "console"):
        await add_authorization(world, jane, client_id)
    await add_authorization(world, jane, "legacy", protocol="oauth1", expires_at=NO_END)
    for number, agent in enumerate(AGENTS.values()):
        at = now - timedelta(days=number * 3, hours=2)
        await add_login(world, jane, agent, at, f"198.51.100.{17 + number}")
    return jane
