"""What the pictures of the documentation show: tenants, people, apps, two weeks of life."""

import random
from datetime import timedelta
from itertools import product
from uuid import uuid4

from httpx import ASGITransport, AsyncClient

from account.furnished import AGENTS, add_authorization, add_login
from consentry.records.client import ClientUse
from consentry.records.member import ClientMember
from consentry.records.transient import Refusal
from consentry.records.usage import ALL, BOUNDS_MS, OK, Counted
from consentry.records.user import User
from support.world import World
from tenant_admin.office import fill

TENANTS = {
    "atelier": ("Atelier Nord", 46, 4), "bikes": ("City Bikes", 310, 7),
    "clinic": ("Clinic on the Lake", 128, 12), "farm": ("Farm Box", 84, 3),
    "library": ("Public Library", 620, 9), "music": ("Music School", 190, 5),
    "post": ("Parcel Post", 240, 16), "solar": ("Solar Club", 37, 2),
    "theatre": ("Theatre Friends", 72, 3),
}  # fmt: skip
PEOPLE = "anna ben chloe david elif felix grace hugo ines jonas kim lena marco nora omar".split()
REFUSED = (
    ("viewer", "authorize", "invalid_request", "redirect_uri: not registered", 9,
     "https://viewer.example/callback/", "https://viewer.example/callback"),
    ("calendar", "token", "invalid_grant", "refresh token: spent before", 5, "cns_rt_AAGz…", ""),
    ("legacy", "oauth1_token", "timestamp_refused", "timestamp: outside the window", 3,
     "9 minutes behind", "300 seconds"),
    ("viewer", "token", "invalid_grant", "code: too late", 2, "cns_ac_AAHm…", "60 seconds"),
)  # fmt: skip


async def furnish(world: World, address: str) -> None:
    """The tenant `photos` with jane, ada and dana, and nine others for the operator.

    address: of the tenant `photos`.
    """
    chance = random.Random(4)
    await fill(world)
    dana = await world.add_user("dana", roles="developer")
    await world.add_client(
        "viewer", client_name="Photo Viewer", scope="openid profile photos.read photos.print",
        redirect_uris=["https://viewer.example/callback"],
    )  # fmt: skip
    await _owned(world, dana)
    await _two_weeks(world, chance, [await world.add_user(name) for name in PEOPLE])
    await _slash_too_many(world, address)
    for slug, (name, users, clients) in TENANTS.items():
        await _tenant(world, slug, name, users, clients)
    await _use(world, chance)
    for number, slug in enumerate(["photos", *TENANTS]):
        tenant = await world.deployment.store.tenants.by_slug(slug)
        assert tenant is not None
        tenant.created_at -= timedelta(days=37 * number + 20, hours=5 * number)
        tenant.disabled_at = world.clock() if slug == "farm" else None
        await world.deployment.store.tenants.save(tenant)
    for slug in world.tenants:
        world.forget(slug)


async def _use(world: World, chance: random.Random) -> None:
    """Tokens of two weeks; of `photos` by its clients, of the others as a whole."""
    minute, counted = int(world.clock().timestamp()) // 60, list[Counted]()
    for slug, tenant_id in world.tenants.items():
        clients = ("viewer", "calendar") if slug == "photos" else ()
        size = 300 if slug == "photos" else TENANTS[slug][1]
        for hours, client_id in product(range(0, 336, 6), (ALL, *clients)):
            number = round(size * chance.uniform(0.6, 1.4) * (1 if client_id == ALL else 0.4))
            quick = (number * 7 // 10, number - number * 7 // 10)
            counts = (number, *quick, *(0,) * (len(BOUNDS_MS) - 1))
            at = minute - 60 * hours - 1
            counted.append(Counted(tenant_id, at, client_id, "refresh_token", OK, counts))
    await world.deployment.store.usage.add(counted)


async def _slash_too_many(world: World, address: str) -> None:
    """The refusal that the picture of the portal explains."""
    query = {
        "client_id": "viewer", "response_type": "code",
        "redirect_uri": "https://viewer.example/callback/",
    }  # fmt: skip
    async with AsyncClient(transport=ASGITransport(world.app), base_url=address) as client:
        await client.get("/oauth2/authorize", params=query)
    await world.deployment.refusals.flush(world.deployment.store)


async def _owned(world: World, dana: User) -> None:
    store, now = world.store(), world.clock()
    for client_id in ("viewer", "legacy", "calendar"):
        row = ClientMember(
            tenant_id=dana.tenant_id, client_id=client_id, user_id=dana.user_id, role="owner",
            since=now,
        )  # fmt: skip
        await store.members.save(row)
    uses = (("viewer", "oauth2", 4), ("legacy", "oauth1", 50), ("calendar", "oauth2", 900))
    for client_id, protocol, minutes in uses:
        use = ClientUse(
            tenant_id=dana.tenant_id, client_id=client_id, protocol=protocol,
            last_used_at=now - timedelta(minutes=minutes),
        )  # fmt: skip
        await store.clients.used([use])


async def _two_weeks(world: World, chance: random.Random, people: list[User]) -> None:
    now = world.clock()
    agents = list(AGENTS.values())
    for number in range(240):
        day = timedelta(days=chance.triangular(0, 14, 2), minutes=chance.randrange(600))
        address = f"198.51.100.{number % 200 + 20}"
        await add_login(world, people[number % 15], agents[number % 3], now - day, address)
    for person in people:
        await add_authorization(world, person, chance.choice(("calendar", "viewer", "legacy")))
    rows = []
    for client_id, endpoint, error, rule, often, received, registered in REFUSED:
        for _ in range(often * 3):
            rows.append(Refusal(
                tenant_id=people[0].tenant_id, refusal_id=uuid4(), client_id=client_id,
                endpoint=endpoint, error=error, rule=rule, received=received,
                registered=registered, created_at=now - timedelta(hours=chance.uniform(0, 320)),
            ))  # fmt: skip
    await world.store().refusals.add(rows)


async def _tenant(world: World, slug: str, name: str, users: int, clients: int) -> None:
    await world.add_tenant(slug)
    tenant = await world.deployment.store.tenants.by_slug(slug)
    assert tenant is not None
    tenant.name = name
    await world.deployment.store.tenants.save(tenant)
    for number in range(users):
        await world.add_user(f"person{number}", slug)
    for number in range(clients):
        await world.add_client(f"app{number}", slug, secret=None)
