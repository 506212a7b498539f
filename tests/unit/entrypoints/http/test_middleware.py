"""The middleware, around applications of a few lines: request ids, the last resort for errors, the limit of bodies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable  # noqa: TC003 - FastAPI reads it at run time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from fastapi import FastAPI, Request
from fastapi.middleware import Middleware
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse

from entrypoints.container import Container
from entrypoints.http import error_handlers
from entrypoints.http.app import create_app
from entrypoints.http.middleware import MAX_BODY_BYTES, BodyLimit, ErrorBoundary, HeadAsGet, RequestContext
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from structlog.typing import EventDict, Processor

SECRET = "made-up-Passw0rd"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


async def ask(
    app: ASGIApp,
    path: str = "/",
    *,
    root_path: str = "",
    headers: Sequence[tuple[str, str]] = (),
    body: Sequence[bytes] = (b"",),
) -> Answer:
    """Send a request in as many pieces as `body` has."""
    sent: list[Message] = []
    pieces = iter([{"type": "http.request", "body": piece, "more_body": True} for piece in body[:-1]])

    async def receive() -> Message:
        return next(pieces, {"type": "http.request", "body": body[-1], "more_body": False})

    async def send(message: Message) -> None:
        sent.append(message)

    await app({**a_scope(path, headers), "root_path": root_path}, receive, send)
    start, *rest = sent
    return Answer(
        start["status"],
        {name.decode().lower(): value.decode() for name, value in start["headers"]},
        b"".join(message["body"] for message in rest),
    )


def a_scope(path: str = "/", headers: Sequence[tuple[str, str]] = ()) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
    }


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello", headers={"X-Own": "kept"})(scope, receive, send)


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError(SECRET)


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the middleware logs."""
    lines: list[dict[str, Any]] = []

    def keep(_logger: object, level: str, event: EventDict) -> EventDict:
        lines.append({"level": level, **event})
        raise structlog.DropEvent

    processors: list[Processor] = [structlog.contextvars.merge_contextvars, keep]
    monkeypatch.setattr("entrypoints.http.middleware._log", structlog.wrap_logger(None, processors=processors))
    return lines


@pytest.fixture(autouse=True)
def _no_context_is_left() -> Iterator[None]:
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


# --- Request context --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_id", ["a", "b7ad6b7169203331", "A-Z_a.z-09", "x" * 64])
async def test_a_sane_request_id_is_taken(log_lines: list[dict[str, Any]], request_id: str) -> None:
    answer = await ask(RequestContext(hello), headers=[("X-Request-ID", request_id)])
    assert answer.headers["x-request-id"] == request_id
    assert [line["request_id"] for line in log_lines] == [request_id]


@pytest.mark.parametrize(
    "request_id",
    ["", " ", "x" * 65, "a b", "a\r\nSet-Cookie: b=c", "a\n", "\0", "é", "a/b", '"', "a,b", "<script>", "a\x7f"],
)
async def test_any_other_is_replaced(log_lines: list[dict[str, Any]], request_id: str) -> None:
    answer = await ask(RequestContext(hello), headers=[("X-Request-ID", request_id)])
    made = answer.headers["x-request-id"]
    assert len(made) == 32
    assert made.isalnum()
    assert [line["request_id"] for line in log_lines] == [made]


async def test_requests_without_an_id_get_one_each(log_lines: list[dict[str, Any]]) -> None:
    answers = [await ask(RequestContext(hello)) for _ in range(3)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 3
    assert [line["request_id"] for line in log_lines] == ids


async def test_the_application_knows_the_id_and_so_does_whatever_it_logs(log_lines: list[dict[str, Any]]) -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)
        seen.append((Request(scope).state.request_id, structlog.contextvars.get_contextvars()["request_id"]))
        await hello(scope, receive, send)

    await asyncio.gather(*(ask(RequestContext(app), headers=[("X-Request-ID", f"r-{n}")]) for n in range(3)))
    assert sorted(seen) == [(f"r-{n}", f"r-{n}") for n in range(3)]


