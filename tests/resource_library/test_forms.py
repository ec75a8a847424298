"""The forms a protector comes in, at Starlette's and at FastAPI's front door."""

import asyncio
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Form
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from consentry.resource import (
    AccessToken,
    ProtectMiddleware,
    Refused,
    ResourceProtector,
    current_credential,
    current_token,
)
from resource_library.api import Own, call, challenges, guarded_by
from support.patience import NEVER_S

require_oauth = ResourceProtector(Own(good="photos.read", bare=""))


def starlette_app() -> Starlette:
    @require_oauth
    async def plain(request: Request) -> Response:
        return PlainTextResponse(request.state.oauth.sub)

    @require_oauth("photos.read")
    def in_a_thread(request: Request) -> Response:
        return PlainTextResponse(current_token.sub)

    class Page(HTTPEndpoint):
        @require_oauth("photos.read")
        async def get(self, request: Request) -> Response:
            return PlainTextResponse(current_token.sub)

    async def inside(request: Request) -> Response:
        token = await require_oauth.acquire_token(request, "photos.read")
        return PlainTextResponse(f"{token.sub}{token == current_token}")

    return Starlette(
        routes=[
            Route("/plain", plain),
            Route("/thread", in_a_thread),
            Route("/page", Page),
            Mount("/deep", routes=[Route("/inside", inside)]),
        ]
    )


def fastapi_app() -> FastAPI:
    app = FastAPI()

    @app.get("/dependency")
    async def dependency(
        token: Annotated[AccessToken, Depends(require_oauth.dependency("photos.read"))],
    ) -> Any:
        return token.sub

    @app.get("/dependency-in-a-thread", dependencies=[Depends(require_oauth.dependency())])
    def in_a_thread() -> Any:
        return current_token.sub

    @app.get("/decorator/{number}")
    @require_oauth("photos.read")
    async def decorated(number: int) -> Any:
        return f"{current_token.sub}{number}"

    @app.get("/decorator-with-request")
    @require_oauth
    def with_request(request: Request, number: int = 7) -> Any:
        return f"{request.state.oauth.sub}{number}"

    return app


@pytest.mark.parametrize("path", ["/plain", "/thread", "/page", "/deep/inside"])
async def test_starlette_endpoints_are_guarded(path: str) -> None:
    """PARITY 5.3 Bearer protector: decorator, with and without parentheses, and by hand."""
    app = starlette_app()
    assert (await call(app, "good", path)).text.startswith("jane")
    refused = await call(app, "bad", path)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert challenges(refused) and challenges(await call(app, None, path))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/dependency", "jane"),
        ("/dependency-in-a-thread", "jane"),
        ("/decorator/3", "jane3"),
        ("/decorator-with-request", "jane7"),
    ],
)
async def test_fastapi_routes_are_guarded(path: str, expected: str) -> None:
    """PARITY 5.3 Bearer protector: decorator and dependency."""
    app = fastapi_app()
    assert (await call(app, "good", path)).json() == expected
    refused = await call(app, "bad", path)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert refused.headers["cache-control"] == "no-store"
    assert challenges(refused) and challenges(await call(app, None, path))


async def test_a_decorated_route_is_described_as_it_was_written() -> None:
    schema = fastapi_app().openapi()
    parameters = schema["paths"]["/decorator/{number}"]["get"]["parameters"]
    assert [one["name"] for one in parameters] == ["number"]


@pytest.mark.parametrize("path", ["/dependency", "/decorator/3"])
async def test_too_little_scope_is_403_in_every_form(path: str) -> None:
    refused = await call(fastapi_app(), "bare", path)
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    assert 'scope="photos.read"' in challenges(refused)[0]


async def test_an_app_may_answer_refusals_its_own_way() -> None:
    app = fastapi_app()

    async def problem(request: Request, refused: Exception) -> Response:
        assert isinstance(refused, Refused) and refused.error is not None
        return JSONResponse({"title": refused.error.code}, refused.status_code, refused.headers)

    app.add_exception_handler(Refused, problem)
    refused = await call(app, "bad", "/dependency")
    assert refused.json() == {"title": "invalid_token"}
    assert challenges(refused)


