"""How many sessions a person may have, how long one lives, and from where it may be used, as the settings say."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http import (
    CLIENT_IP,
    JANE,
    JOHN,
    FreeHasher,
    bearer,
    client_of,
    compose_http,
    problem,
    running,
)
from user_domain.entities.audit_entry import FieldChange
from user_domain.testing.builders import PASSWORD, a_block

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager

    import httpx2

    from tests.support.http import Service

CREDENTIALS = {"email": JOHN["email"], "password": PASSWORD}


def service_with(conninfo: str, **settings: object) -> AbstractAsyncContextManager[Service]:
    """A service that is run so."""
    return running(compose_http(conninfo, hasher=FreeHasher(), **settings))


async def status_of(service: Service, headers: Mapping[str, str]) -> int:
    status: int = (await service.client.get("/auth/me", headers=headers)).status_code
    return status


async def actions(service: Service) -> list[str]:
    return [str(entry.action) for entry in await service.audit_trail()]


# How many


@pytest.mark.parametrize(
    ("settings", "limit"), [({}, 5), ({"max_sessions_per_user": 2}, 2), ({"max_sessions_per_user": 1}, 1)]
)
async def test_the_oldest_session_makes_room(conninfo: str, settings: dict[str, object], limit: int) -> None:
    async with service_with(conninfo, **settings) as service:
        _, jane = await service.enter(**JANE)
        user = await service.register()
        everywhere = [await service.start() for _ in range(limit)]
        assert [await status_of(service, bearer(tokens["access_token"])) for tokens in everywhere] == [200] * limit
        assert "session:evict" not in await actions(service)
        for number in range(limit):
            everywhere.append(await service.start())
            alive = [await status_of(service, bearer(tokens["access_token"])) == 200 for tokens in everywhere]
            assert alive == [False] * (number + 1) + [True] * limit
            problem(await service.refresh(everywhere[number]["refresh_token"]), 401, "refresh_token_invalid")
        query = "select id, end_reason from sessions where user_id = %(id)s order by id"
        rows = await service.rows(query, id=user["id"])
        assert [row["end_reason"] for row in rows] == ["evicted"] * limit + [None] * limit
        evictions = [entry for entry in await service.audit_trail() if entry.action == "session:evict"]
        assert [(entry.actor_id, entry.target_id) for entry in evictions] == [(user["id"], user["id"])] * limit
        named = [entry.changes for entry in evictions]
        assert named == [(FieldChange("session", str(row["id"]), None),) for row in rows[:limit]]
        assert await status_of(service, jane) == 200


async def test_the_one_that_started_first_goes_even_if_it_was_just_used(conninfo: str) -> None:
    async with service_with(conninfo, max_sessions_per_user=2) as service:
        await service.register()
        first, second = await service.start(), await service.start()
        first = await service.go_on(first["refresh_token"])
        await service.start()
        assert await status_of(service, bearer(first["access_token"])) == 401
        assert await status_of(service, bearer(second["access_token"])) == 200


@pytest.mark.parametrize("way_in", ["login", "token"])
async def test_or_whoever_comes_too_late_is_refused(conninfo: str, way_in: str) -> None:
    async with service_with(conninfo, max_sessions_per_user=2, session_limit_policy="deny") as service:
        user = await service.register()
        everywhere = [await service.log_in() for _ in range(2)]
        await service.letters()
        before = await service.rows("select * from users")

        async def log_in(password: str = PASSWORD, **headers: str) -> httpx2.Response:
            if way_in == "login":
                body = CREDENTIALS | {"password": password}
                return await service.client.post("/auth/login", json=body, headers=headers)
            form = {"username": JOHN["email"], "password": password}
            return await service.client.post("/auth/token", data=form, headers=headers)

        body = problem(await log_in(**{"User-Agent": "a new device"}), 409, "session_limit_reached")
        assert "too many devices" in body["detail"]
        entry = (await service.audit_trail())[-1]
        assert (entry.action, entry.target_id, entry.reason) == (
            "session:login:denied", user["id"], "session_limit_reached",
        )  # fmt: skip
        problem(await log_in("Wrong-Pass-1"), 401, "invalid_credentials")  # who does not know it learns nothing
        assert len(await service.rows("select from sessions")) == 2
        assert await service.rows("select * from users") == before  # no login: not even the time of one
        assert await service.letters() == []
        assert [await status_of(service, headers) for headers in everywhere] == [200, 200]
        await service.enter(**JANE)  # another's sessions are another's
        await service.client.post("/auth/logout", headers=everywhere[0])
        assert (await log_in()).status_code == 200
        problem(await log_in(), 409, "session_limit_reached")


@pytest.mark.parametrize("policy", ["evict_oldest", "deny"])
@pytest.mark.parametrize("how", ["expires_at = now()", "ended_at = now(), end_reason = 'logout'"])
async def test_a_session_that_is_over_takes_no_room(conninfo: str, policy: str, how: str) -> None:
    async with service_with(conninfo, max_sessions_per_user=2, session_limit_policy=policy) as service:
        await service.register()
        await service.start()
        if how.startswith("expires"):
            await service.rows("update sessions set expires_at = now() returning id")
        else:
            await service.rows("update sessions set ended_at = now(), end_reason = 'logout' returning id")
        both = [await service.log_in() for _ in range(2)]
        assert [await status_of(service, headers) for headers in both] == [200, 200]
        assert "session:evict" not in await actions(service)


async def test_a_lower_limit_holds_from_the_next_login_on(conninfo: str) -> None:
    async with service_with(conninfo) as service:
        await service.register()
        before = [await service.log_in() for _ in range(5)]
        async with service_with(conninfo, max_sessions_per_user=2, session_limit_policy="deny") as strict:
            problem(await strict.client.post("/auth/login", json=CREDENTIALS), 409, "session_limit_reached")
            assert [await status_of(strict, headers) for headers in before] == [200] * 5
        async with service_with(conninfo, max_sessions_per_user=2) as lower:
            new = await lower.log_in()
            assert [await status_of(lower, headers) for headers in [*before, new]] == [401] * 4 + [200] * 2


async def test_a_block_weighs_more_than_too_many_sessions(conninfo: str) -> None:
    async with service_with(conninfo, max_sessions_per_user=1, session_limit_policy="deny") as service:
        user, _ = await service.enter()
        await service.restrict(user["id"], block=a_block())
        problem(await service.client.post("/auth/login", json=CREDENTIALS), 403, "account_blocked")


# How long


async def seen_ago(service: Service, seconds: int) -> None:
    """Let every session have been seen last so long ago."""
    await service.rows(
        "update sessions set started_at = now() - interval '1 day', refreshed_at = now() - interval '1 day',"
        " last_seen_at = now() - make_interval(secs => %(seconds)s) returning id",
        seconds=seconds,
    )


async def write_down(service: Service) -> None:
    await service.container.session_activity().write_down()


async def test_a_session_that_lies_idle_ends(conninfo: str) -> None:
    """To a minute: when a session was seen is not known more exactly, and nobody is logged out too early."""
    async with service_with(conninfo, session_idle_timeout_minutes=2, max_sessions_per_user=2) as service:
        await service.register()
        tokens = await service.start()
        headers = bearer(tokens["access_token"])
        await seen_ago(service, 170)
        assert await status_of(service, headers) == 200
        await seen_ago(service, 181)
        problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")
        problem(await service.client.post("/auth/logout", headers=headers), 401, "session_ended")
        problem(await service.refresh(tokens["refresh_token"]), 401, "refresh_token_invalid")
        others = [await service.log_in() for _ in range(2)]  # an idle one takes no room
        listed = (await service.client.get("/auth/sessions", headers=others[0])).json()
        assert [session["is_current"] for session in listed] == [False, True]
        assert "session:evict" not in await actions(service)
        assert await status_of(service, headers) == 401  # by what others do it does not come back
        answer = await service.client.post("/auth/logout-all", headers=others[0])
        assert answer.json()["sessions_ended"] == 2  # it had ended already, for whoever sees the list


async def test_use_keeps_it_alive(conninfo: str) -> None:
    async with service_with(conninfo, session_idle_timeout_minutes=2) as service:
        await service.register()
        tokens = await service.start()
        headers = bearer(tokens["access_token"])
        for _ in range(3):
            await seen_ago(service, 170)
            assert await status_of(service, headers) == 200
            await write_down(service)
            (row,) = await service.rows("select now() - last_seen_at < interval '1 minute' as recent from sessions")
            assert row["recent"]
        await seen_ago(service, 170)
        tokens = await service.go_on(tokens["refresh_token"])
        (row,) = await service.rows("select now() - last_seen_at < interval '1 minute' as recent from sessions")
        assert row["recent"]


async def test_without_an_idle_timeout_it_may_lie_for_weeks(conninfo: str) -> None:
    async with service_with(conninfo) as service:
        await service.register()
        tokens = await service.start()
        await seen_ago(service, 29 * 24 * 3600)
        assert await status_of(service, bearer(tokens["access_token"])) == 200
        await service.go_on(tokens["refresh_token"])


@pytest.mark.parametrize("days", [1, 7, 400])
async def test_how_long_it_lives_without_being_refreshed_is_configured(conninfo: str, days: int) -> None:
    async with service_with(conninfo, refresh_token_expire_days=days, session_max_lifetime_days=3650) as service:
        await service.register()
        tokens = await service.start()
        assert tokens["refresh_expires_in"] == days * 24 * 3600
        assert (await service.go_on(tokens["refresh_token"]))["refresh_expires_in"] == days * 24 * 3600


async def test_how_long_it_lives_in_all_is_configured(conninfo: str) -> None:
    async with service_with(conninfo, session_max_lifetime_days=2) as service:
        await service.register()
        tokens = await service.start()
        assert tokens["refresh_expires_in"] == 2 * 24 * 3600
        later = await service.go_on(tokens["refresh_token"])
        assert 2 * 24 * 3600 - 60 <= later["refresh_expires_in"] <= 2 * 24 * 3600  # from its start on, not from now on
        await service.rows("update sessions set started_at = started_at - interval '2 days',"
                           " expires_at = expires_at - interval '2 days' returning id")  # fmt: skip
        problem(await service.client.get("/auth/me", headers=bearer(later["access_token"])), 401, "session_ended")
        problem(await service.refresh(later["refresh_token"]), 401, "refresh_token_invalid")


# From where


@asynccontextmanager
async def at(service: Service, ip: str | None) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(service.app, peer=(ip, 50_000) if ip else None) as client:
        yield client


async def start_at(service: Service, ip: str | None) -> dict[str, Any]:
    async with at(service, ip) as client:
        answer = await client.post("/auth/login", json=CREDENTIALS)
        assert answer.status_code == 200
        tokens: dict[str, Any] = answer.json()
        return tokens


NEAR = [
    (CLIENT_IP, CLIENT_IP),
    (CLIENT_IP, f"::ffff:{CLIENT_IP}"),
    ("2001:db8:1:2::7", "2001:0DB8:0001:2:0::7"),
    (None, None),
]
IN_THE_SUBNET = [(CLIENT_IP, "203.0.113.250"), ("2001:db8:1:2::7", "2001:db8:1:2:ffff::1")]
FAR = [
    (CLIENT_IP, "203.0.114.7"),
    (CLIENT_IP, "2001:db8:1:2::7"),
    (CLIENT_IP, None),
    (None, CLIENT_IP),
    ("2001:db8:1:2::7", "2001:db8:1:3::7"),
    ("2001:db8:1:2::7", CLIENT_IP),
]
ALLOWED = {"off": NEAR + IN_THE_SUBNET + FAR, "subnet": NEAR + IN_THE_SUBNET, "strict": NEAR}
MOVES = {"subnet": FAR, "strict": FAR + IN_THE_SUBNET}


@pytest.mark.parametrize("binding", ALLOWED)
async def test_a_session_is_used_from_near_to_where_it_started(conninfo: str, binding: str) -> None:
    async with service_with(conninfo, session_ip_binding=binding) as service:
        await service.register()
        for start, use in ALLOWED[binding]:
            tokens = await start_at(service, start)
            async with at(service, use) as client:
                headers = bearer(tokens["access_token"])
                assert (await client.get("/auth/me", headers=headers)).status_code == 200
                answer = await client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
                assert answer.status_code == 200
        assert "session:move:refused" not in await actions(service)


@pytest.mark.parametrize("binding", MOVES)
@pytest.mark.parametrize("by", ["access token", "refresh token"])
async def test_used_from_elsewhere_it_ends_everywhere(conninfo: str, binding: str, by: str) -> None:
    async with service_with(conninfo, session_ip_binding=binding) as service:
        user = await service.register()
        for start, use in MOVES[binding]:
            tokens, other = await start_at(service, start), await start_at(service, use)
            headers, body = bearer(tokens["access_token"]), {"refresh_token": tokens["refresh_token"]}
            async with at(service, use) as elsewhere:
                if by == "access token":
                    problem(await elsewhere.get("/auth/me", headers=headers), 401, "session_ended")
                else:
                    problem(await elsewhere.post("/auth/refresh", json=body), 401, "refresh_token_invalid")
                assert (await elsewhere.get("/auth/me", headers=bearer(other["access_token"]))).status_code == 200
            async with at(service, start) as home:
                problem(await home.get("/auth/me", headers=headers), 401, "session_ended")
                problem(await home.post("/auth/refresh", json=body), 401, "refresh_token_invalid")
            query = "select * from sessions where end_reason = 'moved' order by id desc limit 1"
            (row,) = await service.rows(query)
            entry = (await service.audit_trail())[-1]
            assert (entry.action, entry.actor_id, entry.target_id, entry.at) == (
                "session:move:refused", user["id"], user["id"], row["ended_at"],
            )  # fmt: skip
            assert entry.client.ip_address == use
        assert (await actions(service)).count("session:move:refused") == len(MOVES[binding])


async def test_a_token_of_another_database_moves_nothing(conninfo: str) -> None:
    """Who shows what is not genuine ends nobody's session from afar."""
    async with service_with(conninfo, session_ip_binding="strict") as service:
        await service.register()
        tokens = await start_at(service, CLIENT_IP)
        async with at(service, "198.51.100.1") as elsewhere:
            forged = tokens["access_token"][:-4] + "AAAA"
            problem(await elsewhere.get("/auth/me", headers=bearer(forged)), 401, "token_invalid")
            body = {"refresh_token": tokens["refresh_token"][:-4] + "AAAA"}
            problem(await elsewhere.post("/auth/refresh", json=body), 401, "refresh_token_invalid")
        assert await status_of(service, bearer(tokens["access_token"])) == 200
