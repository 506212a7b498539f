"""Pure ASGI middleware, outermost first: request context, (CORS), error boundary, HEAD, body limit. Around all of them,
where proxies are trusted, stands `client_address`.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request

from entrypoints.http.problems import BodyTooLarge, InternalError, problem_response, split_path
from user_domain.errors import Overloaded

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024

_log = structlog.get_logger(__name__)
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PRIVATE_PATHS = ("/auth/", "/users/", "/admin/")


class RequestContext:
    """Gives the request an id, which is on every response and every log line, and writes one line at its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                if split_path(scope)[1].startswith(_PRIVATE_PATHS):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            route = scope.get("route")
            _log.info(
                "request",
                method=scope["method"],
                route=getattr(route, "path", None),
                status=status,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )


class ErrorBoundary:
    """Turns what nobody expected into a problem, and logs it once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched_send(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except asyncio.CancelledError:
            # The server stops, and the time it gives to requests in flight is over.
            if begun:
                raise
            await problem_response(Request(scope), Overloaded())(scope, receive, send)
        except Exception:
            _log.exception("unexpected error")
            if begun:
                raise  # the server cuts the connection: half an answer must not look whole
            await problem_response(Request(scope), InternalError())(scope, receive, send)


class _HeadIsAnswered(Exception):
    """What makes a long body that nobody will see not be made."""


class HeadAsGet:
    """Answers HEAD as GET without the body (RFC 9110 9.3.2): FastAPI knows GET only, and probes ask with HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
                return
            await send({"type": "http.response.body", "body": b""})
            if message.get("more_body"):
                raise _HeadIsAnswered

        as_get = {**scope, "method": "GET"}
        try:
            await self._app(as_get, receive, send_without_body)
        except _HeadIsAnswered:
            pass
        finally:
            scope["route"] = as_get.get("route")  # for the log line


class _TooMuch(HTTPException):
    """FastAPI lets no other exception than this kind out of reading a body."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class BodyLimit:
    """Refuses bodies over 64 KiB: by what they say of themselves, or while they are being read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > MAX_BODY_BYTES:
            await problem_response(Request(scope), BodyTooLarge())(scope, receive, send)
            return
        received = 0

        async def limited_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise _TooMuch
            return message

        await self._app(scope, limited_receive, send)


def _request_id(scope: Scope) -> str:
    sent = Headers(scope=scope).get("x-request-id", "")
    return sent if _SANE_REQUEST_ID.fullmatch(sent) else secrets.token_hex(16)