async def test_nothing_another_request_has_bound_is_logged(log_lines: list[dict[str, Any]]) -> None:
    structlog.contextvars.bind_contextvars(user_id=1)
    await ask(RequestContext(hello))
    assert "user_id" not in log_lines[0]


async def test_an_id_the_application_sets_does_not_make_two(log_lines: list[dict[str, Any]]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("", headers={"X-Request-ID": "another"})(scope, receive, send)

    answer = await ask(RequestContext(app), headers=[("X-Request-ID", "r-1")])
    assert answer.headers["x-request-id"] == "r-1"


async def test_the_applications_own_answer_is_left_as_it_is(log_lines: list[dict[str, Any]]) -> None:
    answer = await ask(RequestContext(hello))
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["x-own"] == "kept"


async def test_a_request_makes_one_line_that_says_how_it_went(log_lines: list[dict[str, Any]]) -> None:
    await ask(RequestContext(hello), f"/users/7?password={SECRET}")
    (line,) = log_lines
    assert line.pop("duration_ms") >= 0
    assert line.keys() == {"level", "event", "method", "route", "status", "request_id"}
    assert (line["event"], line["method"], line["status"], line["route"]) == ("request", "POST", 200, None)


async def test_the_line_names_the_route_and_not_the_path(log_lines: list[dict[str, Any]]) -> None:
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})

    @app.post("/things/{name}")
    async def thing(name: str) -> str:
        return name

    await ask(RequestContext(app), f"/things/{SECRET}")
    assert [line["route"] for line in log_lines] == ["/things/{name}"]
    assert SECRET not in str(log_lines)


async def test_a_request_that_breaks_off_is_logged_too(log_lines: list[dict[str, Any]]) -> None:
    with pytest.raises(RuntimeError):
        await ask(RequestContext(failing))
    assert [line["status"] for line in log_lines] == [0]


@pytest.mark.parametrize("path", ["/auth/me", "/users/7", "/admin/users"])
async def test_what_is_about_people_is_not_kept_in_caches(log_lines: list[dict[str, Any]], path: str) -> None:
    assert (await ask(RequestContext(hello), path)).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/auth/me", "/user/auth/me", "/users/7", "/user/users/7"])
async def test_nor_is_it_behind_a_gateways_prefix_whether_the_gateway_strips_it_or_not(
    log_lines: list[dict[str, Any]], path: str
) -> None:
    answer = await ask(RequestContext(hello), path, root_path="/user")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/health", "/docs", "/problems/forbidden", "/openapi.json"])
async def test_what_is_about_nobody_may_be(log_lines: list[dict[str, Any]], path: str) -> None:
    assert "cache-control" not in (await ask(RequestContext(hello), path)).headers


async def test_no_browser_guesses_what_an_answer_is(log_lines: list[dict[str, Any]]) -> None:
    assert (await ask(RequestContext(hello))).headers["x-content-type-options"] == "nosniff"


# --- Error boundary ---------------------------------------------------------------------------------------------------


async def test_an_exception_becomes_a_problem_with_nothing_of_it_inside(log_lines: list[dict[str, Any]]) -> None:
    answer = await ask(RequestContext(ErrorBoundary(failing)), "/auth/me", headers=[("X-Request-ID", "r-1")])
    assert answer.status == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.json["code"] == "internal_error"
    assert answer.json["request_id"] == "r-1"
    shown = answer.body.decode() + str(answer.headers)
    assert not [word for word in (SECRET, "RuntimeError", "Traceback", "failing", ".py") if word in shown]


async def test_an_exception_is_logged_once_with_the_id_that_the_answer_names(log_lines: list[dict[str, Any]]) -> None:
    answer = await ask(RequestContext(ErrorBoundary(failing)))
    failure, request = log_lines
    assert (failure["level"], failure["exc_info"]) == ("error", True)
    assert failure["request_id"] == request["request_id"] == answer.json["request_id"]
    assert request["status"] == 500


async def test_half_an_answer_does_not_become_a_whole_one(log_lines: list[dict[str, Any]]) -> None:
    sent: list[Message] = []

    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await failing(scope, receive, send)

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(RuntimeError, match=SECRET):
        await ErrorBoundary(half)(a_scope(), nothing_comes, send)
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert [line["event"] for line in log_lines] == ["unexpected error"]


