"""Who may call what: every operation of the document by everybody there is."""

from uuid import uuid4

import httpx
import pytest

from consentry.api.operation import Operation
from consentry.api.resources import OF_OPERATORS, OF_TENANTS
from consentry.records.user import User
from support.api_world import BASE, ApiTenant, Caller
from support.token_side import change_client
from support.world import World

IN, NOT, GONE, OPEN = "let in", "forbidden", "as if it were not there", "needs no permission"
ALL = {"admin": IN, "robot": IN, "developer": NOT}
# What each permission is to whom. A developer meets `printer`, which is not theirs, first.
EXPECTED: dict[str, dict[str, str]] = {
    "clients.read": {**ALL, "developer": GONE},
    "clients.write": {**ALL, "developer": GONE},
    "users.read": ALL,
    "users.write": ALL,
    "scopes.read": {**ALL, "developer": IN},
    "scopes.write": ALL,
    "authorizations.read": ALL,
    "authorizations.write": ALL,
    "keys.read": ALL,
    "keys.write": ALL,
    "policy.read": ALL,
    "policy.write": ALL,
    "audit.read": ALL,
    "refusals.read": ALL,
    "usage.read": ALL,
    "webhooks.read": ALL,
    "webhooks.write": ALL,
}
OPERATIONS = [one for resource in OF_TENANTS for one in resource.operations]
OF_BASE = [one for resource in OF_OPERATORS for one in resource.operations]
NARROWED = ("list_clients", "create_client")


def named(one: Operation) -> str:
    return f"{one.method} {one.path}"


def filled(one: Operation, client_id: str = "printer") -> str:
    """The address with ids in it: of a client that is there, and of nothing else that is."""
    path = one.path.removeprefix(BASE).replace("{client_id}", client_id)
    path = path.replace("{slug}", "photos")
    for name in ("user_id", "secret_id", "authorization_id", "request_id",
                 "webhook_id", "delivery_id", "logout_id", "tenant_id", "effect_id"):  # fmt: skip
        path = path.replace(f"{{{name}}}", str(uuid4()))
    for name in ("app_id", "name", "identifier", "scope", "kid", "key", "host", "job"):
        path = path.replace(f"{{{name}}}", "nothing")
    return path


def kind_of(answer: httpx.Response) -> str:
    """What an answer means for who asked; without a body and If-Match nothing is changed."""
    if answer.status_code in (401, 403):
        return NOT
    assert answer.status_code < 500, answer.text
    is_hidden = answer.status_code == 404 and "no client" in answer.json()["detail"]
    return GONE if is_hidden else IN


@pytest.fixture(scope="module")
async def callers(api: ApiTenant) -> dict[str, Caller]:
    everything = " ".join(f"consentry:{name.partition('.')[0]}" for name in EXPECTED)
    return {
        "admin": await api.admin(),
        "developer": await api.signed_in("dan"),
        "person": await api.signed_in("jane"),
        "robot": await api.robot(everything),
        "plain token": await api.robot("", "printer"),
        "app of admin": await api.app_of("ada", "openid"),
        "app of person": await api.app_of("jane", f"openid {everything}"),
        "nobody": api.nobody(),
    }


# Done with a token, it ends the logins of the callers here: it has a test of its own.
WALKED = [one for one in OPERATIONS if one.name != "end_my_other_sessions"]


@pytest.mark.parametrize("one", WALKED, ids=named)
async def test_everybody_may_do_what_the_table_says(
    api: ApiTenant, callers: dict[str, Caller], one: Operation
) -> None:
    """ISSUE: a table test walks all roles and all addresses. THREATS 37"""
    expected = dict.fromkeys(callers, NOT)
    if one.permission is None:
        expected |= dict.fromkeys(callers, IN) | {"nobody": NOT}
    elif one.own:
        # One's own is everybody's, a token's only with the scope.
        expected |= dict.fromkeys(("admin", "developer", "person", "app of person"), IN)
    else:
        expected |= EXPECTED[one.permission]
        if expected["developer"] == NOT and "{client_id}" in one.path:
            expected["developer"] = GONE
    if one.name in NARROWED:
        expected["developer"] = IN
    if one.name == "get_csrf":
        expected |= dict.fromkeys(("robot", "plain token", "app of admin", "app of person"), NOT)
    found = {}
    for name, caller in callers.items():
        found[name] = kind_of(await caller.send(one.method, filled(one)))
    assert found == expected


