"""GET /admin/users/{id}/access-decision: why somebody can log in now, or cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http import (
    CLIENT_IP,
    JANE,
    JOHN,
    TIMESTAMP,
    USER_AGENT,
    FreeHasher,
    compose_http,
    problem,
    running,
    violations,
)
from user_domain.testing.builders import PASSWORD, a_block, a_suspension

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.support.http import Service

NOBODY = 2**31 - 1


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    """A running service, hashes for nothing."""
    async with running(compose_http(conninfo, hasher=FreeHasher())) as service:
        yield service


async def ask(service: Service, user_id: int | str, headers: dict[str, str]) -> httpx2.Response:
    return await service.client.get(f"/admin/users/{user_id}/access-decision", headers=headers)


async def decision(service: Service, user: dict[str, Any], admin: dict[str, str]) -> dict[str, Any]:
    answer = await ask(service, user["id"], admin)
    assert answer.status_code == 200, answer.text
    decided: dict[str, Any] = answer.json()
    return decided


async def try_to_log_in(service: Service, password: str = PASSWORD, **headers: str) -> httpx2.Response:
    body = {"email": JOHN["email"], "password": password}
    return await service.client.post("/auth/login", json=body, headers=headers)


async def test_who_may_come_in_has_no_reason_against_it(service: Service) -> None:
    user = await service.register()
    _, admin = await service.enter_as_admin()
    assert await decision(service, user, admin) == {"allowed": True, "reasons": [], "recent_attempts": []}


async def test_attempts_are_told_with_time_place_and_outcome_the_newest_first(service: Service) -> None:
    user = await service.register()
    await service.register(**JANE)
    _, admin = await service.enter_as_admin()
    await try_to_log_in(service, **{"X-Request-ID": "first"})
    await try_to_log_in(service, "Wrong-Pass-1", **{"X-Request-ID": "second"})
    await service.restrict(user["id"], block=a_block())
    await try_to_log_in(service, **{"X-Request-ID": "third"})
    await service.start(JANE["email"])
    attempts = (await decision(service, user, admin))["recent_attempts"]
    assert all(TIMESTAMP.fullmatch(attempt["at"]) for attempt in attempts)
    times = [attempt.pop("at") for attempt in attempts]
    assert times == sorted(times, reverse=True)
    from_here = {"ip_address": CLIENT_IP, "user_agent": USER_AGENT}
    assert attempts == [
        {"outcome": "denied", "reason": "account_blocked", "request_id": "third"} | from_here,
        {"outcome": "failure", "reason": "invalid_credentials", "request_id": "second"} | from_here,
        {"outcome": "success", "reason": None, "request_id": "first"} | from_here,
    ]


async def test_twenty_attempts_are_told(service: Service) -> None:
    user = await service.register()
    _, admin = await service.enter_as_admin()
    for number in range(23):
        await try_to_log_in(service, "Wrong-Pass-1", **{"X-Request-ID": f"r-{number}"})
    told = [attempt["request_id"] for attempt in (await decision(service, user, admin))["recent_attempts"]]
    assert told == [f"r-{number}" for number in range(22, 2, -1)]


async def test_every_reason_is_told_in_order_and_login_answers_the_first(conninfo: str) -> None:
    strict = {"email_verification": "required", "max_sessions_per_user": 1, "session_limit_policy": "deny"}
    async with running(compose_http(conninfo, hasher=FreeHasher(), **strict)) as service:
        _, admin = await verified_admin(service)
        user, _ = await service.verify()
        until = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=1)
        await service.restrict(
            user["id"],
            block=a_block(),
            suspension=a_suspension(until=until),
            email_verified_at=None,
            password_reset_required_at=until,
        )
        told = await decision(service, user, admin)
        assert not told["allowed"]
        codes = [
            "account_blocked",
            "account_suspended",
            "email_not_verified",
            "password_reset_required",
            "session_limit_reached",
        ]
        assert [reason["code"] for reason in told["reasons"]] == codes
        ends = [None, f"{until:%Y-%m-%dT%H:%M}:00.000000Z", None, None, None]
        assert [reason["until"] for reason in told["reasons"]] == ends
        lifted: list[dict[str, Any]] = [
            {"block": None},
            {"suspension": None},
            {"email_verified_at": until},
            {"password_reset_required_at": None},
        ]
        for number, reason in enumerate(told["reasons"]):
            refused = await try_to_log_in(service)
            assert (refused.json()["code"], refused.json()["detail"]) == (reason["code"], reason["detail"])
            left = await decision(service, user, admin)
            assert left["reasons"] == told["reasons"][number:]
            if number < len(lifted):
                await service.restrict(user["id"], **lifted[number])
        assert (await service.client.post(f"/admin/users/{user['id']}/logout-all", headers=admin)).status_code == 200
        assert (await decision(service, user, admin))["allowed"]
        assert (await try_to_log_in(service)).status_code == 200


async def verified_admin(service: Service) -> tuple[dict[str, Any], dict[str, str]]:
    user, headers = await service.verify(email="ada@example.com")
    await service.promote(user["email"])
    return user, headers


async def test_admins_may_look_at_themselves_and_at_each_other(service: Service) -> None:
    user, admin = await service.enter_as_admin()
    other, _ = await service.enter_as_admin(email="grace@example.com")
    for whose in (user, other):
        told = await decision(service, whose, admin)
        assert told["allowed"]
        assert [attempt["outcome"] for attempt in told["recent_attempts"]] == ["success"]


async def test_who_is_no_admin_learns_nothing(service: Service) -> None:
    user, headers = await service.enter()
    for user_id in (user["id"], NOBODY):
        problem(await ask(service, user_id, headers), 403, "forbidden")
    problem(await ask(service, user["id"], {}), 401, "token_missing")


async def test_of_nobody_there_is_nothing_to_tell(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    problem(await ask(service, NOBODY, admin), 404, "user_not_found")
    for number in ("0", "x", str(2**31)):
        assert [field for field, _ in violations(await ask(service, number, admin))] == ["user_id"]


async def test_looking_is_no_attempt(service: Service) -> None:
    user, admin = await service.enter_as_admin()
    before = await service.audit_trail()
    assert await decision(service, user, admin) == await decision(service, user, admin)
    assert await service.audit_trail() == before
