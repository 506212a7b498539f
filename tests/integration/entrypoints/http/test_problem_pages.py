"""/problems/{code}: every problem's `type` leads to a page, and every problem looks alike."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, NoReturn

import pytest

from entrypoints.http.problems import catalogue
from tests.support.http import JOHN, FreeHasher, compose_http, openapi_document, problem, running

if TYPE_CHECKING:
    from entrypoints.http.problems import ProblemType
    from tests.support.http import Service
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.value_objects.password import Password


@pytest.mark.parametrize("kind", catalogue(), ids=lambda kind: f"{kind.code}-{kind.status.value}")
async def test_every_code_has_a_page(lasting: Service, kind: ProblemType) -> None:
    answer = await lasting.client.get(f"/problems/{kind.code}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for fact in (kind.code, str(kind.status.value), escape(kind.title), escape(kind.description), escape(kind.example)):
        assert fact in answer.text
    assert kind.description


def test_every_code_of_the_contract_so_far_is_in_the_catalogue() -> None:
    assert {kind.code for kind in catalogue()} >= {
        "malformed_body", "validation_failed", "unsupported_media_type", "body_too_large", "not_found",
        "method_not_allowed", "token_missing", "token_invalid", "token_expired", "session_ended", "forbidden",
        "account_blocked", "account_suspended", "invalid_credentials", "email_already_registered", "user_not_found",
        "cannot_act_on_admin", "precondition_failed", "overloaded", "storage_unavailable", "internal_error",
        "email_not_verified", "password_reset_required", "wrong_password", "current_password_required", "rate_limited",
        "invalid_cursor", "mail_not_found", "refresh_token_invalid", "refresh_token_reused", "session_limit_reached",
        "session_not_found",
    }  # fmt: skip


def test_a_code_of_two_meanings_has_a_page_that_tells_both() -> None:
    kinds = Counter(kind.code for kind in catalogue())
    assert {code for code, count in kinds.items() if count > 1} == {"token_invalid", "token_expired"}


def test_every_code_an_operation_documents_is_in_the_catalogue_with_that_status() -> None:
    known = {(kind.code, kind.status) for kind in catalogue()}
    for operations in openapi_document()["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {}):
                    assert (code, int(status)) in known


@pytest.mark.parametrize(
    "code", ["nope", "Forbidden", "forbidden.html", "%3Cscript%3E", "..%2F..%2Fetc%2Fpasswd", "%00"]
)
async def test_no_other_code_has_one(lasting: Service, code: str) -> None:
    problem(await lasting.client.get(f"/problems/{code}"), 404, "not_found")


async def test_the_type_of_a_problem_is_a_path_that_exists(lasting: Service) -> None:
    for method, path in (
        ("GET", "/auth/me"),
        ("GET", "/nope"),
        ("DELETE", "/auth/me"),
        ("GET", "/static-offline-docs/x"),
    ):
        answer = await lasting.client.request(method, path)
        assert (await lasting.client.get(answer.json()["type"])).status_code == 200


async def test_a_fault_of_ours_is_a_problem_too_and_says_nothing_of_its_cause(conninfo: str) -> None:
    class Broken(FreeHasher):
        async def hash(self, password: Password) -> PasswordHash:
            return _fail(password.value)

    async with running(compose_http(conninfo, hasher=Broken())) as service:
        answer = await service.client.post("/auth/register", json=JOHN, headers={"X-Request-ID": "the-request"})
        body = problem(answer, 500, "internal_error")
        assert (body["instance"], body["request_id"]) == ("/auth/register", "the-request")
        for secret in ("select", "RuntimeError", "Traceback", "hasher", JOHN["password"], JOHN["email"]):
            assert secret not in answer.text
        assert await service.rows("select from users") == []
        assert (await service.client.get("/health")).status_code == 200


def _fail(password: str) -> NoReturn:
    message = f"select hasher of {password}"
    raise RuntimeError(message)
