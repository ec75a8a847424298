"""Looking for the proof of a claimed host, over and over."""

from consentry.operations.domain_claims import CHECKS, PERIOD_S
from support.api_world import ApiTenant


async def test_who_checks_a_host_too_often_is_told_when_to_come_back(
    api_tenant: ApiTenant,
) -> None:
    """RFC 6585 §4"""
    admin, world = await api_tenant.admin(), api_tenant.world
    await admin.post("/domain-claims", {"host": "id.photos.example"})
    for _ in range(CHECKS):
        await world.store().throttles.take(
            "domain-checks", count=CHECKS, period_s=PERIOD_S, now=world.clock()
        )
    answer = await admin.post("/domain-claims/id.photos.example/check")
    assert answer.status_code == 429, answer.text
    assert 0 < int(answer.headers["retry-after"]) <= PERIOD_S
