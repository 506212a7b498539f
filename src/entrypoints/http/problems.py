"""Problem details (RFC 9457): what every error looks like to a client, in one table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from starlette.responses import Response

from user_domain import errors

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope


class HttpProblem(Exception):
    """What can go wrong before a use case is reached; such problems belong to HTTP, not to the domain."""

    code: ClassVar[str]
    message: ClassVar[str]
    status: ClassVar[HTTPStatus]

    def __init__(self) -> None:
        super().__init__(self.message)


class MalformedBody(HttpProblem):
    """The body is not JSON at all, or not the form it says it is."""

    code = "malformed_body"
    message = "The request body cannot be read."
    status = HTTPStatus.BAD_REQUEST


class PathNotFound(HttpProblem):
    """There is no such path in this service."""

    code = "not_found"
    message = "There is nothing here."
    status = HTTPStatus.NOT_FOUND


class MethodNotAllowed(HttpProblem):
    """The path exists, but not for this method; `Allow` names those it exists for."""

    code = "method_not_allowed"
    message = "This path does not support that method."
    status = HTTPStatus.METHOD_NOT_ALLOWED


class BodyTooLarge(HttpProblem):
    """The body is over 64 KiB. It was not read to its end."""

    code = "body_too_large"
    message = "The request body is too large."
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedMediaType(HttpProblem):
    """The body is of a kind this operation does not read; `Content-Type` must name the right one."""

    code = "unsupported_media_type"
    message = "The request body has the wrong Content-Type."
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class InvalidCursor(HttpProblem):
    """The cursor was not given out by this list of this service, or was altered."""

    code = "invalid_cursor"
    message = "This page of the list cannot be found. Please start from the first one."
    status = HTTPStatus.BAD_REQUEST


class BadRequest(HttpProblem):
    """The request is broken in a way that has no name of its own."""

    code = "bad_request"
    message = "The request cannot be read."
    status = HTTPStatus.BAD_REQUEST


class InternalError(HttpProblem):
    """A fault of the service; the request id leads to it in the logs."""

    code = "internal_error"
    message = "Something went wrong on our side. Please try again later."
    status = HTTPStatus.INTERNAL_SERVER_ERROR


STATUS_BY_FAMILY: dict[type[errors.DomainError], HTTPStatus] = {
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RuleViolated: HTTPStatus.BAD_REQUEST,
    errors.OneTimeTokenRefused: HTTPStatus.BAD_REQUEST,
    errors.AuthenticationFailed: HTTPStatus.UNAUTHORIZED,
    errors.AccessDenied: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

AnyProblem = errors.DomainError | HttpProblem


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem, as documented."""

    code: str
    status: HTTPStatus
    example: str
    description: str

    @property
    def title(self) -> str:
        """The code in words."""
        return self.code.replace("_", " ").capitalize()


def problem_type(error: type[AnyProblem]) -> ProblemType:
    """How a kind of error is presented. Its docstring is its documentation.

    Raises:
        LookupError: the error belongs to no family with a status.
    """
    description = " ".join((error.__doc__ or "").split())
    return ProblemType(error.code, _status(error), error.message, description)


def catalogue() -> list[ProblemType]:
    """Every problem a client can meet, by code. Two may share one: a bearer's token and a mailed one can be invalid."""
    classes = [*vars(errors).values(), *globals().values()]
    leaves = [error for error in classes if isinstance(error, type) and issubclass(error, AnyProblem)]
    kinds = (problem_type(leaf) for leaf in leaves if "code" in vars(leaf))
    return sorted(kinds, key=lambda kind: (kind.code, kind.status))


def problem_response(request: Request, error: AnyProblem, *, headers: dict[str, str] | None = None) -> Response:
    """The answer for an error. Nothing of the request is repeated in it but the path."""
    kind = problem_type(type(error))
    prefix, path = split_path(request.scope)
    body: dict[str, Any] = {
        "type": f"{prefix}/problems/{kind.code}",
        "title": kind.title,
        "status": kind.status.value,
        "detail": str(error),
        "instance": quote(prefix + path),
        "code": kind.code,
        "request_id": request.scope.get("state", {}).get("request_id"),
    }
    if isinstance(error, errors.InvalidInput):
        body["errors"] = [
            {"field": violation.field, "code": violation.code, "message": violation.message}
            for violation in error.violations
        ]
    return Response(
        json.dumps(body).encode(),
        status_code=kind.status.value,
        headers={**_headers(error), **(headers or {})},
        media_type="application/problem+json",
    )


def split_path(scope: Scope) -> tuple[str, str]:
    """The prefix that a gateway has stripped (ROOT_PATH), and the path as the routes know it. ASGI servers differ in
    whether `path` begins with `root_path`.
    """
    # Within a mounted application (the files of the documentation) `root_path` has its place in it, too.
    prefix, path = scope.get("app_root_path", scope.get("root_path", "")).rstrip("/"), scope["path"]
    return prefix, path.removeprefix(prefix) if f"{path}/".startswith(f"{prefix}/") else path


def _headers(error: AnyProblem) -> dict[str, str]:
    match error:
        case errors.Unavailable() | errors.RateLimited():
            return {"Retry-After": str(error.retry_after)}
        case errors.TokenMissing() | errors.InvalidCredentials():
            return {"WWW-Authenticate": "Bearer"}  # RFC 6750 3.1: no error code where nothing was sent
        case errors.AuthenticationFailed():
            return {"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{error.code}"'}
        case _:
            return {}


def _status(error: type[AnyProblem]) -> HTTPStatus:
    if issubclass(error, HttpProblem):
        return error.status
    for family in error.__mro__:
        if family in STATUS_BY_FAMILY:
            return STATUS_BY_FAMILY[family]
    message = f"{error.__name__} belongs to no family of errors that has a status"
    raise LookupError(message)