async def nothing_comes() -> Message:
    pytest.fail("the body was read")


async def test_a_request_the_server_gives_up_when_it_stops_is_told_to_try_again(
    log_lines: list[dict[str, Any]],
) -> None:
    async def cancelled(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    answer = await ask(ErrorBoundary(cancelled))
    assert (answer.status, answer.json["code"]) == (503, "overloaded")
    assert log_lines == []


async def test_half_an_answer_is_not_made_to_look_whole_when_the_server_stops() -> None:
    async def cancelled(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await ask(ErrorBoundary(cancelled))


async def test_what_goes_well_passes_the_boundary_unchanged(log_lines: list[dict[str, Any]]) -> None:
    answer = await ask(ErrorBoundary(hello))
    assert (answer.status, answer.body) == (200, b"hello")
    assert log_lines == []


# --- Body limit -------------------------------------------------------------------------------------------------------


async def reading(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the size of the body."""
    size = 0
    more = True
    while more:
        message = await receive()
        size += len(message["body"])
        more = message["more_body"]
    await PlainTextResponse(str(size))(scope, receive, send)


async def never(scope: Scope, receive: Receive, send: Send) -> None:
    pytest.fail("the application was asked")


@pytest.mark.parametrize("declared", [str(MAX_BODY_BYTES + 1), "9" * 19, "9" * 40, "0" * 10 + "65537"])
async def test_a_body_that_says_it_is_too_large_is_refused_unread(declared: str) -> None:
    answer = await ask(BodyLimit(never), "/auth/login", headers=[("Content-Length", declared)])
    assert answer.status == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["code"] == "body_too_large"


async def test_a_body_of_just_the_limit_is_read() -> None:
    answer = await ask(
        BodyLimit(reading), headers=[("Content-Length", str(MAX_BODY_BYTES))], body=[b"x" * MAX_BODY_BYTES]
    )
    assert (answer.status, answer.body) == (200, str(MAX_BODY_BYTES).encode())


@pytest.mark.parametrize("declared", [None, "0", "-1", "1e9", "abc", "", "²", "0" * 30 + "99999"])
async def test_a_body_that_says_less_than_it_has_is_stopped_where_the_limit_is(declared: str | None) -> None:
    headers = [("Content-Length", declared)] if declared is not None else []
    with pytest.raises(HTTPException) as refusal:
        await ask(BodyLimit(reading), headers=headers, body=[b"x" * MAX_BODY_BYTES, b"x"])
    assert refusal.value.status_code == 413


async def test_no_more_than_the_limit_and_a_piece_is_taken_in() -> None:
    taken = 0

    async def endless() -> Message:
        nonlocal taken
        taken += 1024
        return {"type": "http.request", "body": b"x" * 1024, "more_body": True}

    with pytest.raises(HTTPException):
        await BodyLimit(reading)(a_scope(), endless, drop)
    assert taken == MAX_BODY_BYTES + 1024


async def drop(_message: Message) -> None:
    pass


async def test_bodies_in_pieces_up_to_the_limit_are_read() -> None:
    answer = await ask(BodyLimit(reading), body=[b"x" * 1024] * 64)
    assert answer.body == b"65536"


async def test_each_request_has_a_limit_of_its_own() -> None:
    app = BodyLimit(reading)
    for _ in range(3):
        assert (await ask(app, body=[b"x" * 60_000])).status == 200


class Thing(BaseModel):
    name: str


@pytest.fixture
def small_api() -> FastAPI:
    """An application of the framework's, with our middleware and handlers."""
    app = FastAPI(
        middleware=[Middleware(RequestContext), Middleware(ErrorBoundary), Middleware(BodyLimit)],
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    error_handlers.install(app)

    @app.post("/json")
    async def take_json(thing: Thing) -> int:
        return len(thing.name)

    @app.post("/stream")
    async def take_stream(request: Request) -> int:
        stream: AsyncIterable[bytes] = request.stream()
        return sum([len(piece) async for piece in stream])

    return app


@pytest.mark.parametrize("path", ["/json", "/stream"])
async def test_a_body_that_streams_beyond_the_limit_is_answered_with_413(
    log_lines: list[dict[str, Any]], small_api: FastAPI, path: str
) -> None:
    body = [b'{"name": "', *[b"x" * 8192] * 9, b'"}']
    answer = await ask(small_api, path, headers=[("Content-Type", "application/json")], body=body)
    assert answer.status == 413
    assert answer.json["code"] == "body_too_large"
    assert [line["status"] for line in log_lines] == [413]


async def test_a_body_that_streams_within_the_limit_is_answered_as_usual(
    log_lines: list[dict[str, Any]], small_api: FastAPI
) -> None:
    body = [b'{"name": "', *[b"x" * 8192] * 7, b'"}']
    answer = await ask(small_api, "/json", headers=[("Content-Type", "application/json")], body=body)
    assert (answer.status, answer.body) == (200, str(7 * 8192).encode())


# --- HEAD -------------------------------------------------------------------------------------------------------------


async def test_of_a_long_answer_head_makes_no_more_than_the_first_piece() -> None:
    made: list[int] = []
    sent: list[Message] = []

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(5):
            made.append(number)
            yield b"x" * 1000

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(pieces(), headers={"X-Own": "kept"})(scope, receive, send)

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    await HeadAsGet(app)({**a_scope(), "method": "HEAD"}, receive, send)
    start, *rest = sent
    assert (b"x-own", b"kept") in start["headers"]
    assert rest == [{"type": "http.response.body", "body": b""}]
    assert made == [0]


async def test_of_a_short_one_it_is_the_headers_with_its_length() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await HeadAsGet(hello)({**a_scope(), "method": "HEAD"}, nothing_comes, send)
    start, *rest = sent
    assert (b"content-length", b"5") in start["headers"]
    assert rest == [{"type": "http.response.body", "body": b""}]


# --- All of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("middleware", [RequestContext, ErrorBoundary, BodyLimit])
@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
async def test_what_is_not_http_passes_untouched(middleware: Callable[..., ASGIApp], kind: str) -> None:
    seen: list[tuple[object, ...]] = []

    async def app(*call: object) -> None:
        seen.append(call)

    scope = {"type": kind}
    await middleware(app)(scope, nothing_comes, drop)
    assert seen == [(scope, nothing_comes, drop)]
    assert scope == {"type": kind}


@pytest.mark.parametrize("cors_origins", [(), ("https://shop.example.com",)])
def test_the_services_stack_is_pure_asgi_outermost_first(cors_origins: tuple[str, ...]) -> None:
    settings = Settings(
        secret_key="a made-up key for tests, shared with nobody",
        master_key="another made-up key for tests, for nobody at all",
        cors_origins=cors_origins,
    )
    app = create_app(Container(settings=settings, conninfo=""))
    stack = [entry.cls for entry in app.user_middleware]
    cors: list[object] = [CORSMiddleware] if cors_origins else []
    assert stack == [RequestContext, *cors, ErrorBoundary, HeadAsGet, BodyLimit]

    layer: Any = app.build_middleware_stack()
    layers = []
    while layer is not None:
        layers.append(type(layer))
        layer = getattr(layer, "app", None) or getattr(layer, "_app", None)
    assert set(stack) <= set(layers)
    assert not [kind for kind in layers if issubclass(kind, BaseHTTPMiddleware)]


async def test_an_unexpected_error_reaches_another_origins_page_as_a_problem(log_lines: list[dict[str, Any]]) -> None:
    settings = Settings(
        secret_key="a made-up key for tests, shared with nobody",
        master_key="another made-up key for tests, for nobody at all",
        cors_origins=("https://shop.example.com",),
    )
    app = create_app(Container(settings=settings, conninfo=""))

    @app.post("/broken")
    async def broken() -> None:
        raise RuntimeError(SECRET)

    answer = await ask(app, "/broken", headers=[("Origin", "https://shop.example.com")])
    assert answer.status == 500
    assert answer.headers["access-control-allow-origin"] == "https://shop.example.com"
    assert "access-control-allow-credentials" not in answer.headers
    assert SECRET not in answer.body.decode()
