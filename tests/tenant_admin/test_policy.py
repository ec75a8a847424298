"""The policy: each switch, and what a change would do before it is made."""

import html
import re

import httpx
import pytest

from consentry.records.policy import Policy
from consentry_admin.tenant.policy_switches import switches
from tenant_admin.office import Office, context

NOT_HERE = {
    "require_par", "registration", "registration_scopes", "device_code_lifetime", "issuer_host",
    "accent",
}  # fmt: skip
"""What later work switches on, and what has a page of its own."""


async def policy(office: Office) -> Policy:
    """As stored."""
    return (await context(office.world)).policy


def filled_in(page: httpx.Response) -> dict[str, str]:
    """The form as a browser would send it unchanged."""
    form = page.text.split('action="/admin/policy"')[1].partition("</form>")[0]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    for name, kind, rest in re.findall(r'<input[^>]* name="([^"]+)" type="(text)"([^>]*)>', form):
        del kind
        value = re.search(r' value="([^"]*)"', rest)
        fields[name] = value[1] if value else ""
    for name in re.findall(r'type="checkbox" name="([^"]+)" value="on" checked', form):
        fields[name] = "on"
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        fields[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    return {name: html.unescape(value) for name, value in fields.items()}


async def sent(office: Office, **changed: str | None) -> httpx.Response:
    """The form with something changed; what is None is not sent."""
    fields: dict[str, str | None] = {**filled_in(await office.get("/admin/policy")), **changed}
    return await office.browser.post(
        "/admin/policy", data={k: v for k, v in fields.items() if v is not None}
    )


def test_every_switch_of_the_policy_has_its_words() -> None:
    shown = [one.key for one in switches()]
    assert len(shown) == len(set(shown))
    assert set(shown) | NOT_HERE == set(Policy.model_fields)
    assert all(one.label and one.text for one in switches())


async def test_what_is_sent_unchanged_changes_nothing(office: Office) -> None:
    await office.world.settings(access_token_lifetime=900, signing_algs=["RS256", "PS256"])
    before = await policy(office)
    answer = await sent(office, act="save")
    assert answer.headers["location"] == "/admin/policy?done=policy"
    assert await policy(office) == before
    tried = await sent(office, act="try")
    assert "Nothing: this is how it is." in tried.text


async def test_switches_are_kept_and_defaults_are_not_pinned(each_office: Office) -> None:
    await each_office.world.settings(access_token_format="jwt")
    answer = await sent(
        each_office, act="save", access_token_lifetime="3600", access_token_format="opaque",
        unknown_scopes="ignore", oauth1_token_lifetime="86400", **{"signing_algs:EdDSA": "on"},
    )  # fmt: skip
    assert answer.status_code == 303
    found = await policy(each_office)
    assert (found.access_token_lifetime, found.unknown_scopes) == (3600, "ignore")
    assert found.oauth1_token_lifetime == 86_400 and "EdDSA" in found.signing_algs
    row = await each_office.world.deployment.store.tenants.by_slug("photos")
    assert row is not None and "access_token_format" not in row.settings
    await sent(each_office, act="save", oauth1_token_lifetime="")
    assert (await policy(each_office)).oauth1_token_lifetime is None


async def test_a_dry_run_names_who_would_be_refused_and_changes_nothing(
    office: Office,
) -> None:
    world = office.world
    await world.add_client("machine", client_name="Night job", grant_types=["client_credentials"])
    gone = {"grant_types_supported:client_credentials": None}
    answer = await sent(office, act="try", **gone)
    assert answer.status_code == 200
    assert "It would refuse 2 clients" in answer.text
    assert "Night job" in answer.text and "registered for client_credentials" in answer.text
    assert "client_credentials" in (await policy(office)).grant_types_supported


async def test_pkce_is_required_only_after_a_look_at_who_goes_without(each_office: Office) -> None:
    world = each_office.world
    await world.settings(require_pkce=False)
    asked = await world.ask()
    await world.follow(asked)
    answer = await sent(each_office, act="try", require_pkce="on")
    assert "It would refuse 1 client" in answer.text and "printer.example.com" in answer.text
    assert "sent no code_challenge lately" in answer.text
    world.clock.forward(31 * 86_400)
    await each_office.sign_in()
    late = await sent(each_office, act="try", require_pkce="on")
    assert "No client would notice: 1 was looked at." in late.text


async def test_a_change_that_hurts_is_kept_only_by_who_says_so_twice(office: Office) -> None:
    gone = {"grant_types_supported:client_credentials": None}
    answer = await sent(office, act="save", **gone)
    assert answer.status_code == 200 and "Save all the same" in answer.text
    assert "client_credentials" in (await policy(office)).grant_types_supported
    answer = await sent(office, act="sure", **gone)
    assert answer.status_code == 303
    assert "client_credentials" not in (await policy(office)).grant_types_supported
    office.world.forget()
    refused = await office.world.token({"grant_type": "client_credentials"})
    assert refused.error == "unsupported_grant_type"


async def test_fewer_signature_methods_are_tried_on_who_signs(office: Office) -> None:
    await office.world.add_client("legacy", protocols=["oauth1"], grant_types=[],
                                  oauth1_signature_methods=["HMAC-SHA1"])  # fmt: skip
    gone = {"oauth1_signature_methods:HMAC-SHA1": None}
    answer = await sent(office, act="try", **gone)
    assert "It would refuse 1 client" in answer.text and "and has no other" in answer.text
    await sent(office, act="sure", **gone)
    found = (await policy(office)).oauth1_signature_methods
    assert found is not None and "HMAC-SHA1" not in found and "HMAC-SHA256" in found
    await sent(office, act="save", **dict.fromkeys(gone, "on"))
    assert (await policy(office)).oauth1_signature_methods is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"access_token_lifetime": "29"}, "greater than or equal to 30"),
        ({"access_token_lifetime": "ten"}, "Must be a whole number of seconds."),
        ({"refresh_grace": "11"}, "less than or equal to 10"),
        ({"refresh_token_lifetime": "9" * 11}, "less than or equal to 315360000"),
        ({"access_token_format": "saml"}, "opaque"),
        ({"version": "old"}, "Somebody changed the policy meanwhile"),
    ],
)
async def test_a_policy_that_cannot_be_is_refused_at_its_field(
    still_office: Office, fields: dict[str, str], said: str
) -> None:
    before = await policy(still_office)
    answer = await sent(still_office, **{"act": "save", **fields})
    assert answer.status_code == 400 and said in html.unescape(answer.text)
    assert await policy(still_office) == before
