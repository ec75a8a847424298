"""Settings under old and new names."""

from typing import Any

import pytest

from compat.oauth1.photos import Photos, Signer
from consentry.compat.oauth1 import AuthorizationServer, Settings
from consentry.compat.oauth1.settings import random_text


def twenty_two() -> str:
    """A generator an import path can name."""
    return "x" * 22


def test_the_defaults_are_the_known_ones_but_for_ten_minutes() -> None:
    """S0 settings dictionary: nonce_expires_in, signature_methods, temporary_credential_*"""
    found = Settings.of({})
    assert found.nonce_expires_in == 86_400
    assert found.temporary_credential_key_prefix == "temporary_credential:"
    assert found.temporary_credential_expires_in == 600
    assert found.signature_methods is None
    assert AuthorizationServer.SUPPORTED_SIGNATURE_METHODS == ("HMAC-SHA1",)
    assert AuthorizationServer.EXPIRY_TIME == 300


def test_old_names_are_read_out_of_an_apps_whole_configuration() -> None:
    """S1 settings: OAUTH1_SUPPORTED_SIGNATURE_METHODS, OAUTH1_TOKEN_*"""
    found = Settings.of(
        {
            "SECRET_KEY": "not ours",
            "OAUTH1_SUPPORTED_SIGNATURE_METHODS": ["HMAC-SHA1", "RSA-SHA1"],
            "OAUTH1_TOKEN_GENERATOR": f"{__name__}.twenty_two",
            "OAUTH1_TOKEN_SECRET_GENERATOR": f"{__name__}:twenty_two",
            "OAUTH1_TOKEN_LENGTH": 30,
            "OAUTH1_TOKEN_SECRET_LENGTH": 40,
            "OAUTH1_REALM": "Photos",
        }
    )
    assert found.signature_methods == ("HMAC-SHA1", "RSA-SHA1")
    assert found.new_token() == {"oauth_token": "x" * 22, "oauth_token_secret": "x" * 22}
    assert (found.token_length, found.token_secret_length, found.realm) == (30, 40, "Photos")


def test_lengths_are_those_asked_for() -> None:
    """S1 settings: OAUTH1_TOKEN_LENGTH, OAUTH1_TOKEN_SECRET_LENGTH"""
    made = Settings.of({"OAUTH1_TOKEN_LENGTH": 30, "OAUTH1_TOKEN_SECRET_LENGTH": 40}).new_token()
    assert (len(made["oauth_token"]), len(made["oauth_token_secret"])) == (30, 40)


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"OAUTH1_TOKEN_LENGHT": 30}, "token_lenght"),
        ({"AUTHLIB_OAUTH1_PROVIDER": {"nonces": 1}}, "nonces"),
        ({"OAUTH1_SUPPORTED_SIGNATURE_METHODS": "HMAC-SHA1"}, "a list of names"),
        ({"OAUTH1_TOKEN_LENGTH": 21}, "22 characters"),
        ({"OAUTH1_VERIFIER_ATTEMPTS": 0}, "positive"),
        ({"OAUTH1_PUBLIC_URL": "https://photos.example.net/path"}, "scheme and host alone"),
    ],
)
def test_a_setting_nobody_knows_or_nobody_should_use_is_refused(
    config: dict[str, Any], error: str
) -> None:
    """S1 settings: unknown and unsafe ones"""
    with pytest.raises(ValueError, match=error):
        Settings.of(config)


@pytest.mark.parametrize("path", ["nodots", "consentry.compat.oauth1.nothing", "no.such.module"])
def test_an_import_path_that_leads_nowhere_is_refused(path: str) -> None:
    """S1 OAUTH1_TOKEN_GENERATOR: import path"""
    with pytest.raises(ImportError):
        Settings.of({"OAUTH1_TOKEN_GENERATOR": path})


def test_settings_are_found_in_the_state_of_the_app() -> None:
    """S1 init_app: lazy"""
    photos = Photos()
    photos.app.state.config = {"OAUTH1_TOKEN_LENGTH": 36}
    server = AuthorizationServer()
    server.init_app(photos.app)
    assert len(server.settings.new_token()["oauth_token"]) == 36


@pytest.mark.parametrize("kind", ["hooks", "cache"])
async def test_the_number_of_attempts_is_a_setting(kind: str) -> None:
    """THREATS 6

    S0 settings, verifier_attempts
    """
    photos = Photos(kind=kind, settings={"verifier_attempts": 1})
    signer = Signer(photos)
    temporary = await signer.initiate()
    verifier = await signer.verifier(temporary)
    assert (await signer.trade(temporary, "wrong")).status_code == 401
    assert (await signer.trade(temporary, verifier)).status_code == 401


def test_random_text_has_letters_and_digits() -> None:
    """S0 Constructor: letters and digits"""
    assert random_text(200).isalnum()
    assert random_text(20) != random_text(20)
