"""Whatever is raised leaves as a problem."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.routing import Match

from entrypoints.http.dependencies import client_of
from entrypoints.http.problems import (
    BadRequest,
    BodyTooLarge,
    HttpProblem,
    MalformedBody,
    MethodNotAllowed,
    PathNotFound,
    UnsupportedMediaType,
    problem_response,
)
from user_domain.errors import DomainError, Forbidden, InvalidInput, Unavailable, Violation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from entrypoints.application import Application

_log = structlog.get_logger(__name__)
_PLAIN_NAME = re.compile(r"\w{1,64}", re.ASCII)
_MOST_VIOLATIONS = 20

_WRONG_TYPE = ("wrong_type", "This field has the wrong type.")
_VIOLATIONS: dict[str, tuple[str, str]] = {
    "missing": ("required", "This field is required."),
    "extra_forbidden": ("unknown_field", "There is a field that is not known here."),
    "string_unicode": ("invalid_characters", "This text is not valid Unicode."),
    "string_too_short": ("too_short", "This text is too short."),
    "string_too_long": ("too_long", "This text is too long."),
    "greater_than_equal": ("out_of_range", "This number is too small."),
    "less_than_equal": ("out_of_range", "This number is too large."),
    "literal_error": ("not_allowed", "This value is not one of those that are allowed."),
    "moment_format": ("invalid_format", "This is not a moment with an offset, such as 2026-03-14T15:09:26Z."),
    "enum": ("not_allowed", "This value is not one of those that are allowed."),
}
"""pydantic's kinds of error in our words; its own messages may repeat the input. All others are of the wrong type."""

_BY_STATUS: dict[int, type[HttpProblem]] = {
    HTTPStatus.BAD_REQUEST: MalformedBody,  # FastAPI's, where a body cannot be parsed at all
    HTTPStatus.NOT_FOUND: PathNotFound,
    HTTPStatus.METHOD_NOT_ALLOWED: MethodNotAllowed,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: BodyTooLarge,
}


def install(app: FastAPI) -> None:
    """Handle every kind of exception that routes and framework raise on purpose; see `ErrorBoundary` for the rest."""
    handlers: dict[type[Exception], Callable[..., Awaitable[Response]]] = {
        DomainError: _domain_error,
        Forbidden: _forbidden,
        HttpProblem: _http_problem,
        RequestValidationError: _validation_error,
        HTTPException: _http_exception,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _domain_error(request: Request, error: DomainError) -> Response:
    if isinstance(error, Unavailable):
        _log.warning("unavailable", code=error.code, cause=type(error.__cause__).__name__ if error.__cause__ else None)
    return problem_response(request, error)


async def _forbidden(request: Request, error: Forbidden) -> Response:
    """Somebody reached for what is not theirs: whatever operation it was, the trail tells of it."""
    application: Application = request.app.state.application
    operation = f"{request.method} {request.scope['route'].path}"
    try:
        await application.record_forbidden_call.execute(
            actor=request.state.user, operation=operation, client=await client_of(request)
        )
    except Unavailable as unavailable:  # the answer stays no
        _log.warning("a forbidden call is missing in the audit trail", operation=operation, code=unavailable.code)
    return problem_response(request, error)


async def _http_problem(request: Request, error: HttpProblem) -> Response:
    return problem_response(request, error)


async def _http_exception(request: Request, error: HTTPException) -> Response:
    problem = _BY_STATUS.get(error.status_code, BadRequest)()
    headers = {"Allow": ", ".join(_allowed_methods(request))} if isinstance(problem, MethodNotAllowed) else None
    return problem_response(request, problem, headers=headers)


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return problem_response(request, MalformedBody())
    # FastAPI hands on bytes where the Content-Type is not JSON, and an empty form where it is not a form's.
    if isinstance(error.body, bytes) or (isinstance(error.body, FormData) and not _is_form(request)):
        return problem_response(request, UnsupportedMediaType())
    violations = dict.fromkeys(_violation(fault) for fault in faults)  # each once
    return problem_response(request, InvalidInput(list(violations)[:_MOST_VIOLATIONS]))


def _allowed_methods(request: Request) -> list[str]:
    """Every method this path exists for; Starlette names those of the first route that has the path."""
    routes = request.app.router.routes
    methods = [
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    # Nothing matches a file of the documentation, which is no route.
    return [*methods, "HEAD"] if "GET" in methods else methods or ["GET", "HEAD"]


def _is_form(request: Request) -> bool:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}


def _violation(fault: dict[str, Any]) -> Violation:
    code, message = _VIOLATIONS.get(fault["type"], _WRONG_TYPE)
    # ("body", "email") or ("path", "user_id"). The name of an unknown field is the caller's: it is not repeated.
    name = str(fault["loc"][1]) if len(fault["loc"]) > 1 and fault["type"] != "extra_forbidden" else "body"
    field = name if _PLAIN_NAME.fullmatch(name) else "body"
    return Violation(field, code, f"{field}: {message}")
