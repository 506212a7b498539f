"""Who may do what: every operation of the OpenAPI document, asked by everybody.

An operation without a line in `RULES` fails here, and so does a line without an operation.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from starlette.routing import Route

from tests.support.http import JOHN, FreeHasher, bearer, compose_http, openapi_document, running
from tests.support.postgres import cloned_database
from user_domain.testing.builders import CLIENT, PASSWORD, a_block, a_handle, a_mail, a_new_user
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.password import Password
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.support.http import Service
    from user_domain.entities.user import User

ADMITTED = "admitted"
FEED_TOKEN = "other-services-have-this-one-and-people-do-not"

_SHUT_OUT = {"anonymous": "token_missing", "pending": "email_not_verified", "blocked": "account_blocked"}

BEARER = _SHUT_OUT | dict.fromkeys(("user", "other", "admin", "demoted"), ADMITTED)
"""Whoever is logged in."""

OWN = BEARER | {"other": "forbidden", "demoted": "forbidden"}
"""The person, and admins."""

ONES_SESSION = BEARER | dict.fromkeys(("other", "admin", "demoted"), "session_not_found")
"""The person; admins have an operation of their own."""

ADMIN = BEARER | dict.fromkeys(("user", "other", "demoted"), "forbidden")

ANYBODY = dict.fromkeys(BEARER, ADMITTED)
"""It makes no difference who asks."""

FEED = dict.fromkeys(BEARER, "token_invalid") | {"anonymous": "token_missing"}
"""Other services; nobody's access token opens it."""

RULES = {
    "GET /": ANYBODY,
    "GET /info": ANYBODY,
    "GET /health": ANYBODY,
    "GET /health/database": ANYBODY,
    "GET /health/live": ANYBODY,
    "GET /health/ready": ANYBODY,
    "GET /.well-known/jwks.json": ANYBODY,
    "GET /revocations": FEED,
    "POST /auth/register": ANYBODY,
    "POST /auth/login": ANYBODY,
    "POST /auth/token": ANYBODY,
    "POST /auth/refresh": ANYBODY,
    "POST /auth/verify-email": ANYBODY,
    "POST /auth/resend-verification": ANYBODY,
    "POST /auth/forgot-password": ANYBODY,
    "POST /auth/reset-password": ANYBODY,
    "POST /auth/confirm-email-change": ANYBODY,
    "POST /auth/undo-email-change": ANYBODY,
    "POST /auth/not-me": ANYBODY,
    "GET /auth/me": BEARER,
    "GET /auth/verification-status": BEARER,
    "POST /auth/change-password": BEARER,
    "POST /auth/logout": BEARER,
    "POST /auth/logout-all": BEARER,
    "GET /auth/sessions": BEARER,
    "DELETE /auth/sessions/{session_id}": ONES_SESSION,
    "GET /users/{user_id}": OWN,
    "PUT /users/{user_id}": OWN,
    "GET /admin/users": ADMIN,
    "GET /admin/users/blocked": ADMIN,
    "GET /admin/users/{user_id}": ADMIN,
    "GET /admin/users/{user_id}/status-history": ADMIN,
    "POST /admin/users/{user_id}/block": ADMIN,
    "POST /admin/users/{user_id}/unblock": ADMIN,
    "POST /admin/users/{user_id}/suspend": ADMIN,
    "PUT /admin/users/{user_id}/role": ADMIN,
    "POST /admin/users/{user_id}/require-password-reset": ADMIN,
    "POST /admin/create-user": ADMIN,
    "GET /admin/users/{user_id}/sessions": ADMIN,
    "POST /admin/users/{user_id}/logout-all": ADMIN,
    "DELETE /admin/sessions/{session_id}": ADMIN,
    "GET /admin/users/{user_id}/access-decision": ADMIN,
    "GET /admin/audit": ADMIN,
    "GET /admin/audit/seals": ADMIN,
    "GET /admin/stats": ADMIN,
    "GET /admin/stats/timeseries": ADMIN,
    "GET /admin/mail": ADMIN,
    "POST /admin/mail/{mail_id}/retry": ADMIN,
}

PAGES = {
    "/docs",
    "/docs/oauth2-redirect",
    "/redoc",
    "/openapi.json",
    "/problems/{code}",
    "/verify-email",
    "/reset-password",
    "/confirm-email-change",
    "/undo-email-change",
    "/not-me",
    "/dev/mailbox",
    "/dev/mailbox/{mail_id}",
    "/dev/mailbox/{mail_id}/html",
}
"""What is not in the document: for people with a browser, who send no access token. Only in development the mailbox."""

