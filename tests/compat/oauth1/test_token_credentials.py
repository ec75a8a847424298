"""The token endpoint (RFC 5849 §2.3)."""

import asyncio
from typing import Any

import pytest

from compat.oauth1.photos import Photos, Signer, members
from consentry.compat.oauth1 import OAuth1Request, as_tuple
from consentry.spec.oauth1.errors import NonceUsed


async def test_an_approved_credential_is_traded_for_a_token(
    photos: Photos, printer: Signer
) -> None:
    """S0 create_token_response

    S0 create_token_credential, client and user of the approval
    """
    bought = await printer.bought()
    assert list(bought) == ["oauth_token", "oauth_token_secret"]
    (kept,) = photos.tokens
    assert (kept.client_id, kept.user_id) == ("printer", 7)
    assert (kept.oauth_token, kept.oauth_token_secret) == tuple(bought.values())


async def test_a_credential_is_traded_once(photos: Photos, printer: Signer) -> None:
    """THREATS 7

    S0 delete_temporary_credential, one use
    """
    temporary = await printer.initiate()
    verifier = await printer.verifier(temporary)
    assert (await printer.trade(temporary, verifier)).status_code == 200
    again = await printer.trade(temporary, verifier)
    assert members(again)["error"] == "invalid_token"
    assert len(photos.tokens) == 1


async def test_of_many_exchanges_at_once_one_wins(photos: Photos, printer: Signer) -> None:
    """THREATS 7

    S0 delete_temporary_credential, consumed exactly once
    """
    photos.server.configure(photos.server.settings)
    temporary = await printer.initiate()
    verifier = await printer.verifier(temporary)
    answers = await asyncio.gather(*(printer.trade(temporary, verifier) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    assert len(photos.tokens) == 1


async def test_an_exchange_without_approval_is_refused(printer: Signer) -> None:
    """S0 validate_token_request: was authorised"""
    temporary = await printer.initiate()
    answer = await printer.trade(temporary, "None")
    assert answer.status_code == 401
    assert members(answer)["oauth_problem"] == "verifier_invalid"


@pytest.mark.parametrize("missing", ["verifier", "resource_owner_key"])
async def test_token_and_verifier_are_required(printer: Signer, missing: str) -> None:
    """S0 validate_token_request: missing parameters"""
    temporary = await printer.initiate()
    sent: dict[str, Any] = {"verifier": await printer.verifier(temporary), "token": temporary}
    if missing == "verifier":
        sent["verifier"] = None
    else:
        sent["token"] = {}
    answer = await printer.send("/token", **sent)
    assert answer.status_code == 400
    assert members(answer)["error"] == "missing_required_parameter"


async def test_another_clients_credential_is_as_unknown(photos: Photos, printer: Signer) -> None:
    """PARITY 6 Authlib 1.0 exchange: client A's credential with client B's key"""
    temporary = await printer.initiate()
    verifier = await printer.verifier(temporary)
    answer = await Signer(photos, "scanner").trade(temporary, verifier)
    assert answer.status_code == 401
    assert members(answer)["error"] == "invalid_token"
    assert (await printer.trade(temporary, verifier)).status_code == 200


async def test_who_knows_only_the_token_cannot_destroy_the_credential(
    photos: Photos, printer: Signer
) -> None:
    """PARITY 6 Authlib 1.0 exchange: failed requests"""
    temporary = await printer.initiate()
    verifier = await printer.verifier(temporary)
    stranger = Signer(photos, secret="guessed")
    for _ in range(10):
        answer = await stranger.trade({"oauth_token": temporary["oauth_token"]}, "guessed")
        assert members(answer)["error"] == "invalid_signature"
    assert (await printer.trade(temporary, verifier)).status_code == 200


async def test_the_right_verifier_counts_after_four_wrong_ones(printer: Signer) -> None:
    """PARITY 6 Authlib 1.0 verifier: limit, not yet reached"""
    temporary = await printer.initiate()
    verifier = await printer.verifier(temporary)
    for number in range(4):
        assert (await printer.trade(temporary, f"wrong{number}")).status_code == 401
    assert (await printer.trade(temporary, verifier)).status_code == 200


async def test_five_wrong_verifiers_void_the_credential(printer: Signer) -> None:
    """THREATS 6

    PARITY 6 Authlib 1.0 verifier, unlimited tries
    """
    temporary = await printer.initiate("oob")
    page = await printer.approve(temporary)
    verifier = page.text.partition('id="oauth_verifier">')[2].partition("<")[0]
    for number in range(5):
        wrong = await printer.trade(temporary, f"wrong{number}")
        assert members(wrong)["error"] == "invalid_request"
        assert wrong.status_code == 401
    answer = await printer.trade(temporary, verifier)
    assert answer.status_code == 401
    assert members(answer)["error"] == "invalid_token"


async def test_guesses_at_once_are_counted_as_well(printer: Signer) -> None:
    """THREATS 6: a place is taken before the verifier is looked at"""
    temporary = await printer.initiate()
    verifier = await printer.verifier(temporary)
    guesses = (printer.trade(temporary, f"guess{number}") for number in range(20))
    answers = await asyncio.gather(*guesses)
    told = [members(answer)["oauth_problem"] for answer in answers]
    assert told.count("verifier_invalid") == 5
    assert (await printer.trade(temporary, verifier)).status_code == 401


async def test_a_token_that_cannot_be_kept_leaves_the_credential(
    photos: Photos, printer: Signer
) -> None:
    """S0 create_token_response: consumed on success only"""
    temporary = await printer.initiate()
    verifier = await printer.verifier(temporary)
    kind = type(photos.server)

    class Broken(kind):  # type: ignore[misc, valid-type]
        async def create_token_credential(self, request: OAuth1Request) -> Any:
            raise ConnectionError("the database is away")

    photos.server.__class__ = Broken
    with pytest.raises(ConnectionError):
        await printer.trade(temporary, verifier)
    photos.server.__class__ = kind
    assert (await printer.trade(temporary, verifier)).status_code == 200


async def test_the_token_endpoint_takes_post_only(printer: Signer) -> None:
    """S0 validate_token_request: RFC 5849 §2.3"""
    temporary = await printer.initiate()
    answer = await printer.trade(temporary, "any", method="GET")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_an_answer_can_be_had_in_three_parts(photos: Photos) -> None:
    """S0 create_temporary_credentials_response: (status, body, headers)"""
    error = photos.server.handle_error_response
    status, body, headers = as_tuple(error(NonceUsed("used before")))
    assert status == 401
    assert b"error=invalid_nonce" in body
    assert ("cache-control", "no-store") in headers
