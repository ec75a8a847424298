"""What a token of one's own answers (PARITY section 5.2)."""

import pytest

from compat.oauth2.shop import Shop
from compat.oauth2.tables import CLOCK, NOW, Client, Token, User
from consentry.compat.oauth2 import BearerTokenGenerator, token_columns


def token(**columns: object) -> Token:
    CLOCK.now = NOW
    return Token(client_id="app", user_id="jane", issued_at=NOW, scope="profile", **columns)


async def test_a_token_of_any_length_fits_and_none_is_stored(shop: Shop) -> None:
    """S4 Columns (token): JWTs past 255 characters; access and refresh apart; a family id"""
    long = "j" * 4000
    shop.server.register_token_generator(
        "default",
        lambda **_: {"token_type": "Bearer", "access_token": long, "refresh_token": "r" * 300},
    )
    await shop.tokens()
    (row,) = shop.tables.tokens
    assert await shop.me(long) == 200
    assert len(row.access_token_digest) == 64
    assert row.refresh_token_digest is not None and len(row.refresh_token_digest) == 64
    assert row.family_id is not None
    assert long not in repr(row.__dict__)


def test_a_token_answers_to_the_older_names() -> None:
    """S4 Methods in the reference"""
    made = token(expires_in=100)
    assert made.get_client_id() == "app"
    assert made.get_scope() == "profile"
    assert made.get_expires_in() == 100
    assert made.get_expires_at() == NOW + 100


def test_a_token_answers_to_the_newer_names() -> None:
    """S4 TokenMixin"""
    made = token(expires_in=100)
    assert made.check_client(Client("app"))
    assert not made.check_client(Client("native"))
    assert made.get_user() == "jane"
    assert made.get_client() == "app"
    assert not made.is_expired()
    assert not made.is_revoked()
    CLOCK.now = NOW + 100
    assert made.is_expired()
    made.access_token_revoked_at = NOW
    assert made.is_revoked()


def test_no_lifetime_means_policy_and_zero_is_refused() -> None:
    """S4 TokenMixin: neither "for ever" nor "at once" """
    assert token(expires_in=None).get_expires_in() == 3600
    zero = token(expires_in=0)
    assert zero.is_expired()
    for ask in (zero.get_expires_in, zero.get_expires_at):
        with pytest.raises(ValueError, match="above zero"):
            ask()


@pytest.mark.parametrize("lifetime", [0, -1, True, "3600"])
async def test_nothing_is_issued_for_no_time(lifetime: int) -> None:
    """S4 TokenMixin: a generator refuses zero too"""
    generate = BearerTokenGenerator(lambda **_: "t", expires_generator=lifetime)
    with pytest.raises(ValueError, match="above zero"):
        await generate("client_credentials", Client("app"))


async def test_a_stored_token_has_its_concept_fields(shop: Shop) -> None:
    """S4 Concept fields"""
    answered = await shop.tokens(scope="email profile")
    (row,) = shop.tables.tokens
    assert set(answered) == {"access_token", "refresh_token", "token_type", "scope", "expires_in"}
    assert (row.client_id, row.user_id, row.scope) == ("app", "jane", "email profile")
    assert row.get_expires_at() == NOW + answered["expires_in"]


async def test_columns_of_a_token_without_a_person_or_refresh_token(shop: Shop) -> None:
    """S4 Concept fields: the refresh token is optional"""

    class Asked:
        user: User | None = None
        scope = None
        family_id = None

        def proven_client(self) -> Client:
            return Client("app")

    kept = token_columns({"token_type": "Bearer", "access_token": "t"}, Asked(), NOW)  # type: ignore[arg-type]
    assert kept["user_id"] is kept["refresh_token_digest"] is kept["expires_in"] is None


@pytest.mark.parametrize(("given", "expires_in"), [(None, 3600), (90, 90)])
async def test_a_generator_of_ones_own_has_a_lifetime(given: int | None, expires_in: int) -> None:
    """S4 lifetimes: a number serves all grants"""
    generate = BearerTokenGenerator(lambda **_: "t", expires_generator=given)
    made = await generate.generate("client_credentials", Client("app"))
    assert made == {"token_type": "Bearer", "access_token": "t", "expires_in": expires_in}
    brief = await generate("client_credentials", Client("app"), expires_in=5)
    assert brief["expires_in"] == 5
