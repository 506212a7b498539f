"""What only PostgreSQL can get wrong about throwing things away."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest

from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.statements import statements
from tests.support.postgres import cloned_database
from tests.support.store import store_on
from user_domain.entities.session import EndReason
from user_domain.testing.builders import NOW, a_new_session, a_token

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from user_domain.entities.session import NewSession
    from user_domain.testing.contracts.store import Store

SQL = statements("old_records")
DAY = timedelta(days=1)


@pytest.fixture
def store(database: Database) -> Store:
    return store_on(database)


async def with_lapsed_sessions(store: Store, number: int) -> list[NewSession]:
    user = await store.with_user()
    sessions = [a_new_session(user.id, expires_at=NOW) for _ in range(number)]
    await store.with_sessions(*sessions)
    return sessions


async def delete_lapsed(store: Store, limit: int = 100) -> int:
    return await store.old_records.delete_lapsed_sessions(expired_by=NOW, started_by=NOW, limit=limit)


# --- Beside others ----------------------------------------------------------------------------------------------------


async def test_what_somebody_works_with_is_left_for_the_next_time_and_nobody_waits(store: Store) -> None:
    busy, *_ = await with_lapsed_sessions(store, 3)
    user = await store.with_user()
    token = await store.with_token(a_token(user, expires_at=NOW))
    async with store.unit_of_work() as work:
        assert await work.sessions.end(busy.handle, at=NOW - DAY, reason=EndReason.LOGOUT)
        await work.tokens.mark_used(token.id, at=NOW)
        async with asyncio.timeout(5):
            assert await work.sessions.end_all(user.id, at=NOW, reason=EndReason.LOGOUT) == 0  # all of it is sent
            assert await delete_lapsed(store) == 2
            assert await store.old_records.delete_tokens(expired_by=NOW, limit=100) == 0
    assert await delete_lapsed(store) == 1
    assert await store.old_records.delete_tokens(expired_by=NOW, limit=100) == 1


async def test_many_workers_share_the_work(store: Store) -> None:
    await with_lapsed_sessions(store, 400)

    async def work() -> int:
        deleted = 0
        while count := await delete_lapsed(store, limit=10):
            deleted += count
        return deleted

    async with asyncio.timeout(30):
        shares = await asyncio.gather(*(work() for _ in range(6)))
    assert sum(shares) == 400


TERMINATE_WHO_WAITS = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted"


async def test_one_that_is_cut_off_in_the_middle_loses_nothing(store: Store, conninfo: str) -> None:
    """Between batches, or within one: what was deleted is, and the rest is there for the next."""
    sessions = await with_lapsed_sessions(store, 30)
    assert await delete_lapsed(store, limit=10) == 10
    doomed = Database(conninfo, PoolSettings(min_size=1, max_size=1))
    await doomed.open()
    with psycopg.connect(conninfo, autocommit=True) as killer:
        # Each row that is deleted waits for a lock that is never given: the statement is under way when it is killed.
        killer.execute(
            "create function stay() returns trigger language plpgsql as $$ begin"
            " perform pg_advisory_xact_lock(4711); return old; end $$"
        )
        killer.execute("create trigger stay before delete on sessions for each row execute function stay()")
        try:
            killer.execute("select pg_advisory_lock(4711)")
            cut = asyncio.create_task(
                store_on(doomed).old_records.delete_lapsed_sessions(expired_by=NOW, started_by=NOW, limit=10)
            )
            async with asyncio.timeout(10):
                while True:
                    if killer.execute(TERMINATE_WHO_WAITS).fetchall():
                        break
                    await asyncio.sleep(0.01)
            with suppress(Exception):
                await cut
        finally:
            killer.execute("select pg_advisory_unlock_all()")
            killer.execute("drop trigger stay on sessions")
            killer.execute("drop function stay")
    await doomed.close()
    left = [session for session in sessions if await store.sessions.login_by_handle(session.handle) is not None]
    assert len(left) == 20
    assert await delete_lapsed(store) == 20


async def test_a_session_that_is_ended_at_that_instant_is_looked_at_anew(store: Store) -> None:
    """It lapsed long ago, says the row that was found; it was ended today, says the row that is there."""
    (session,) = await with_lapsed_sessions(store, 1)
    async with store.unit_of_work() as work:
        assert await work.sessions.end(session.handle, at=NOW - DAY, reason=EndReason.LOGOUT)
        deleting = asyncio.create_task(delete_lapsed(store))
        await asyncio.sleep(0.01)  # time to find it; right either way
        await work.commit()
    assert await deleting == 0
    assert (await store.login(session.handle)).session.end_reason is EndReason.LOGOUT


async def test_a_pause_can_begin_anew_while_the_one_before_is_thrown_away(store: Store) -> None:
    for _ in range(20):
        async with store.unit_of_work() as work:
            await work.cool_downs.start("mail", at=NOW - DAY, until=NOW)
            await work.commit()

        async def begin() -> object:
            async with store.unit_of_work() as work:
                running = await work.cool_downs.start("mail", at=NOW, until=NOW + DAY)
                await work.commit()
            return running

        begun, deleted = await asyncio.gather(begin(), store.old_records.delete_pauses(over_by=NOW, limit=10))
        assert begun is None
        assert deleted in {0, 1}
        assert await store.old_records.delete_pauses(over_by=NOW, limit=10) == 0
        assert await store.old_records.delete_pauses(over_by=NOW + DAY, limit=10) == 1


async def test_nothing_refers_to_what_is_thrown_away(database: Database) -> None:
    """A foreign key would make each batch look for rows that refer to it, or take them along."""
    rows = await database.fetch_all(
        "select conname from pg_constraint where contype = 'f' and confrelid::regclass::text = any(%(tables)s)",
        {"tables": ["sessions", "one_time_tokens", "outgoing_mails", "cool_downs"]},
    )
    assert rows == []


# --- Indexes ----------------------------------------------------------------------------------------------------------


async def test_no_index_of_sessions_has_to_be_written_by_a_refresh(database: Database) -> None:
    rows = await database.fetch_all("select indexdef from pg_indexes where tablename = 'sessions'", {})
    changed = re.compile(r"expires_at|last_seen_at|refresh_generation|refreshed_at")
    assert len(rows) >= 6
    assert [row["indexdef"] for row in rows if changed.search(row["indexdef"])] == []


AGES: dict[str, dict[str, Any]] = {
    "delete_ended_sessions": {"ended_by": NOW - 90 * DAY},
    "delete_lapsed_sessions": {"expired_by": NOW - 90 * DAY, "started_by": NOW - 180 * DAY},
    "delete_tokens": {"expired_by": NOW - 30 * DAY},
    "delete_dead_mails": {"dead_by": NOW - 90 * DAY},
    "delete_pauses": {"over_by": NOW},
}


TWO_HUNDRED_DAYS: list[LiteralString] = [
    """
    insert into users (id, name, email, mobile, role, created_at, updated_at, version)
    select n, 'x', n || '@example.com', '1', 'user', %(now)s, %(now)s, 1 from generate_series(1, 1000) n
    """,
    """
    insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at, ended_at)
    select gen_random_uuid(), 1 + n %% 1000, at, at, at, at + interval '30 days', case when n %% 4 > 0 then at end
      from generate_series(1, 40000) n, lateral (select %(now)s - n * interval '7 minutes' as at) moment
    """,
    """
    insert into one_time_tokens (id, purpose, user_id, email, digest, issued_at, expires_at)
    select gen_random_uuid(), 'not-me', 1 + n %% 1000, 'x', uuid_send(gen_random_uuid()), at, at
      from generate_series(1, 20000) n, lateral (select %(now)s - n * interval '7 minutes' as at) moment
    """,
    """
    insert into outgoing_mails (id, kind, recipient, token_ids, occurred_at, next_attempt_at, dead_at)
    select gen_random_uuid(), 'x', 'x', '{}', at, at, case when n %% 2 = 0 then at end
      from generate_series(1, 20000) n, lateral (select %(now)s - n * interval '14 minutes' as at) moment
    """,
    """
    insert into cool_downs (key, until)
    select uuid_send(gen_random_uuid()), %(now)s + n * interval '1 second' from generate_series(-1000, 20000) n
    """,
]


@pytest.fixture
async def at_volume(postgres_admin: str) -> AsyncIterator[Database]:
    """Two hundred days of everything, in a database of its own, for it leaves much to clean up."""
    with cloned_database(postgres_admin) as conninfo:
        database = Database(conninfo, PoolSettings(min_size=1, max_size=1, timeout=60))
        await database.open()
        for statement in TWO_HUNDRED_DAYS:
            await database.execute(statement, {"now": NOW})
        await database.execute("analyze", {})
        yield database
        await database.close()


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_at_volume_what_is_old_is_found_by_an_index(at_volume: Database, mode: str) -> None:
    async with at_volume.connection() as connection:
        await connection.execute("select set_config('plan_cache_mode', %s, false)", [mode])
        for name, ages in AGES.items():
            async with connection.transaction(force_rollback=True):
                explain = f"explain (analyze, buffers) {SQL[name]}"
                cursor = await connection.execute(explain, {**ages, "limit": 100}, prepare=True)
                plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())
                after = await connection.execute(SQL[name], {**ages, "limit": 100})
            assert after.rowcount == 100
            assert "Seq Scan" not in plan, plan
            assert "Sort" not in plan, plan