_GATE = {
    "token_missing",
    "token_invalid",
    "token_expired",
    "session_ended",
    "forbidden",
    "account_blocked",
    "account_suspended",
    "email_not_verified",
    "password_reset_required",
}
"""What is said with 401 or 403 to those who are not let through."""

OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in openapi_document()["paths"].items()
    for method, operation in operations.items()
}


@pytest.fixture(scope="module")
async def service(postgres_admin: str) -> AsyncIterator[Service]:
    """A running service that lets in only those whose address is verified, as that in the examples is."""
    with cloned_database(postgres_admin) as conninfo:
        container = compose_http(
            conninfo, hasher=FreeHasher(), email_verification="required", revocation_feed_token=FEED_TOKEN
        )
        async with running(container) as service:
            await person(service, email=EmailAddress(JOHN["email"]))
            yield service


def test_every_operation_has_a_rule_and_every_rule_an_operation() -> None:
    assert set(RULES) == set(OPERATIONS)


def test_nothing_but_pages_is_left_out_of_the_document(service: Service) -> None:
    routers = [
        service.app,
        *(route.original_router for route in service.app.routes if hasattr(route, "original_router")),
    ]
    routes = [route for router in routers for route in router.routes if isinstance(route, Route)]
    assert {route.path for route in routes if not route.include_in_schema} == PAGES


def code(answer: httpx2.Response) -> str | None:
    """What an answer is a problem of; None for one that is none."""
    is_problem = answer.headers.get("Content-Type") == "application/problem+json"
    return str(answer.json()["code"]) if is_problem else None


@pytest.mark.parametrize("caller", list(BEARER))
@pytest.mark.parametrize("name", list(OPERATIONS))
async def test_an_operation_admits_those_it_is_for_and_nobody_else(service: Service, name: str, caller: str) -> None:
    owner, owners_token = await person(service)
    tokens = {"user": owners_token}
    if caller not in {"anonymous", "user"}:
        _, tokens[caller] = await person(service, caller)
    headers = bearer(tokens[caller]) if caller in tokens else {}
    answer = await ask(service, name, owner, headers)
    expected = RULES[name][caller]
    if expected is not ADMITTED:
        assert code(answer) == expected, answer.text
    elif RULES[name] is ANYBODY:
        assert answer.status_code not in {401, 403} or code(answer) not in _GATE, answer.text
    else:
        assert answer.is_success, answer.text


async def person(service: Service, caller: str = "user", **facts: Any) -> tuple[User, str]:
    """Somebody who is logged in, and what became of them since; the access token they still have."""
    container, now = service.container, datetime.now(UTC)
    role = Role.ADMIN if caller in {"admin", "demoted"} else Role.USER
    since: dict[str, dict[str, Any]] = {
        "pending": {"email_verified_at": None},
        "blocked": {"block": a_block()},
        "demoted": {"role": Role.USER},
    }
    password_hash = await container.password_hasher().hash(Password(PASSWORD))
    async with container.unit_of_work() as work:
        new = a_new_user(role=role, created_at=now, email_verified_at=now, **facts)
        user = await work.users.add(new, password_hash)
        holder = await work.sessions.lock_holder(user.id, keep=1, at=now, seen_after=None)
        assert holder is not None
        session = await container.session_start().start(work, holder, at=now, client=CLIENT)
        if caller in since:
            await work.users.save(replace(user.logged_in(now), **since[caller]))
        await work.commit()
    return user, container.session_tokens().issue(user, session, generation=0, at=now).access_token


async def ask(service: Service, name: str, owner: User, headers: dict[str, str]) -> httpx2.Response:
    """Send what the document shows as an example, about what is the owner's."""
    method, path = name.split(" ")
    ids: dict[str, Any] = {"user_id": owner.id}
    if "{session_id}" in path:
        rows = await service.rows("select id from sessions where user_id = %(id)s", id=owner.id)
        ids["session_id"] = rows[0]["id"]
    if "{mail_id}" in path:
        mail = a_mail(id=a_handle())
        async with service.container.unit_of_work() as work:
            await work.outbox.add(mail)
            await work.commit()
        ids["mail_id"] = mail.id
    content = OPERATIONS[name].get("requestBody", {}).get("content", {})
    if "application/x-www-form-urlencoded" in content:
        return await service.client.request(
            method, path, headers=headers, data=example(content["application/x-www-form-urlencoded"])
        )
    body = example(content["application/json"]) if content else None
    return await service.client.request(method, path.format(**ids), headers=headers, json=body)


def example(media_type: dict[str, Any]) -> dict[str, Any]:
    """What the document shows as such."""
    found = media_type.get("example") or media_type["schema"].get("example")
    if found is None:
        _, _, schema = media_type["schema"]["$ref"].rpartition("/")
        found = openapi_document()["components"]["schemas"][schema]["example"]
    return dict(found)