async def test_without_a_handler_a_refusal_is_an_http_exception() -> None:
    """Status and challenge are right wherever HTTPException is understood."""
    app = starlette_app()
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []})
    with pytest.raises(HTTPException) as refused:
        await require_oauth.acquire_token(request)
    assert refused.value.status_code == 401
    assert (refused.value.headers or {})["WWW-Authenticate"] == 'Bearer realm="api"'
    assert app.exception_handlers == {}


async def test_optional_lets_in_who_sends_nothing_and_nobody_else() -> None:
    """PARITY 5.3 Bearer protector: `optional=True`."""
    app = guarded_by(require_oauth, "photos.read", optional=True)
    assert (await call(app)).json()["sub"] is None
    assert (await call(app, "good")).json()["sub"] == "jane"
    assert (await call(app, "bad")).status_code == 401
    assert (await call(app, "bare")).status_code == 403
    assert (await call(app, headers={"Authorization": "Basic YTpi"})).status_code == 401


async def test_an_optional_dependency_gives_none() -> None:
    app = FastAPI()

    @app.get("/")
    async def home(token: Annotated[Any, Depends(require_oauth.dependency(optional=True))]) -> Any:
        return [token is None, bool(current_token)]

    assert (await call(app)).json() == [True, False]
    assert (await call(app, "good")).json() == [False, True]


async def test_outside_a_protected_route_nobody_is_current() -> None:
    """S1 current_credential, PARITY 5.3 Bearer protector: raises instead of giving None."""

    async def open_route(request: Request) -> Response:
        with pytest.raises(RuntimeError, match="current_token is known inside a protected route"):
            _ = current_token.sub
        return PlainTextResponse("nobody")

    app = starlette_app()
    app.router.routes.append(Route("/open", open_route))
    assert (await call(app, "good", "/plain")).status_code == 200
    assert (await call(app, "good", "/open")).text == "nobody"
    for seen in (bool, hash, lambda one: one["sub"], lambda one: one == "jane"):
        with pytest.raises(RuntimeError):
            seen(current_token)
    assert repr(current_token) == "<current_token outside a protected route>"
    assert not hasattr(current_token, "__wrapped__")


async def test_a_bearer_route_has_no_current_credential() -> None:
    """S1 current_credential"""

    @require_oauth
    async def home(request: Request) -> Response:
        assert current_token == request.state.oauth and hash(current_token)
        assert repr(current_token) == repr(request.state.oauth)
        with pytest.raises(RuntimeError, match="current_credential"):
            bool(current_credential)
        return PlainTextResponse(current_token["sub"] + current_token.get("aud", "."))

    answer = await call(Starlette(routes=[Route("/", home)]), "good")
    assert answer.text == "jane."


async def test_the_request_may_have_any_name_and_no_type() -> None:
    @require_oauth
    async def home(asked):  # type: ignore[no-untyped-def]
        return PlainTextResponse(asked.state.oauth.sub)

    assert (await call(Starlette(routes=[Route("/", home)]), "good")).text == "jane"


class FormTaken(Request):
    """A request whose form was read and whose body is gone, as FastAPI leaves it."""

    async def body(self) -> bytes:
        raise RuntimeError("Stream consumed")

    def form(self, **_: Any) -> Any:
        async def taken() -> FormData:
            return FormData([("access_token", "good"), ("name", "caf\u00e9 &"), ("name", "")])

        return taken()


async def test_a_form_that_was_read_before_is_not_lost() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        token = await require_oauth.acquire_token(FormTaken(scope, receive))
        await PlainTextResponse(token.text)(scope, receive, send)

    answer = await call(app, method="POST", data={"access_token": "good", "name": ["x", ""]})
    assert answer.text == "good"


