"""Every error has its status, its page and one shape on the wire."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from starlette.requests import Request

from entrypoints.http.problems import (
    AnyProblem,
    BodyTooLarge,
    HttpProblem,
    InternalError,
    MalformedBody,
    MethodNotAllowed,
    PathNotFound,
    catalogue,
    problem_response,
    problem_type,
)
from entrypoints.http.routers.problem_pages import problem_page
from user_domain.errors import (
    AccountBlocked,
    AccountSuspended,
    ArchiveUnavailable,
    CurrentPasswordRequired,
    DomainError,
    EmailAlreadyRegistered,
    Forbidden,
    InvalidCredentials,
    InvalidInput,
    OneTimeTokenExpired,
    OneTimeTokenInvalid,
    Overloaded,
    PreconditionFailed,
    RateLimited,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionEnded,
    SessionLimitReached,
    SessionNotFound,
    StorageUnavailable,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    UserNotFound,
    Violation,
    WrongPassword,
)

if TYPE_CHECKING:
    from starlette.responses import Response

# The statuses that http-api.md promises, and those of HTTP itself (RFC 9110).
STATUSES_BY_CODE = {
    "malformed_body": 400,
    "bad_request": 400,
    "invalid_cursor": 400,
    "cannot_act_on_admin": 400,
    "cannot_act_on_self": 400,
    "invalid_credentials": 401,
    "token_missing": 401,
    "token_invalid": 401,
    "token_expired": 401,
    "session_ended": 401,
    "refresh_token_invalid": 401,
    "refresh_token_reused": 401,
    "forbidden": 403,
    "account_blocked": 403,
    "account_suspended": 403,
    "email_not_verified": 403,
    "password_reset_required": 403,
    "wrong_password": 403,
    "not_found": 404,
    "user_not_found": 404,
    "session_not_found": 404,
    "mail_not_found": 404,
    "method_not_allowed": 405,
    "email_already_registered": 409,
    "session_limit_reached": 409,
    "already_admin": 409,
    "last_admin": 409,
    "signing_keys_not_used": 409,
    "next_key_already_published": 409,
    "audit_month_damaged": 409,
    "audit_month_unsealed": 409,
    "precondition_failed": 412,
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "validation_failed": 422,
    "current_password_required": 422,
    "rate_limited": 429,
    "internal_error": 500,
    "storage_unavailable": 503,
    "archive_unavailable": 503,
    "overloaded": 503,
}

# A token from a mail is a part of the request; it does not say who is asking.
MAILED_TOKENS = (OneTimeTokenInvalid, OneTimeTokenExpired)


def raised(root: type[Any]) -> list[type[Any]]:
    """The errors with a code of their own, families left out. Only ours, not what a test made up."""
    children = [kind for kind in root.__subclasses__() if kind.__module__.startswith(("user_domain.", "entrypoints."))]
    below = [found for child in children for found in raised(child)]
    return [root, *below] if "code" in vars(root) else below


KINDS: list[type[AnyProblem]] = [*raised(DomainError), *raised(HttpProblem)]


def status_of(kind: type[AnyProblem]) -> int:
    return 400 if kind in MAILED_TOKENS else STATUSES_BY_CODE[kind.code]


def a_request(path: str = "/users/7", *, root_path: str = "") -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "root_path": root_path,
            "headers": [],
            "query_string": b"secret=1",
            "state": {"request_id": "r-1"},
        }
    )


def body_of(response: Response) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(bytes(response.body))
    return body


def made(kind: type[AnyProblem]) -> AnyProblem:
    if kind is InvalidInput:
        return InvalidInput([])
    return RateLimited(retry_after=7) if kind is RateLimited else kind()


# --- The table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_a_status_a_code_and_words_for_people_and_for_the_manual(kind: type[AnyProblem]) -> None:
    found = problem_type(kind)
    assert found.status.value >= 400
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", found.code)
    assert re.fullmatch(r"[A-Z].*[.!]", found.example)
    assert re.fullmatch(r"[A-Z].*\.", found.description)
    assert found.title == found.title.capitalize().replace("_", " ")


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_the_status_of_the_http_contract(kind: type[AnyProblem]) -> None:
    assert problem_type(kind).status == status_of(kind)


def test_no_two_errors_share_a_code_but_for_tokens_which_are_told_apart_by_status() -> None:
    codes = Counter(kind.code for kind in KINDS)
    assert {code for code, count in codes.items() if count > 1} == {kind.code for kind in MAILED_TOKENS}
    assert len({(kind.code, problem_type(kind).status) for kind in KINDS}) == len(KINDS)


def test_the_catalogue_lists_every_error_in_order() -> None:
    found = catalogue()
    assert found == sorted(found, key=lambda kind: (kind.code, kind.status))
    assert set(found) == {problem_type(kind) for kind in KINDS}
    assert len(found) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_error_has_a_page_that_says_what_it_means(kind: type[AnyProblem]) -> None:
    response = await problem_page(kind.code)
    page = bytes(response.body).decode()
    assert response.status_code == 200
    assert response.media_type == "text/html"
    for shown in (kind.code, str(problem_type(kind).status.value), problem_type(kind).title):
        assert shown in page
    assert "$" not in page
    assert "script" not in page
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("code", [kind.code for kind in MAILED_TOKENS])
async def test_a_page_about_two_errors_tells_of_both(code: str) -> None:
    page = bytes((await problem_page(code)).body).decode()
    kinds = [kind for kind in catalogue() if kind.code == code]
    assert [kind.status.value for kind in kinds] == [400, 401]
    for kind in kinds:
        for shown in (kind.description, kind.example, f"{kind.status.value} {kind.status.phrase}"):
            assert page.count(shown) == 1
    assert page.count("<h1>") == 1


@pytest.mark.parametrize("code", ["unknown", "", "../health", "<script>"])
async def test_a_code_there_is_not_has_no_page(code: str) -> None:
    with pytest.raises(PathNotFound):
        await problem_page(code)


def test_an_error_of_no_family_is_a_mistake_of_ours() -> None:
    class Stray(Exception):  # not a DomainError: that would stay in the tree for every test after this one
        code = "stray"
        message = "Nobody knows what this is."

    with pytest.raises(LookupError, match="Stray"):
        problem_type(cast("type[DomainError]", Stray))


# --- The shape --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not issubclass(kind, InvalidInput)])
def test_a_problem_on_the_wire(kind: type[AnyProblem]) -> None:
    response = problem_response(a_request(), made(kind))
    assert response.status_code == status_of(kind)
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["content-length"]) == len(response.body)
    assert body_of(response) == {
        "type": f"/problems/{kind.code}",
        "title": problem_type(kind).title,
        "status": status_of(kind),
        "detail": kind.message,
        "instance": "/users/7",
        "code": kind.code,
        "request_id": "r-1",
    }


def test_faulty_fields_are_named_one_by_one() -> None:
    violations = [Violation("password", "too_short", "Too short."), Violation("email", "invalid_format", "No address.")]
    body = body_of(problem_response(a_request(), InvalidInput(violations)))
    assert body["code"] == "validation_failed"
    assert body["detail"] == "Too short. No address."
    assert body["errors"] == [
        {"field": "password", "code": "too_short", "message": "Too short."},
        {"field": "email", "code": "invalid_format", "message": "No address."},
    ]


def test_a_rule_with_a_code_of_its_own_names_its_field_too() -> None:
    body = body_of(problem_response(a_request(), CurrentPasswordRequired()))
    assert (body["status"], body["code"]) == (422, "current_password_required")
    assert body["detail"] == CurrentPasswordRequired.message
    assert [(fault["field"], fault["code"]) for fault in body["errors"]] == [("current_password", "required")]


def test_faulty_input_without_named_fields_still_has_words_for_people() -> None:
    body = body_of(problem_response(a_request(), InvalidInput([])))
    assert body["detail"] == InvalidInput.message
    assert body["errors"] == []


def test_the_detail_is_what_the_error_says_of_itself() -> None:
    until = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
    assert "2030-01-02 03:04 UTC" in body_of(problem_response(a_request(), AccountSuspended(until)))["detail"]


@pytest.mark.parametrize(
    ("root_path", "path", "instance"),
    [
        ("", "/users/7", "/users/7"),
        ("/user", "/auth/me", "/user/auth/me"),  # as a gateway sends it that strips the prefix
        ("/user", "/user/auth/me", "/user/auth/me"),  # and one that does not
        ("/user/", "/auth/me", "/user/auth/me"),
        ("/user", "/users/7", "/user/users/7"),  # the prefix ends where a segment ends
        ("/user", "/user/", "/user/"),
        ("/api/user", "/auth/me", "/api/user/auth/me"),
    ],
)
def test_links_hold_behind_a_gateways_prefix(root_path: str, path: str, instance: str) -> None:
    body = body_of(problem_response(a_request(path, root_path=root_path), UserNotFound()))
    assert body["instance"] == instance
    assert body["type"] == f"{root_path.rstrip('/')}/problems/user_not_found"


def test_a_path_that_is_no_uri_is_encoded() -> None:
    body = body_of(problem_response(a_request('/a path/"ö"'), PathNotFound()))
    assert body["instance"] == "/a%20path/%22%C3%B6%22"


def test_nothing_of_the_query_is_repeated() -> None:
    assert b"secret" not in bytes(problem_response(a_request(), MalformedBody()).body)


def test_a_problem_before_there_is_a_request_id_says_so() -> None:
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []})
    assert body_of(problem_response(request, InternalError()))["request_id"] is None


# --- Headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_may_help_later_says_when_to_try_again(kind: type[AnyProblem]) -> None:
    headers = problem_response(a_request(), made(kind)).headers
    if kind in (StorageUnavailable, ArchiveUnavailable, Overloaded, RateLimited):
        assert int(headers["retry-after"]) >= 1
    else:
        assert "retry-after" not in headers


def test_who_was_too_quick_is_told_how_long_to_wait() -> None:
    response = problem_response(a_request(), RateLimited(retry_after=299))
    assert (response.status_code, response.headers["retry-after"]) == (429, "299")


@pytest.mark.parametrize(
    ("error", "challenge"),
    [
        (TokenMissing(), "Bearer"),  # RFC 6750 3.1: no code where no token was sent
        (InvalidCredentials(), "Bearer"),
        (TokenInvalid(), 'Bearer error="invalid_token", error_description="token_invalid"'),
        (TokenExpired(), 'Bearer error="invalid_token", error_description="token_expired"'),
        (SessionEnded(), 'Bearer error="invalid_token", error_description="session_ended"'),
        (RefreshTokenInvalid(), 'Bearer error="invalid_token", error_description="refresh_token_invalid"'),
        (RefreshTokenReused(), 'Bearer error="invalid_token", error_description="refresh_token_reused"'),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_who_is_not_recognised_is_told_how_to_be(error: DomainError, challenge: str) -> None:
    response = problem_response(a_request(), error)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == challenge


@pytest.mark.parametrize("kind", KINDS)
def test_a_challenge_is_sent_with_401_and_only_with_401(kind: type[AnyProblem]) -> None:
    response = problem_response(a_request(), made(kind))
    assert ("www-authenticate" in response.headers) == (response.status_code == 401)


@pytest.mark.parametrize(
    "kind",
    [
        Forbidden,
        AccountBlocked,
        UserNotFound,
        SessionNotFound,
        EmailAlreadyRegistered,
        SessionLimitReached,
        PreconditionFailed,
        BodyTooLarge,
        WrongPassword,
        *MAILED_TOKENS,
    ],
)
def test_other_errors_need_no_header(kind: type[AnyProblem]) -> None:
    assert set(problem_response(a_request(), made(kind)).headers) == {"content-type", "content-length"}


def test_the_frameworks_headers_are_passed_on() -> None:
    response = problem_response(a_request(), MethodNotAllowed(), headers={"Allow": "GET, PUT"})
    assert response.headers["allow"] == "GET, PUT"
