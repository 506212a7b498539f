"""GET /admin/stats and /admin/stats/timeseries."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from dependency_injector import providers

from tests.support.http import JANE, JOHN, compose_http, problem, running, violations
from user_domain.testing.builders import NOW, a_block, a_suspension
from user_domain.testing.in_memory import InMemoryClock

if TYPE_CHECKING:
    from tests.support.http import Service

NUMBERS = [
    "total_users", "active_users", "blocked_users", "suspended_users", "pending_verification", "users_today", "admins",
    "verified_users", "active_sessions", "logins_today", "failed_logins_today",
]  # fmt: skip
EVENTS = ["registrations", "logins", "failed_logins", "active_users"]


async def stats(service: Service, headers: dict[str, str]) -> dict[str, int]:
    answer = await service.client.get("/admin/stats", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    numbers: dict[str, int] = answer.json()
    assert sorted(numbers) == sorted(NUMBERS)
    assert {type(number) for number in numbers.values()} == {int}
    return numbers


async def timeseries(service: Service, headers: dict[str, str], **parameters: Any) -> list[dict[str, Any]]:
    answer = await service.client.get("/admin/stats/timeseries", headers=headers, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    days: list[dict[str, Any]] = answer.json()
    for day in days:
        assert list(day) == ["date", *EVENTS]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", day["date"])
    return days


def events(day: dict[str, Any]) -> tuple[int, ...]:
    return tuple(day[event] for event in EVENTS)


async def fail(service: Service, email: str = JOHN["email"]) -> None:
    answer = await service.client.post("/auth/login", json={"email": email, "password": "wrong"})
    assert answer.status_code == 401


async def test_what_people_do_is_in_the_numbers_of_the_very_next_question(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    before = await stats(service, admin)
    assert (before["total_users"], before["admins"], before["active_sessions"], before["users_today"]) == (1, 1, 1, 1)
    await service.verify()
    await service.enter(**JANE)
    await fail(service)
    await fail(service, "nobody@example.com")
    after = await stats(service, admin)
    assert after == {
        "total_users": 3,
        "active_users": 3,
        "blocked_users": 0,
        "suspended_users": 0,
        "pending_verification": 0,
        "users_today": 3,
        "admins": 1,
        "verified_users": 1,
        "active_sessions": 3,
        "logins_today": 3,
        "failed_logins_today": 2,
    }
    today = (await timeseries(service, admin))[-1]
    assert events(today) == (3, 3, 2, 3)


async def test_users_are_counted_as_they_stand(conninfo: str) -> None:
    async with running(compose_http(conninfo, email_verification="required")) as service:
        _, admin = await enter_as_verified_admin(service)
        blocked, suspended = await service.register(), await service.register(**JANE)
        await service.register(email="pending@example.com")
        await service.restrict(blocked["id"], block=a_block())
        await service.restrict(suspended["id"], suspension=a_suspension(until=None))
        numbers = await stats(service, admin)
        assert [numbers[name] for name in NUMBERS[:5]] == [4, 1, 1, 1, 1]


async def enter_as_verified_admin(service: Service) -> tuple[dict[str, Any], dict[str, str]]:
    user, headers = await service.verify(email="ada@example.com")
    await service.promote(user["email"])
    return user, headers


async def test_ending_a_session_takes_it_off_at_once(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    _, john = await service.enter()
    assert (await stats(service, admin))["active_sessions"] == 2
    assert (await service.client.post("/auth/logout", headers=john)).status_code == 200
    assert (await stats(service, admin))["active_sessions"] == 1


async def test_a_login_that_is_denied_has_failed(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    user = await service.register()
    await service.restrict(user["id"], block=a_block())
    answer = await service.client.post("/auth/login", json={"email": JOHN["email"], "password": JOHN["password"]})
    problem(answer, 403, "account_blocked")
    numbers = await stats(service, admin)
    assert (numbers["logins_today"], numbers["failed_logins_today"]) == (1, 1)


@pytest.mark.parametrize("days", [1, 7, 366])
async def test_a_series_has_every_day_up_to_today_the_oldest_first(service: Service, days: int) -> None:
    _, admin = await service.enter_as_admin()
    series = await timeseries(service, admin, days=days)
    today = datetime.now(UTC).date()
    assert [day["date"] for day in series] == [str(today - timedelta(days=ago)) for ago in reversed(range(days))]
    assert [events(day) for day in series] == [(0, 0, 0, 0)] * (days - 1) + [(1, 1, 0, 1)]


async def test_a_series_has_thirty_days_unless_somebody_says_otherwise(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    assert len(await timeseries(service, admin)) == 30


@pytest.mark.parametrize("days", ["0", "-1", "367", "1.5", "x", "", "1e2", "9" * 40])
async def test_days_that_make_no_series_are_refused(service: Service, days: str) -> None:
    _, admin = await service.enter_as_admin()
    answer = await service.client.get("/admin/stats/timeseries", headers=admin, params={"days": days})
    ((field, _),) = violations(answer)
    assert field == "days"


@pytest.mark.parametrize("path", ["/admin/stats", "/admin/stats/timeseries"])
async def test_only_admins_see_them(service: Service, path: str) -> None:
    problem(await service.client.get(path), 401, "token_missing")
    _, headers = await service.enter()
    problem(await service.client.get(path, headers=headers), 403, "forbidden")
    await service.promote(JOHN["email"])
    assert (await service.client.get(path, headers=headers)).status_code == 200


async def test_days_begin_where_the_service_is_run(conninfo: str) -> None:
    """At a quarter to six in the afternoon of UTC, in Kathmandu."""
    midnight = datetime(2026, 3, 14, 18, 15, tzinfo=UTC)
    app = compose_http(conninfo, stats_timezone="Asia/Kathmandu")
    clock = InMemoryClock()
    app.clock.override(providers.Object(clock))
    async with running(app) as service:
        clock.advance(midnight - timedelta(minutes=2) - NOW)
        _, admin = await service.enter_as_admin()
        await service.register()
        await fail(service)
        numbers = await stats(service, admin)
        assert (numbers["users_today"], numbers["logins_today"], numbers["failed_logins_today"]) == (2, 1, 1)
        clock.advance(timedelta(minutes=2))
        numbers = await stats(service, admin)
        assert (numbers["users_today"], numbers["logins_today"], numbers["failed_logins_today"]) == (0, 0, 0)
        assert numbers["total_users"] == 2
        await service.log_in()
        await service.container.session_activity().write_down()
        days = {day["date"]: events(day) for day in await timeseries(service, admin, days=3)}
    # On the second day one has logged in, and the other was seen.
    assert days == {"2026-03-13": (0, 0, 0, 0), "2026-03-14": (2, 1, 1, 1), "2026-03-15": (0, 1, 0, 2)}


async def test_whoever_goes_on_with_a_session_is_active(conninfo: str) -> None:
    app, clock = compose_http(conninfo), InMemoryClock()
    app.clock.override(providers.Object(clock))
    async with running(app) as service:
        _, admin = await service.enter_as_admin()
        await service.register()
        tokens = await service.start()
        clock.advance(timedelta(days=1))
        await service.go_on(tokens["refresh_token"])
        await service.container.session_activity().write_down()
        admin = await service.log_in("ada@example.com")
        days = await timeseries(service, admin, days=2)
        assert [day["active_users"] for day in days] == [2, 2]
        assert [day["logins"] for day in days] == [2, 1]