async def test_a_fastapi_route_with_a_form_may_be_guarded() -> None:
    pytest.importorskip("python_multipart")
    app = FastAPI()

    @app.post("/")
    @require_oauth("photos.read")
    async def home(name: Annotated[str, Form()]) -> Any:
        return name

    assert (await call(app, "good", method="POST", data={"name": "x"})).json() == "x"
    form = {"name": "x", "access_token": "good"}
    assert (await call(app, method="POST", data=form)).json() == "x"
    assert (await call(app, "good", method="POST", data=form)).status_code == 400


async def test_each_request_sees_its_own_token() -> None:
    both = asyncio.Barrier(2)
    protector = ResourceProtector(Own(one="first", two="second"))

    @protector
    async def home(request: Request) -> Response:
        await both.wait()
        return PlainTextResponse(str(current_token.scope))

    app = Starlette(routes=[Route("/", home)])
    async with asyncio.timeout(NEVER_S):
        answers = await asyncio.gather(call(app, "one"), call(app, "two"))
    assert [answer.text for answer in answers] == ["first", "second"]


async def test_a_token_is_not_shown_by_what_is_printed() -> None:
    token = await Own(good="a").validate("good")
    assert "good" not in repr(token)


async def test_an_endpoint_that_is_never_given_a_request_says_so() -> None:
    @require_oauth
    async def home(*, number: int) -> None:
        raise AssertionError(number)

    with pytest.raises(RuntimeError, match="must be given the request"):
        await home(number=1)


def protected_whole(app: Any, **options: Any) -> ProtectMiddleware:
    return ProtectMiddleware(app, require_oauth, "photos.read", **options)


def echo() -> Starlette:
    async def home(request: Request) -> Response:
        body = (await request.body()).decode()
        return PlainTextResponse(f"{current_token.sub} {request.state.oauth.scope} {body}")

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok")

    methods = ["GET", "POST"]
    routes = [Route("/", home, methods=methods), Route("/healthz", health)]
    return Starlette(routes=routes)


async def test_middleware_guards_a_whole_app() -> None:
    """PARITY 5.3 Bearer protector: middleware."""
    app = protected_whole(echo(), public_paths=["/healthz"])
    assert (await call(app, "good")).text == "jane photos.read "
    for path in ("/", "/nowhere", "/healthz/", "//healthz", "/HEALTHZ"):
        refused = await call(app, None, path)
        assert (refused.status_code, challenges(refused)) == (401, ['Bearer realm="api"'])
    assert (await call(app, "bare")).status_code == 403
    assert (await call(app, None, "/healthz")).text == "ok"


async def test_middleware_hands_on_the_body_it_read() -> None:
    form = {"access_token": "good", "photo": "1"}
    answer = await call(protected_whole(echo()), method="POST", data=form)
    assert answer.text == "jane photos.read access_token=good&photo=1"
    answer = await call(protected_whole(echo()), "good", method="POST", content=b"raw")
    assert answer.text.endswith("raw")


async def test_middleware_is_added_as_any_other() -> None:
    app = echo()
    app.add_middleware(ProtectMiddleware, protector=require_oauth, scopes="photos.read")
    assert (await call(app, "good")).status_code == 200
    assert (await call(app)).status_code == 401


async def test_middleware_lets_the_apps_life_begin_and_end() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    await protected_whole(app)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]


async def test_who_leaves_before_the_body_came_gets_no_answer() -> None:
    async def gone() -> Any:
        return {"type": "http.disconnect"}

    form = b"application/x-www-form-urlencoded"
    headers = [(b"content-type", form), (b"content-length", b"9")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    await protected_whole(echo())(scope, gone, None)  # type: ignore[arg-type]


async def test_inside_the_middleware_a_route_may_ask_for_more() -> None:
    protector = ResourceProtector(Own(good="photos.read"))

    @protector("photos.print")
    async def printed(request: Request) -> Response:
        raise AssertionError("let in")

    app = ProtectMiddleware(Starlette(routes=[Route("/", printed)]), protector, "photos.read")
    assert (await call(app, "good")).status_code == 403
