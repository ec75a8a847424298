"""Models of an app: mixins, classes that find and save, and people."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from compat.oauth1.photos import Client, Photos, Signer, Token
from consentry.compat.oauth1 import (
    BaseServer,
    CacheAuthorizationServer,
    ClientMixin,
    TemporaryCredential,
    TemporaryCredentialMixin,
    TokenCredentialMixin,
    subject_id,
)

MIXINS = {
    ClientMixin: ["get_default_redirect_uri", "get_client_secret", "get_rsa_public_key"],
    TokenCredentialMixin: ["get_oauth_token", "get_oauth_token_secret"],
    TemporaryCredentialMixin: [
        "get_oauth_token",
        "get_oauth_token_secret",
        "get_client_id",
        "get_redirect_uri",
    ],
}


@pytest.mark.parametrize("mixin", MIXINS, ids=lambda mixin: mixin.__name__)
def test_a_mixin_names_what_a_model_forgot(mixin: type[object]) -> None:
    """S1 ClientMixin

    S1 TokenCredentialMixin

    S1 TemporaryCredentialMixin

    PARITY 2.1
    """
    for name in MIXINS[mixin]:
        with pytest.raises(NotImplementedError, match=name):
            getattr(mixin(), name)()
    with pytest.raises(NotImplementedError, match="check_verifier"):
        TemporaryCredentialMixin().check_verifier("any")


def test_a_temporary_credential_is_a_dictionary() -> None:
    """S1 TemporaryCredential (dict): its keys and get_user_id"""
    made = TemporaryCredential(
        client_id="printer",
        user_id=7,
        oauth_callback="oob",
        oauth_verifier="hfdp7dh39dks9884",
        oauth_token="t",
        oauth_token_secret="s",
    )
    assert (made.get_client_id(), made.get_user_id(), made.get_redirect_uri()) == (
        "printer",
        7,
        "oob",
    )
    assert (made.get_oauth_token(), made.get_oauth_token_secret()) == ("t", "s")
    assert made.check_verifier("hfdp7dh39dks9884")
    assert not made.check_verifier("h\xe9")


@pytest.mark.parametrize("asked", ["", "None", "any"])
def test_before_an_approval_no_verifier_fits(asked: str) -> None:
    """PARITY 6 Authlib 1.0 verifier: nothing compares equal to nothing"""
    assert not TemporaryCredential().check_verifier(asked)
    assert not TemporaryCredential(oauth_verifier="").check_verifier(asked)


@dataclass
class ByMethod:
    def get_user_id(self) -> int:
        return 1


@dataclass
class ByKey:
    pk: int = 2
    id: int = 9


@dataclass
class BySubject:
    subject_id: str = "three"
    id: int = 9


@dataclass
class ByObject:
    id: object = field(default=4.5)


@pytest.mark.parametrize(
    ("user", "found"),
    [
        (ByMethod(), 1),
        (ByKey(), 2),
        (BySubject(), "three"),
        (ByObject(), "4.5"),
        ("5", "5"),
        (6, 6),
    ],
)
def test_a_person_is_known_by_any_of_the_known_names(user: Any, found: Any) -> None:
    """S1 All methods of 1.1: one accessor subject_id"""
    assert subject_id(user) == found


def test_an_object_without_id_is_no_person() -> None:
    """S1 subject_id: refused"""
    with pytest.raises(TypeError, match="object has no subject_id"):
        subject_id(object())


class DoesNotExist(Exception):
    """As an object-relational mapper has it."""


class Manager:
    """Finds rows as Django's managers do."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows

    def get(self, **fields: Any) -> Any:
        for row in self.rows:
            if all(getattr(row, name) == value for name, value in fields.items()):
                return row
        raise DoesNotExist


class ManagedClient(Client):
    """A model with a manager."""

    DoesNotExist = DoesNotExist
    objects: ClassVar[Manager]


class SavedToken(Token):
    """A model that saves itself."""

    rows: ClassVar[list[Any]]

    async def save(self) -> None:
        self.rows.append(self)


class AsyncToken(SavedToken):
    """A model with the asynchronous name, too."""

    async def asave(self) -> None:
        self.rows.append(self)

    async def save(self) -> None:
        raise AssertionError("asave is there")


@pytest.mark.parametrize("token_model", [SavedToken, AsyncToken])
async def test_model_classes_are_enough(token_model: type[SavedToken]) -> None:
    """S0 CacheAuthorizationServer(client_model, token_model)

    S0 create_token_credential
    """
    ManagedClient.objects = Manager([ManagedClient("printer")])
    token_model.rows = []
    photos = Photos()
    photos.server = CacheAuthorizationServer(ManagedClient, token_model, clock=photos.clock)
    bought = await Signer(photos).bought()
    (row,) = token_model.rows
    assert (row.oauth_token, row.client_id, row.user_id) == (bought["oauth_token"], "printer", 7)
    unknown = await Signer(photos, "nobody").send("/initiate", callback_uri="oob")
    assert unknown.status_code == 401


class AsyncManager(Manager):
    """A manager with the asynchronous name, too."""

    async def aget(self, **fields: Any) -> Any:
        return super().get(**fields)

    def get(self, **fields: Any) -> Any:
        raise AssertionError("aget is there")


async def test_a_manager_is_asked_by_its_asynchronous_name_where_it_has_one() -> None:
    """S0 get_client_by_id"""
    ManagedClient.objects = AsyncManager([ManagedClient("printer")])
    server = CacheAuthorizationServer(ManagedClient, lambda fields: fields)
    assert (await server.get_client_by_id("printer")).client_id == "printer"
    assert await server.get_client_by_id("nobody") is None


@pytest.mark.parametrize("models", [(object, print), (print, object), (None, print), (print, 7)])
def test_what_is_no_model_is_refused_at_once(models: tuple[Any, Any]) -> None:
    """S0 Constructor: checked at registration"""
    with pytest.raises(TypeError):
        CacheAuthorizationServer(*models)


async def test_a_server_of_ones_own_says_what_it_lacks() -> None:
    """S0 methods to override: named by what raises"""
    photos = Photos()
    photos.server = BaseServer(photos.clients.get, photos.save, clock=photos.clock)  # type: ignore[assignment]
    with pytest.raises(NotImplementedError, match="create_temporary_credential"):
        await Signer(photos).initiate()
