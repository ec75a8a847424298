"""The outermost layer, called as a server calls it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import pytest

from consentry import metrics
from consentry.telemetry import configure_logging, log_context
from consentry.web.guard import Guard

Headers = dict[str, str]
Endpoint = Callable[[Any, Any, Any], Awaitable[None]]


class Answered:
    """What came back."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        start = messages[0]
        self.status: int = start["status"]
        self.pairs = [(name.decode(), value.decode()) for name, value in start["headers"]]
        self.headers = dict(self.pairs)
        self.body = b"".join(message.get("body", b"") for message in messages[1:])

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Sends what it is told to and records what comes back."""

    def __init__(self, parts: list[bytes], *, stalls: bool = False, leaves: bool = False) -> None:
        self.parts = parts or [b""]
        self.stalls = stalls
        self.leaves = leaves
        self.asked = 0
        self.waits = asyncio.Event()
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        if not self.parts:
            if self.stalls:
                self.waits.set()
                await asyncio.get_running_loop().create_future()
            return {"type": "http.disconnect"}
        body = self.parts.pop(0)
        more = bool(self.parts) or self.stalls or self.leaves
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(dict(message))


async def echo(scope: Any, receive: Any, send: Any) -> None:
    message = await receive()
    assert message["more_body"] is False
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": message["body"]})


def answering(*headers: tuple[bytes, bytes]) -> Endpoint:
    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        await send({"type": "http.response.body", "body": b""})

    return endpoint


def scope_of(method: str, path: str, headers: Headers | None) -> dict[str, Any]:
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return {"type": "http", "method": method, "path": path, "headers": raw}


async def ask(
    endpoint: Endpoint,
    *,
    path: str = "/x",
    headers: Headers | None = None,
    client: Client | None = None,
    **options: Any,
) -> Answered:
    guard = Guard(endpoint, **{"https": True, "access_log": False, **options})
    client = client or Client([])
    await guard(scope_of("POST", path, headers), client.receive, client.send)
    return Answered(client.sent)


def sending(*parts: bytes, chunked: bool = False) -> dict[str, Any]:
    framing = {"Content-Length": str(sum(map(len, parts)))}
    return {
        "client": Client(list(parts)),
        "headers": {"Transfer-Encoding": "chunked"} if chunked else framing,
    }


async def test_every_answer_has_the_security_headers() -> None:
    headers = (await ask(echo)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "camera=()" in headers["permissions-policy"]


async def test_without_https_nothing_is_said_about_it() -> None:
    """RFC 6797 §7.2"""
    assert "strict-transport-security" not in (await ask(echo, https=False)).headers


@pytest.mark.parametrize("name", ["cache-control", "referrer-policy", "content-security-policy"])
async def test_what_an_answer_says_itself_is_left_as_it_is(name: str) -> None:
    answered = await ask(answering((name.encode(), b"its own")))
    assert [value for found, value in answered.pairs if found == name] == ["its own"]


async def test_only_windows_that_manage_things_lose_their_opener() -> None:
    for path in ("/admin", "/account/apps", "/developer"):
        headers = (await ask(echo, path=path)).headers
        assert headers["cross-origin-opener-policy"] == "same-origin"
    for path in ("/oauth2/authorize", "/login"):
        assert "cross-origin-opener-policy" not in (await ask(echo, path=path)).headers


async def test_a_message_sent_for_every_request_is_not_changed() -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]}

    async def constant(scope: Any, receive: Any, send: Any) -> None:
        await send(start)
        await send({"type": "http.response.body", "body": b""})

    first, second = await ask(constant), await ask(constant)
    assert len(first.pairs) == len(second.pairs)
    assert start["headers"] == [(b"a", b"b")]


async def test_each_request_gets_an_id_of_ours() -> None:
    first = await ask(echo, headers={"X-Request-Id": "chosen"})
    second = await ask(echo)
    ids = {first.headers["x-request-id"], second.headers["x-request-id"]}
    assert len(ids) == 2
    assert all(len(one) == 32 and int(one, 16) for one in ids)


async def test_the_id_is_known_to_the_endpoint_and_forgotten_after_it() -> None:
    seen: list[str] = []

    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        seen.extend([scope["consentry.request_id"], log_context.get()["request_id"]])
        await answering()(scope, receive, send)

    answered = await ask(endpoint)
    assert set(seen) == {answered.headers["x-request-id"]}
    assert log_context.get(None) is None


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_of_the_largest_size_is_read_whole(chunked: bool) -> None:
    parts = (b"a" * 60_000, b"b" * 5_536)
    answered = await ask(echo, **sending(*parts, chunked=chunked))
    assert answered.body == b"".join(parts)


async def test_a_body_announced_too_large_is_refused_unread() -> None:
    """RFC 9110 §15.5.14"""
    client = Client([b"a"])
    answered = await ask(echo, headers={"Content-Length": "65537"}, client=client)
    assert answered.status == 413
    assert answered.headers["connection"] == "close"
    assert client.asked == 0


@pytest.mark.parametrize("length", ["9" * 30, "9" * 5_000])
async def test_an_absurd_length_is_too_large(length: str) -> None:
    assert (await ask(echo, headers={"Content-Length": length})).status == 413


@pytest.mark.parametrize("length", ["", "-1", "1e3", "+5", "٣"])
async def test_a_length_that_is_no_number_is_malformed(length: str) -> None:
    assert (await ask(echo, headers={"Content-Length": length})).status == 400


async def test_a_body_that_grows_too_large_is_refused() -> None:
    client = Client([b"a" * 40_000, b"b" * 30_000, b"c"])
    answered = await ask(echo, headers={"Transfer-Encoding": "chunked"}, client=client)
    assert answered.status == 413
    assert client.asked == 2


async def test_a_body_that_does_not_arrive_in_time_is_refused() -> None:
    """RFC 9110 §15.5.9"""
    client = Client([b"a"], stalls=True)
    answered = await ask(echo, headers={"Content-Length": "2"}, client=client, body_timeout_s=0.02)
    assert answered.status == 408
    assert answered.headers["connection"] == "close"
    assert answered.json["error"] == "invalid_request"


async def test_the_endpoint_of_a_client_that_left_is_not_called() -> None:
    called = False

    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        nonlocal called
        called = True

    client = Client([b"a"], leaves=True)
    guard = Guard(endpoint, https=True, access_log=False)
    scope = scope_of("POST", "/x", {"Content-Length": "2"})
    await guard(scope, client.receive, client.send)
    assert not called
    assert client.sent == []


async def test_the_endpoint_still_hears_that_its_client_left() -> None:
    heard: list[str] = []

    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])
        await answering()(scope, receive, send)

    await ask(endpoint, **sending(b"abc"))
    assert heard == ["http.request", "http.disconnect"]


async def test_a_cancelled_request_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    client = Client([b"a"], stalls=True)
    guard = Guard(echo, https=True, access_log=False)
    scope = scope_of("POST", "/x", {"Content-Length": "2"})
    task = asyncio.create_task(guard(scope, client.receive, client.send))
    await client.waits.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert asyncio.all_tasks() == before
    assert client.sent == []


async def fails(scope: Any, receive: Any, send: Any) -> None:
    a_local_value = "hunter2"
    raise LookupError(f"a secret detail of {len(a_local_value)}")


async def test_an_exception_is_a_500_that_says_nothing_but_the_request() -> None:
    answered = await ask(fails)
    assert answered.status == 500
    assert answered.json["error"] == "server_error"
    assert answered.headers["x-request-id"] in answered.json["error_description"]
    assert b"secret detail" not in answered.body
    assert answered.headers["cache-control"] == "no-store"


async def test_who_prefers_html_gets_a_page() -> None:
    answered = await ask(fails, headers={"Accept": "text/html,application/json;q=0.9"})
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    assert b'role="alert"' in answered.body
    assert answered.headers["x-request-id"].encode() in answered.body


async def test_the_admin_api_gets_a_problem_document() -> None:
    """RFC 9457"""
    answered = await ask(fails, path="/api/v1/users", headers={"Accept": "text/html"})
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.json["status"] == 500
    assert answered.headers["x-request-id"] in answered.json["detail"]


async def test_an_answer_already_begun_is_not_followed_by_another() -> None:
    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LookupError

    client = Client([])
    guard = Guard(endpoint, https=True, access_log=False)
    await guard(scope_of("GET", "/x", None), client.receive, client.send)
    assert [message["type"] for message in client.sent] == ["http.response.start"]


async def test_an_application_that_answers_nothing_is_a_500() -> None:
    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        return

    assert (await ask(endpoint)).status == 500


async def test_a_request_is_counted_under_the_name_its_route_gave() -> None:
    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        scope["consentry.endpoint"] = "guard_test"
        await answering()(scope, receive, send)

    before = metrics.requests_total.labels("guard_test", "2xx")._value.get()
    await ask(endpoint)
    assert metrics.requests_total.labels("guard_test", "2xx")._value.get() == before + 1


@pytest.fixture
async def log(capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Callable[[], list[Any]]]:
    configure_logging("info")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


async def test_one_line_says_what_was_asked_without_the_query(
    log: Callable[[], list[Any]],
) -> None:
    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        scope["consentry.tenant_slug"] = "photos"
        await answering()(scope, receive, send)

    guard = Guard(endpoint, https=True, access_log=True)
    client = Client([])
    scope = {**scope_of("GET", "/oauth2/authorize", None), "query_string": b"state=xyz"}
    await guard(scope, client.receive, client.send)
    (line,) = log()
    assert line["event"] == "request"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/oauth2/authorize", 200)
    assert line["tenant"] == "photos"
    assert line["request_id"] == Answered(client.sent).headers["x-request-id"]
    assert line["ms"] >= 0
    assert "xyz" not in json.dumps(line)


async def test_the_line_can_be_switched_off(log: Callable[[], list[Any]]) -> None:
    await ask(echo)
    assert log() == []


async def test_an_exception_is_logged_with_its_traceback_but_no_locals(
    log: Callable[[], list[Any]],
) -> None:
    answered = await ask(fails)
    (line,) = log()
    assert line["level"] == "error"
    assert line["request_id"] == answered.headers["x-request-id"]
    assert "LookupError" in line["exception"]
    assert "hunter2" not in line["exception"].replace('a_local_value = "hunter2"', "")


async def test_a_websocket_is_refused() -> None:
    client = Client([])
    await Guard(echo, https=True, access_log=False)(
        {"type": "websocket", "path": "/", "headers": []}, client.receive, client.send
    )
    assert [message["type"] for message in client.sent] == ["websocket.close"]