@pytest.mark.parametrize("one", [one for one in OPERATIONS if one.changes], ids=named)
async def test_a_cookie_alone_changes_nothing(api: ApiTenant, one: Operation) -> None:
    """THREATS 40"""
    caller = await api.signed_in("ada", csrf=False)
    for headers in ({}, {"X_CSRF_Token": "x"}, {"X_CSRF_Token": "a" * 43}):
        refused = await caller.send(one.method, filled(one), **headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf"), headers


@pytest.mark.parametrize("one", [one for one in OF_BASE if one.tag == "tenants"], ids=named)
async def test_tenants_are_for_operators_alone(
    api: ApiTenant, callers: dict[str, Caller], one: Operation
) -> None:
    operator = await api.operator()
    assert kind_of(await operator.send(one.method, filled(one))) == IN
    for name, caller in callers.items():
        there = await caller.send(one.method, filled(one))
        assert there.status_code == 404, f"{name} at a tenant's host"
    base = httpx.AsyncClient(transport=operator.client._transport, base_url="http://localhost:8000")
    for name, caller in callers.items():
        pairs = [f"{one.name}={one.value}" for one in caller.client.cookies.jar]
        headers = {**caller.headers, "Cookie": "; ".join(pairs)}
        sent = await base.request(one.method, BASE + filled(one), headers=headers)
        assert sent.status_code == 401, f"{name} at the base host"


async def test_a_developer_sees_and_changes_their_own_apps_alone(api: ApiTenant) -> None:
    dan = await api.signed_in("dan")
    listed = (await dan.get("/clients")).json()["items"]
    assert [one["client_id"] for one in listed] == ["gallery"]
    changed = await dan.patch("/clients/gallery", {"client_name": "Dan's"})
    assert changed.json()["client_name"] == "Dan's"
    assert (await dan.get("/clients/gallery/secrets")).status_code == 200
    assert (await dan.get("/refusals?client_id=gallery")).status_code == 200
    assert (await dan.get("/usage?client_id=gallery")).status_code == 200
    for path in ("/clients/printer", "/clients/nobody", "/usage?client_id=printer"):
        hidden = await dan.get(path)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    assert (await dan.get("/refusals")).status_code == 403


@pytest.mark.parametrize(
    "members",
    [
        {"scope": "openid consentry:clients"},
        {"scope": "consentry:users.read"},
        {"skip_consent": True},
        {"may_introspect": "all"},
    ],
)
async def test_a_developer_gives_an_app_no_more_than_is_theirs(
    api: ApiTenant, members: dict[str, object]
) -> None:
    dan = await api.signed_in("dan")
    refused = await dan.patch("/clients/gallery", members)
    assert refused.status_code == 422, refused.text
    assert (await dan.post("/clients", {"client_id": "more", **members})).status_code == 422


async def test_a_token_gives_nobody_what_it_lacks(api: ApiTenant) -> None:
    """A token that manages clients must not make one that manages people, and the like."""
    robot = await api.robot("consentry:clients consentry:users")
    grants = {"grant_types": ["client_credentials"], "response_types": []}
    client = await robot.post("/clients", {"scope": "consentry:keys", **grants})
    assert client.status_code == 422
    new = {"username": "eve", "password": "correct horse battery staple", "roles": ["admin"]}
    assert (await robot.post("/users", new)).status_code == 403
    ada = f"/users/{api.people['ada']}"
    assert (await robot.patch(ada, {"disabled": True})).status_code == 403
    password = {"password": "another horse battery"}
    assert (await robot.send("PUT", f"{ada}/password", password)).status_code == 403
    assert (await robot.delete(ada)).status_code == 403
    jane = f"/users/{api.people['jane']}"
    assert (await robot.patch(jane, {"roles": ["admin"]})).status_code == 403
    assert (await robot.patch(jane, {"claims": {"nickname": "J"}})).status_code == 200


async def test_scopes_of_ours_are_granted_as_registered(api: ApiTenant) -> None:
    admin = await api.admin()
    unknown = await admin.post("/clients", {"scope": "consentry:everything", "redirect_uris": []})
    assert unknown.status_code == 422
    asked = {"grant_type": "client_credentials", "scope": "consentry:clients"}
    assert (await api.world.token(asked)).error == "invalid_scope"


async def test_a_missing_scope_is_named(api: ApiTenant) -> None:
    """RFC 6750 §3.1"""
    robot = await api.robot("consentry:clients.read")
    assert (await robot.get("/clients")).status_code == 200
    refused = await robot.post("/clients", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    challenge = refused.headers["www-authenticate"]
    assert challenge.startswith("Bearer ") and 'scope="consentry:clients.write"' in challenge


async def test_who_calls_without_credentials_is_told_how(api: ApiTenant) -> None:
    """RFC 6750 §3.1, RFC 9457"""
    refused = await api.nobody().get("/clients")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="http://photos.localhost:8000"'
    assert refused.headers["content-type"] == "application/problem+json"
    for value in ("Basic cHJpbnRlcjp4", "Bearer x", "Bearer", "Nonsense"):
        wrong = await api.nobody().get("/clients", Authorization=value)
        assert wrong.status_code in (400, 401), value
        assert "www-authenticate" in wrong.headers or wrong.status_code == 400


async def test_a_token_for_an_api_is_none_for_ours(api: ApiTenant) -> None:
    """THREATS 31"""
    await api.world.add_api("https://photos.example/api")
    await api.robot("consentry:clients")
    bought = await api.world.token(
        {
            "grant_type": "client_credentials",
            "scope": "consentry:clients",
            "resource": "https://photos.example/api",
        },
        client_id="robot",
    )
    assert (await api.bearer(bought.access_token).get("/clients")).status_code == 401


async def test_a_token_dies_with_its_person_its_client_and_its_scope(
    api_tenant: ApiTenant,
) -> None:
    """THREATS 16: from the next request on."""
    world = api_tenant.world
    app = await api_tenant.app_of("ada", "openid consentry:clients consentry:users")
    robot = await api_tenant.robot("consentry:clients")
    assert (await app.get("/clients")).status_code == 200
    me = await api_tenant.admin()
    assert (await me.delete("/me/consents/manager/scopes/consentry:clients")).status_code == 204
    assert (await app.get("/clients")).json()["code"] == "insufficient_scope"
    assert (await app.get("/users")).status_code == 200
    await world.store().users.save(await demoted(world))
    assert (await app.get("/users")).json()["code"] == "forbidden"
    assert (await robot.get("/clients")).status_code == 200
    await change_client(world, "robot", scope="consentry:users")
    assert (await robot.get("/clients")).json()["code"] == "insufficient_scope"


async def demoted(world: World) -> User:
    user = await world.store().users.by_identifier("ada")
    assert user is not None
    user.roles = ""
    return user


async def test_a_foreign_page_can_send_nothing(api: ApiTenant) -> None:
    """THREATS 40"""
    admin = await api.admin()
    for headers in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        refused = await admin.post("/scopes", {"name": "forged"}, **headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    preflight = await admin.send(
        "OPTIONS", "/scopes", Origin="https://evil.example", Access_Control_Request_Method="POST"
    )
    assert preflight.status_code == 405
    assert "access-control-allow-origin" not in preflight.headers


async def test_a_csrf_token_is_of_one_person_in_one_browser(api: ApiTenant) -> None:
    """THREATS 40"""
    ada, dan = await api.admin(), await api.signed_in("dan")
    other = await dan.post("/clients", {}, X_CSRF_Token=ada.headers["X-CSRF-Token"])
    assert (other.status_code, other.json()["code"]) == (403, "csrf")


async def test_everybody_learns_what_they_may(api: ApiTenant) -> None:
    dan = (await (await api.signed_in("dan")).get("/me")).json()
    assert (dan["kind"], dan["name"], dan["roles"]) == ("user", "dan", ["developer"])
    assert dan["permissions"]["clients.write"] == "own" and "scope" not in dan
    robot = (await (await api.robot("consentry:usage")).get("/me")).json()
    assert (robot["kind"], robot["id"]) == ("client", "robot")
    assert robot["permissions"] == {"usage.read": "all"} and robot["scope"] == "consentry:usage"
