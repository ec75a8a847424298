"""Hosts that administrators of a tenant claim and prove."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from consentry.operations.audit import each_event
from consentry.operations.domain_claims import (
    LIFETIME,
    MAX_CLAIMS,
    claim_domain,
    drop_claim,
    list_claims,
    prove_domain,
)
from consentry.operations.domains import list_domains, remove_domain
from consentry.operations.errors import Conflict, Forbidden, NotFound, OperationError, Refused
from consentry.operations.tenants import create_tenant
from consentry.spec.errors import TooManyRequests
from consentry.spec.scope import Scope
from consentry.tenancy.actor import Actor
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Answer
from operations.deployed import deployed

HOST = "id.photos.example"
FILE = f"https://{HOST}/.well-known/consentry-challenge"
RECORD = f"_consentry-challenge.{HOST}"


class Internet:
    """TXT records and files by where they are."""

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}
        self.files: dict[str, str] = {}

    async def txt_records(self, name: str) -> Sequence[str]:
        return self.records.get(name, [])

    async def get_text(self, url: str) -> str:
        if url not in self.files:
            raise ValueError("no answer")
        return self.files[url]

    async def get_json(self, url: str) -> object:
        raise ValueError("no answer")

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        raise ValueError("no answer")


@pytest.fixture
def internet() -> Internet:
    return Internet()


@pytest.fixture
async def tenants(
    memory_emptied: str, internet: Internet
) -> AsyncIterator[tuple[TenantContext, TenantContext]]:
    """Administrators of two tenants."""
    async with deployed(memory_emptied) as made:
        here = replace(made, fetcher=internet, txt_records=internet.txt_records)
        found = []
        for slug in ("photos", "music"):
            row = await create_tenant(here, slug)
            admin = Actor(
                "user", "6f0f9f6e-5f0b-4b1e-9a53-3f6f6c6f2f11", roles=frozenset({"admin"})
            )
            found.append((await open_tenant(here, row)).acting(admin))
        yield found[0], found[1]


Two = tuple[TenantContext, TenantContext]


@pytest.mark.parametrize("proof", ["dns", "file"])
async def test_a_host_is_the_tenants_once_it_is_proven(
    tenants: Two, internet: Internet, proof: str
) -> None:
    """THREATS 35: by the DNS or by a file."""
    photos, _ = tenants
    claim = await claim_domain(photos, HOST)
    assert await claim_domain(photos, HOST) == claim
    with pytest.raises(Refused, match="found neither"):
        await prove_domain(photos, HOST)
    if proof == "dns":
        internet.records[RECORD] = ["v=spf1 -all", claim.token]
    else:
        internet.files[FILE] = f"{claim.token}\n"
    assert (await prove_domain(photos, HOST)).host == HOST
    assert [one.host for one in await list_domains(photos)] == [HOST]
    assert await list_claims(photos) == []
    told = [one async for one in each_event(photos.store.audit)]
    assert [one.action for one in told][-2:] == ["domain.claim", "domain.create"]
    assert told[-1].detail == {"proof": proof}
    await remove_domain(photos, HOST)
    assert await list_domains(photos) == []


async def test_the_first_that_proves_a_host_has_it(tenants: Two, internet: Internet) -> None:
    """THREATS 35: unique"""
    photos, music = tenants
    mine, theirs = [await claim_domain(one, HOST) for one in tenants]
    assert mine.token != theirs.token
    internet.records[RECORD] = [theirs.token]
    with pytest.raises(Refused, match="found neither"):
        await prove_domain(photos, HOST)
    await prove_domain(music, HOST)
    internet.records[RECORD] = [mine.token]
    for late in (prove_domain(photos, HOST), claim_domain(photos, HOST)):
        with pytest.raises(Conflict, match="another tenant"):
            await late
    with pytest.raises(Conflict, match="you already"):
        await claim_domain(music, HOST)
    with pytest.raises(NotFound):
        await remove_domain(photos, HOST)


@pytest.mark.parametrize("near", ["x{}", "{}x", "<p>{}</p>", ""])
async def test_only_the_text_itself_proves(tenants: Two, internet: Internet, near: str) -> None:
    photos, _ = tenants
    token = (await claim_domain(photos, HOST)).token
    internet.records[RECORD] = [near.format(token)]
    internet.files[FILE] = near.format(token)
    with pytest.raises(Refused, match="found neither"):
        await prove_domain(photos, HOST)


async def test_a_claim_ends(tenants: Two, internet: Internet) -> None:
    photos, _ = tenants
    claim = await claim_domain(photos, HOST)
    internet.records[RECORD] = [claim.token]
    late = photos.deployment.clock() + LIFETIME + timedelta(seconds=1)
    later = replace(photos, deployment=replace(photos.deployment, clock=lambda: late))
    with pytest.raises(NotFound):
        await prove_domain(later, HOST)
    assert (await claim_domain(later, HOST)).token != claim.token
    await drop_claim(photos, HOST)
    with pytest.raises(NotFound):
        await drop_claim(photos, HOST)


@pytest.mark.parametrize(
    "host", ["localhost:8000", "music.localhost", "127.0.0.1", "Id.example", "a/b.example", ""]
)
async def test_a_host_that_cannot_be_is_not_claimed(tenants: Two, host: str) -> None:
    """THREATS 35: the base host and what is below it are the operator's."""
    with pytest.raises(OperationError):
        await claim_domain(tenants[0], host)


async def test_claims_and_checks_are_bounded(tenants: Two) -> None:
    photos, _ = tenants
    for n in range(MAX_CLAIMS):
        await claim_domain(photos, f"n{n}.example")
    with pytest.raises(Refused, match="at a time"):
        await claim_domain(photos, HOST)
    for _ in range(10):
        with pytest.raises(Refused, match="found neither"):
            await prove_domain(photos, "n1.example")
    with pytest.raises(TooManyRequests, match="often") as refusal:
        await prove_domain(photos, "n1.example")
    assert 0 < refusal.value.retry_after <= 60


async def test_only_who_may_write_the_policy_claims(tenants: Two, internet: Internet) -> None:
    photos, _ = tenants
    for actor in (
        Actor("user", photos.actor.id, roles=frozenset({"developer"})),
        Actor("user", photos.actor.id),
        Actor("client", "printer", scopes=Scope.of("consentry:policy.read")),
    ):
        ctx = photos.acting(actor)
        for call in (claim_domain(ctx, HOST), prove_domain(ctx, HOST), drop_claim(ctx, HOST),
                     remove_domain(ctx, HOST)):  # fmt: skip
            with pytest.raises(Forbidden):
                await call
    ctx = photos.acting(Actor("client", "robot", scopes=Scope.of("consentry:policy.write")))
    internet.records[RECORD] = [(await claim_domain(ctx, HOST)).token]
    await prove_domain(ctx, HOST)
