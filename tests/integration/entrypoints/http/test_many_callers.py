"""GET /auth/me is what other services ask on every request: many callers share a look-up, and still nobody is answered
from before a commit; and when sessions are used costs no request anything.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.support.http import FreeHasher, bearer, compose_http, problem, running
from tests.support.protocol import traffic
from tests.support.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from entrypoints.container import Container
    from tests.support.http import Service

AT_ONCE = 64


def with_one_connection(conninfo: str) -> Container:
    """So that all traffic is on it, statements by their full text."""
    return compose_http(
        conninfo,
        hasher=FreeHasher(),
        database_pool_min=1,
        database_pool_max=1,
        database_pooler="transaction",
        migrate_on_start=False,
    )


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    """A running service, hashes for nothing."""
    async with running(compose_http(conninfo, hasher=FreeHasher(), max_sessions_per_user=100)) as service:
        yield service


async def ask(service: Service, headers: dict[str, str]) -> httpx2.Response:
    return await service.client.get("/auth/me", headers=headers)


async def people(service: Service, count: int) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """So many, each logged in."""
    return [await service.enter(email=f"john{number}@example.com") for number in range(count)]


async def test_many_who_ask_at_once_need_few_look_ups_and_each_sees_oneself(conninfo: str) -> None:
    async with running(with_one_connection(conninfo)) as service:
        everybody = await people(service, 8)
        async with traffic(service.container.database()) as alone:
            await ask(service, everybody[0][1])
        async with traffic(service.container.database()) as wire:
            answers = await asyncio.gather(
                *(ask(service, everybody[number % 8][1]) for number in range(AT_ONCE)),
            )
        for number, answer in enumerate(answers):
            assert (answer.status_code, answer.json()["id"]) == (200, everybody[number % 8][0]["id"])
        assert alone.round_trips == 1
        assert wire.round_trips <= AT_ONCE / 8  # 2 were measured
        assert set(wire.statements) == set(alone.statements)


async def test_an_unknown_session_among_them_spoils_nothing(service: Service) -> None:
    (_, gone), (_, out), *others = await people(service, 6)
    await service.client.post("/auth/logout", headers=out)
    await service.rows("delete from sessions where id = (select min(id) from sessions) returning id")
    answers = await asyncio.gather(*(ask(service, headers) for headers in (gone, out, *(h for _, h in others))))
    assert [answer.status_code for answer in answers] == [401, 401, 200, 200, 200, 200]


async def test_nobody_shares_a_look_up_that_began_before_they_came(conninfo: str) -> None:
    """Its answer may be from before the session ended, and still be on its way."""
    parts = conninfo_to_dict(conninfo)
    async with Proxy(str(parts["host"]), int(str(parts["port"]))) as proxy:
        through = make_conninfo(conninfo, host="127.0.0.1", port=proxy.port)
        async with running(compose_http(through, hasher=FreeHasher())) as service, asyncio.timeout(30):
            tokens = [await service.enter(email=f"john{number}@example.com") for number in range(2)]
            (_, headers), (_, others) = tokens
            await asyncio.gather(*(service.rows("select pg_sleep(0.1)") for _ in range(3)))  # connections that are open
            proxy.hold_answers()
            before = asyncio.create_task(ask(service, headers))
            while not proxy.held:  # noqa: ASYNC110 - it happens on the wire
                await asyncio.sleep(0.01)
            async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as elsewhere:
                await elsewhere.execute("update sessions set ended_at = now(), end_reason = 'revoked' where id ="
                                        " (select min(id) from sessions)")  # fmt: skip
            after = [asyncio.create_task(ask(service, headers)) for _ in range(3)]
            other = asyncio.create_task(ask(service, others))
            while proxy.held < 2:  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.01)
            last = asyncio.create_task(ask(service, headers))  # as many look-ups are under way as may be
            await asyncio.sleep(0.05)
            proxy.release()
            assert (await before).status_code == 200
            for answer in await asyncio.gather(*after, last):
                problem(answer, 401, "session_ended")
            assert (await other).status_code == 200


async def test_once_a_session_has_ended_no_request_is_answered_from_before(service: Service, conninfo: str) -> None:
    """While others keep asking, so that there is always a look-up under way to share."""
    _, others = await service.enter()
    done = asyncio.Event()

    async def keep_asking() -> None:
        while not done.is_set():
            assert (await ask(service, others)).status_code == 200

    askers = [asyncio.create_task(keep_asking()) for _ in range(4)]
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as elsewhere:
        for _ in range(30):
            headers = await service.log_in()
            assert (await ask(service, headers)).status_code == 200
            asked_before = asyncio.create_task(ask(service, headers))
            await asyncio.sleep(0)
            await elsewhere.execute(
                "update sessions set ended_at = now(), end_reason = 'revoked'"
                " where id = (select max(id) from sessions) and ended_at is null"
            )
            problem(await ask(service, headers), 401, "session_ended")
            assert (await asked_before).status_code in {200, 401}
    done.set()
    await asyncio.gather(*askers)


async def test_so_it_is_with_roles_and_blocks(service: Service) -> None:
    user, headers = await service.enter()
    _, others = await service.enter(email="jane@example.com")
    for number in range(20):
        role = ("admin", "user")[number % 2]
        asking = [asyncio.create_task(ask(service, others)) for _ in range(8)]
        await service.rows("update users set role = %(role)s where id = %(id)s returning id", role=role, id=user["id"])
        assert (await ask(service, headers)).json()["role"] == role
        await asyncio.gather(*asking)


async def test_a_caller_that_hangs_up_takes_nobody_along(service: Service) -> None:
    everybody = [headers for _, headers in await people(service, 4)]
    chance = random.Random(20261122)  # noqa: S311 - who hangs up is no secret
    statuses: Counter[int] = Counter()
    for _ in range(15):
        tasks = [asyncio.create_task(ask(service, chance.choice(everybody))) for _ in range(32)]
        leaving = chance.sample(tasks, 16)
        for _ in range(chance.randrange(8)):
            await asyncio.sleep(0)
        for task in leaving:
            task.cancel()
        staying = [task for task in tasks if task not in leaving]
        answers = await asyncio.gather(*staying)
        await asyncio.gather(*leaving, return_exceptions=True)
        statuses += Counter(answer.status_code for answer in answers)
    assert statuses == {200: 15 * 16}


async def test_the_only_caller_may_hang_up_and_the_next_one_is_answered(service: Service) -> None:
    _, headers = await service.enter()
    for turns in range(12):
        task = asyncio.create_task(ask(service, headers))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        assert (await ask(service, headers)).status_code == 200
    assert service.container.database().use().waiting == 0


async def test_a_look_up_that_fails_fails_for_those_who_share_it_and_for_nobody_after(conninfo: str) -> None:
    container = compose_http(conninfo, hasher=FreeHasher(), database_timeout_seconds=0.5)
    async with running(container) as service:
        everybody = [headers for _, headers in await people(service, 4)]
        async with await psycopg.AsyncConnection.connect(conninfo) as rude:
            await rude.execute("lock table sessions in access exclusive mode")
            answers = await asyncio.gather(*(ask(service, headers) for headers in everybody * 8))
            for answer in answers:
                problem(answer, 503, "storage_unavailable")
            await rude.rollback()
        answers = await asyncio.gather(*(ask(service, headers) for headers in everybody * 8))
        assert {answer.status_code for answer in answers} == {200}


# When a session was used


async def last_seen(service: Service) -> list[Any]:
    return [row["last_seen_at"] for row in await service.rows("select last_seen_at from sessions order by id")]


async def let_pass(service: Service, minutes: int = 5) -> None:
    """Let every session have been seen last so long ago."""
    assert await service.rows(
        "update sessions set started_at = started_at - make_interval(mins => %(minutes)s),"
        " last_seen_at = last_seen_at - make_interval(mins => %(minutes)s) returning id",
        minutes=minutes,
    )


async def test_that_it_is_used_costs_no_request_a_statement_and_one_write_for_all(conninfo: str) -> None:
    async with running(with_one_connection(conninfo)) as service:
        everybody = [headers for _, headers in await people(service, 8)]
        await let_pass(service)
        before = await last_seen(service)
        database, activity = service.container.database(), service.container.session_activity()
        async with traffic(database) as wire:
            for headers in everybody * 3:
                assert (await ask(service, headers)).status_code == 200
        assert wire.round_trips == 24
        assert len(set(wire.statements)) == 1
        assert await last_seen(service) == before
        async with traffic(database) as wire:
            await activity.write_down()
        assert wire.round_trips == 1
        after = await last_seen(service)
        assert all(then - now < timedelta(0) for then, now in zip(before, after, strict=True))
        (row,) = await service.rows("select max(now() - last_seen_at) < interval '1 minute' as recent from sessions")
        assert row["recent"]
        async with traffic(database) as wire:
            for headers in everybody:
                await ask(service, headers)
            await activity.write_down()
        assert wire.round_trips == 8  # used again within the minute: there is nothing to write
        assert await last_seen(service) == after


async def test_of_many_processes_that_saw_it_one_writes(service: Service, conninfo: str) -> None:
    _, headers = await service.enter()
    async with running(compose_http(conninfo)) as second, running(compose_http(conninfo)) as third:
        replicas = (service, second, third)
        await let_pass(service)
        for replica in replicas:
            assert (await ask(replica, headers)).status_code == 200
        for _ in range(2):
            await asyncio.gather(*(replica.container.session_activity().write_down() for replica in replicas))
        (row,) = await service.rows("select xmin::text::bigint as by, last_seen_at from sessions")
        for replica in replicas:
            assert (await ask(replica, headers)).status_code == 200
            await replica.container.session_activity().write_down()
        assert await service.rows("select xmin::text::bigint as by, last_seen_at from sessions") == [row]


async def test_it_is_shown_to_about_a_minute(service: Service) -> None:
    _, headers = await service.enter()
    await let_pass(service)
    (before,) = (await service.client.get("/auth/sessions", headers=headers)).json()
    await service.container.session_activity().write_down()
    (after,) = (await service.client.get("/auth/sessions", headers=headers)).json()
    assert after["last_seen"] > before["last_seen"]
    assert after["last_seen"] > after["login_time"]


async def test_a_service_that_stops_writes_down_what_it_saw(service: Service, conninfo: str) -> None:
    _, headers = await service.enter()
    await let_pass(service)
    before = await last_seen(service)
    async with running(compose_http(conninfo)) as other:
        assert (await ask(other, headers)).status_code == 200
        assert await last_seen(service) == before
    assert await last_seen(service) > before


async def test_a_refused_request_is_no_use(service: Service) -> None:
    _, headers = await service.enter()
    await let_pass(service)
    await service.rows("update users set blocked_at = now() returning id")
    before = await last_seen(service)
    problem(await ask(service, headers), 403, "account_blocked")
    problem(await ask(service, bearer("forged")), 401, "token_invalid")
    await service.container.session_activity().write_down()
    assert await last_seen(service) == before


async def test_a_session_that_ended_meanwhile_stays_as_it_was(service: Service) -> None:
    _, headers = await service.enter()
    await let_pass(service)
    await ask(service, headers)
    await service.client.post("/auth/logout", headers=headers)
    before = await service.rows("select * from sessions")
    await service.container.session_activity().write_down()
    assert await service.rows("select * from sessions") == before
