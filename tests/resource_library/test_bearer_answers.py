"""RFC 6750 §3: what those hear who come with no token, a bad one, or two."""

from typing import Any

import pytest
from starlette.applications import Starlette

from consentry.resource import AccessToken, ResourceProtector
from consentry.spec.errors import TemporarilyUnavailable
from resource_library.api import Own, call, challenges, guarded_by


class Away:
    """A validator that cannot tell."""

    async def validate(self, token: str) -> AccessToken | None:
        raise TemporarilyUnavailable("the server of tokens is away", detail="refused")

    async def aclose(self) -> None:
        return


@pytest.fixture
def app() -> Starlette:
    protector = ResourceProtector(Own(good="photos.read"), realm="photos")
    return guarded_by(protector, "photos.read")


async def test_a_good_token_is_let_in(app: Starlette) -> None:
    answer = await call(app, "good")
    assert (answer.status_code, answer.json()["sub"]) == (200, "jane")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": ""}])
async def test_without_a_token_the_challenge_is_bare(
    app: Starlette, headers: dict[str, str]
) -> None:
    """PARITY 5.3 Bearer protector: no error code where no token was sent (RFC 6750 §3.1)."""
    answer = await call(app, headers=headers)
    assert answer.status_code == 401
    assert challenges(answer) == ['Bearer realm="photos"']
    assert answer.content == b""
    assert answer.headers["cache-control"] == "no-store"


async def test_a_token_nobody_knows_is_invalid(app: Starlette) -> None:
    """PARITY 5.3 Bearer protector"""
    answer = await call(app, "bad")
    assert answer.status_code == 401
    assert answer.json() == {
        "error": "invalid_token",
        "error_description": "the token is not valid here",
    }
    [challenge] = challenges(answer)
    assert challenge.startswith('Bearer realm="photos", error="invalid_token"')


async def test_too_little_scope_names_what_is_needed() -> None:
    """PARITY 5.3 Bearer protector: the header always, with `scope` (RFC 6750 §3.1)."""
    protector = ResourceProtector(Own(good="photos.read"))
    answer = await call(guarded_by(protector, ["photos.print photos.read", "admin"]), "good")
    assert answer.status_code == 403
    assert answer.json()["error"] == "insufficient_scope"
    [challenge] = challenges(answer)
    assert challenge.startswith('Bearer realm="api", error="insufficient_scope"')
    assert challenge.endswith('scope="photos.print photos.read"')


@pytest.mark.parametrize("sent", ["Bearer", "Bearer ", "Bearer a b", "bearer é", 'Bearer "good"'])
async def test_malformed_credentials_are_an_invalid_request(app: Starlette, sent: str) -> None:
    """RFC 6750 §3.1"""
    answer = await call(app, headers={"Authorization": sent.encode()})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert 'error="invalid_request"' in challenges(answer)[0]


async def test_two_headers_are_refused(app: Starlette) -> None:
    async def twice(scope: Any, receive: Any, send: Any) -> None:
        scope["headers"].append((b"authorization", b"Bearer good"))
        await app(scope, receive, send)

    answer = await call(twice, "good")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_form_may_carry_the_token_and_still_reaches_the_app(app: Starlette) -> None:
    """RFC 6750 §2.2"""
    form = {"access_token": "good", "photo": ["1", "2"]}
    answer = await call(app, method="POST", data=form)
    assert answer.status_code == 200
    assert answer.json()["body"] == "access_token=good&photo=1&photo=2"


@pytest.mark.parametrize(
    ("token", "form"),
    [("good", {"access_token": "good"}), (None, {"access_token": ["good", "good"]})],
)
async def test_a_token_sent_twice_is_refused(
    app: Starlette, token: str | None, form: dict[str, Any]
) -> None:
    """RFC 6750 §2"""
    answer = await call(app, token, method="POST", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_token_in_the_query_is_none(app: Starlette) -> None:
    """RFC 9700 §4.3.2"""
    answer = await call(app, path="/?access_token=good")
    assert answer.status_code == 401
    assert "error" not in challenges(answer)[0]


@pytest.mark.parametrize(
    "request_of",
    [
        {"method": "GET", "data": {"access_token": "good"}},
        {"method": "POST", "json": {"access_token": "good"}},
        {"method": "POST", "data": {"x": "y" * 1_100_000, "access_token": "good"}},
    ],
    ids=["of a GET", "that is no form", "that is too large"],
)
async def test_no_token_is_looked_for_in_a_body(app: Starlette, request_of: dict[str, Any]) -> None:
    """RFC 6750 §2.2"""
    assert (await call(app, **request_of)).status_code == 401


async def test_a_header_is_enough_beside_a_form_of_unknown_size(app: Starlette) -> None:
    async def pieces() -> Any:
        yield b"photo=1"

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await call(app, "good", method="POST", content=pieces(), headers=headers)
    assert answer.json()["body"] == "photo=1"


async def test_who_cannot_tell_lets_nobody_in() -> None:
    answer = await call(guarded_by(ResourceProtector(Away()), optional=True), "good")
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "5"
    assert challenges(answer) == []


async def test_validators_are_asked_in_turn() -> None:
    protector = ResourceProtector(Own(first="a"))
    app = guarded_by(protector, ["a", "b"])
    assert (await call(app, "second")).status_code == 401
    protector.register_token_validator(Own(second="b"))
    assert (await call(app, "second")).status_code == 200
    assert (await call(app, "first")).status_code == 200
    await protector.aclose()
    assert (await call(app, "first")).status_code == 401
