"""`/api/v1/clients`: registered, found, changed, removed."""

from support.api_world import ApiTenant
from support.world import CALLBACK


async def test_a_client_is_registered_and_its_secret_shown_once(api: ApiTenant) -> None:
    admin = await api.admin()
    made = await admin.post("/clients", {"client_name": "Album", "redirect_uris": [CALLBACK]})
    assert made.status_code == 201, made.text
    client_id, secret = made.json()["client_id"], made.json()["client_secret"]
    assert made.headers["location"] == f"/api/v1/clients/{client_id}"
    seen = await admin.get(f"/clients/{client_id}")
    assert seen.status_code == 200 and secret not in seen.text
    assert seen.json()["client_name"] == "Album"
    assert seen.json()["grant_types"] == ["authorization_code"]
