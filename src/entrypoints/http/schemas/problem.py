"""Problems on the wire, for the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.problems import BodyTooLarge, MalformedBody, UnsupportedMediaType, problem_type
from user_domain.errors import (
    AccountBlocked,
    AccountSuspended,
    CurrentPasswordRequired,
    EmailNotVerified,
    InvalidInput,
    OneTimeTokenExpired,
    OneTimeTokenInvalid,
    Overloaded,
    PasswordResetRequired,
    SessionEnded,
    StorageUnavailable,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
)

if TYPE_CHECKING:
    from entrypoints.http.problems import AnyProblem


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """A problem (RFC 9457). `detail` can be shown to the person as it stands."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="Stable; `/problems/{code}` says what it means.")
    request_id: str | None
    errors: list[FieldProblem] | None = Field(None, description="For `validation_failed`: every field at fault.")


_MEDIA_TYPE = "application/problem+json"

BODY_PROBLEMS: tuple[type[AnyProblem], ...] = (MalformedBody, BodyTooLarge, UnsupportedMediaType, InvalidInput)
"""What an operation that reads a body can answer."""

ACCESS_PROBLEMS: tuple[type[AnyProblem], ...] = (
    AccountBlocked,
    AccountSuspended,
    EmailNotVerified,
    PasswordResetRequired,
)
"""Why somebody who is known may not come in."""

BEARER_PROBLEMS: tuple[type[AnyProblem], ...] = (
    TokenMissing,
    TokenInvalid,
    TokenExpired,
    SessionEnded,
    *ACCESS_PROBLEMS,
    StorageUnavailable,
)
"""What an operation for people who are logged in can answer."""

ONE_TIME_TOKEN_PROBLEMS: tuple[type[AnyProblem], ...] = (OneTimeTokenInvalid, OneTimeTokenExpired, StorageUnavailable)
"""What an operation that takes a mailed token can answer."""

HASHING_PROBLEMS: tuple[type[AnyProblem], ...] = (Overloaded, StorageUnavailable)
"""What an operation that hashes a password can answer."""


def responses(*problems: type[AnyProblem]) -> dict[int | str, dict[str, Any]]:
    """The problems an operation can answer, each with an example, for a route's `responses`."""
    documented: dict[int | str, dict[str, Any]] = {}
    for kind in dict.fromkeys(problem_type(problem) for problem in problems):
        response = documented.setdefault(
            kind.status.value,
            {
                "description": kind.status.phrase,
                "content": {_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        example: dict[str, Any] = {
            "type": f"/problems/{kind.code}",
            "title": kind.title,
            "status": kind.status.value,
            "detail": kind.example,
            "instance": "/path",
            "code": kind.code,
            "request_id": "b7ad6b7169203331",
        }
        if kind.code == InvalidInput.code:
            message = "The password needs a digit."
            example |= {
                "detail": message,
                "errors": [{"field": "password", "code": "no_digit", "message": message}],
            }
        if kind.code == CurrentPasswordRequired.code:
            example["errors"] = [{"field": "current_password", "code": "required", "message": kind.example}]
        response["content"][_MEDIA_TYPE]["examples"][kind.code] = {
            "summary": kind.description,
            "value": example,
        }
    return documented
