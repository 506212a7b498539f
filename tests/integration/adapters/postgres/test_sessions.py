"""What only PostgreSQL can get wrong about sessions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.conninfo import make_conninfo

from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.session_activity import PostgresSessionActivity
from adapters.postgres.session_queries import PostgresSessionQueries
from adapters.postgres.statements import statements
from tests.support.postgres import cloned_database
from tests.support.store import store_on
from user_domain.entities.session import EndReason
from user_domain.errors import StorageUnavailable
from user_domain.ports.session_refreshes import RefreshTerms
from user_domain.testing.builders import NOW, a_handle
from user_domain.testing.contracts.session_refreshes import SessionRefreshesContract
from user_domain.testing.contracts.store import Store, together
from user_domain.value_objects.calendar import Calendar
from user_domain.value_objects.refresh_token import RefreshToken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import LiteralString

    from adapters.postgres.database import Row
    from user_domain.ports.session_refreshes import Refresh
    from user_domain.value_objects.ids import SessionHandle

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def store(database: Database) -> Store:
    return store_on(database)


async def advance(store: Store, handle: SessionHandle, generation: int = 0) -> Refresh | None:
    return await store.refreshes.advance(
        RefreshToken(handle, generation),
        RefreshTerms(
            at=LATER,
            sliding=timedelta(days=30),
            absolute=timedelta(days=90),
            seen_after=None,
            verified_email_required=False,
        ),
    )


async def waiting_for_a_lock(database: Database, number: int) -> None:
    """Until that many statements wait for somebody else's."""
    async with asyncio.timeout(10):
        while True:
            row = await database.fetch_one(
                "select count(*) as n from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'",
                {},
            )
            assert row is not None
            if row["n"] >= number:
                return
            await asyncio.sleep(0.01)


# --- Refreshes --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def far_from_utc(conninfo: str) -> AsyncIterator[Database]:
    """Sessions of the database are in a time zone where clocks are changed, as some servers are set up."""
    elsewhere = make_conninfo(conninfo, options="-c timezone=Europe/Berlin")
    database = Database(elsewhere, PoolSettings(min_size=1, max_size=4, transaction_pooler=True))
    await database.open()
    row = await database.fetch_one("show timezone", {})
    assert row == {"TimeZone": "Europe/Berlin"}
    yield database
    await database.close()


async def test_days_have_24_hours_wherever_the_database_is(far_from_utc: Database) -> None:
    contract = SessionRefreshesContract()
    await contract.test_days_have_24_hours_also_where_clocks_are_changed(store_on(far_from_utc))


async def test_a_refresh_that_waits_for_a_logout_finds_the_session_over(store: Store, database: Database) -> None:
    """It has read the session live before it waits; what counts is the row as it is when the wait is over."""
    session = await store.with_session(await store.with_user())
    async with store.unit_of_work() as work:
        assert await work.sessions.end(session.handle, at=LATER, reason=EndReason.LOGOUT)
        refresh = asyncio.create_task(advance(store, session.handle))
        await waiting_for_a_lock(database, 1)
        await work.commit()
    late = await refresh
    assert late is not None
    assert not late.has_advanced
    again = await advance(store, session.handle)
    assert again is not None
    assert again.login == await store.login(session.handle)
    assert again.login.session.end_reason is EndReason.LOGOUT
    assert again.login.session.refresh_generation == 0


async def test_a_refresh_that_waits_for_a_logout_that_is_given_up_advances(store: Store, database: Database) -> None:
    session = await store.with_session(await store.with_user())
    async with store.unit_of_work() as work:
        assert await work.sessions.end(session.handle, at=LATER, reason=EndReason.LOGOUT)
        refresh = asyncio.create_task(advance(store, session.handle))
        await waiting_for_a_lock(database, 1)
    late = await refresh
    assert late is not None
    assert late.has_advanced
    assert late.login == await store.login(session.handle)


async def test_refreshes_that_wait_for_each_other_advance_for_one(store: Store, database: Database) -> None:
    """All of them have read the same generation before the first goes on."""
    session = await store.with_session(await store.with_user())
    async with store.unit_of_work() as work:
        assert await work.sessions.end(session.handle, at=LATER, reason=EndReason.LOGOUT)
        refreshes = [asyncio.create_task(advance(store, session.handle)) for _ in range(6)]
        await waiting_for_a_lock(database, 6)
    results = await asyncio.gather(*refreshes)
    assert sorted(refresh is not None and refresh.has_advanced for refresh in results) == [False] * 5 + [True]
    assert (await store.login(session.handle)).session.refresh_generation == 1


async def test_a_refresh_does_not_wait_for_whoever_has_locked_the_user(store: Store) -> None:
    user = await store.with_user()
    session = await store.with_session(user)
    async with store.unit_of_work() as work:
        await work.sessions.lock_holder(user.id, keep=1, at=LATER, seen_after=None)
        async with asyncio.timeout(5):
            refresh = await advance(store, session.handle)
    assert refresh is not None
    assert refresh.has_advanced


# --- Activity ---------------------------------------------------------------------------------------------------------


async def test_activity_waits_for_nobody_and_the_session_has_its_turn_the_next_time(store: Store) -> None:
    user = await store.with_user()
    busy, free = await store.with_session(user), await store.with_session(user)
    activity = store.activity()
    async with store.unit_of_work() as work:
        assert await work.sessions.end(busy.handle, at=LATER, reason=EndReason.LOGOUT)
        for session in (busy, free):
            activity.note(session.handle, at=LATER)
        async with asyncio.timeout(5):
            await activity.write_down()
    assert (await store.login(busy.handle)).session.last_seen_at == NOW
    assert (await store.login(free.handle)).session.last_seen_at == LATER
    activity.note(busy.handle, at=LATER)
    await activity.write_down()
    assert (await store.login(busy.handle)).session.last_seen_at == LATER


async def test_activity_does_not_wait_for_whoever_has_locked_the_user(store: Store) -> None:
    user = await store.with_user()
    session = await store.with_session(user)
    activity = store.activity()
    activity.note(session.handle, at=LATER)
    async with store.unit_of_work() as work:
        await work.users.lock(user.id)
        async with asyncio.timeout(5):
            await activity.write_down()
    assert (await store.login(session.handle)).session.last_seen_at == LATER


@pytest.mark.parametrize(("sessions", "statements_sent"), [(0, 0), (1, 1), (1000, 1), (1001, 2), (2500, 3)])
async def test_activity_is_written_a_thousand_sessions_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, sessions: int, statements_sent: int
) -> None:
    sent: list[int] = []
    fetch_all = database.fetch_all

    async def count(statement: LiteralString, parameters: dict[str, Any]) -> list[Row]:
        sent.append(len(parameters["handles"]))
        return await fetch_all(statement, parameters)

    monkeypatch.setattr(database, "fetch_all", count)
    activity = PostgresSessionActivity(database, Calendar())
    for _ in range(sessions):
        activity.note(a_handle(), at=LATER)
    await activity.write_down()
    assert (len(sent), sum(sent)) == (statements_sent, sessions)
    assert max(sent, default=0) <= 1000


async def test_what_was_noted_does_not_pile_up_while_the_database_is_away(conninfo: str, store: Store) -> None:
    session = await store.with_session(await store.with_user())
    away = Database(conninfo, PoolSettings(min_size=1, max_size=1))
    activity = PostgresSessionActivity(away, Calendar())
    activity.note(session.handle, at=LATER)
    with pytest.raises(StorageUnavailable):  # it was not opened
        await activity.write_down()
    await away.open()
    await activity.write_down()
    assert (await store.login(session.handle)).session.last_seen_at == NOW
    activity.note(session.handle, at=LATER)
    await activity.write_down()
    assert (await store.login(session.handle)).session.last_seen_at == LATER
    await away.close()


# --- Logins that are shared -------------------------------------------------------------------------------------------


async def test_many_who_ask_at_once_take_two_connections_at_most(store: Store, database: Database) -> None:
    session = await store.with_session(await store.with_user())
    peak = 0
    fetch_all = database.fetch_all
    running = 0

    async def watched(*arguments: object) -> object:
        nonlocal peak, running
        running += 1
        peak = max(peak, running)
        try:
            return await fetch_all(*arguments)  # type: ignore[arg-type]  # handed on as they are
        finally:
            running -= 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "fetch_all", watched)
        queries = PostgresSessionQueries(database)
        logins = await together(*(queries.login_by_handle(session.handle) for _ in range(500)))
    assert {login and login.session.handle for login in logins} == {session.handle}
    assert peak <= 2


async def test_who_asks_while_the_database_is_away_is_told_so_and_the_next_gets_an_answer(
    conninfo: str, store: Store
) -> None:
    session = await store.with_session(await store.with_user())
    away = Database(conninfo, PoolSettings(min_size=1, max_size=1))
    queries = PostgresSessionQueries(away)
    asked = [queries.login_by_handle(handle) for handle in (session.handle, session.handle, a_handle())]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StorageUnavailable] * 3
    await away.open()
    assert await queries.login_by_handle(session.handle) == await store.login(session.handle)
    await away.close()


# --- Indexes ----------------------------------------------------------------------------------------------------------

SQL = statements("sessions")
SOMEBODY = {"user_id": 77, "at": LATER, "seen_after": NOW - timedelta(days=1)}
HANDLE = "00000000-0000-0000-0000-000000000077"
QUESTIONS: dict[str, dict[str, Any]] = {
    "logins_by_handle": {"handles": [HANDLE, HANDLE.replace("77", "78")]},
    "by_id": {"id": 77},
    "lock_surplus": {**SOMEBODY, "keep": 4},
    "live_of_user": {**SOMEBODY, "limit": 50, "before": None},
    "of_user": {"user_id": 77, "limit": 50, "before": None},
    "evict": {"surplus": [77, 78], "at": LATER, "reason": "evicted"},
    "end": {"handle": HANDLE, "at": LATER, "reason": "logout"},
    "end_all": {**SOMEBODY, "reason": "logout_all", "keep": None},
    "advance": {
        "handle": HANDLE,
        "generation": 0,
        "at": LATER,
        "sliding": timedelta(days=30),
        "absolute": timedelta(days=90),
        "seen_after": NOW - timedelta(days=1),
        "verified_email_required": False,
    },
    "write_down": {
        "handles": [f"00000000-0000-0000-0000-{number:012}" for number in range(20)],
        "moments": [LATER] * 20,
        "seen_to": timedelta(minutes=1),
        "day": LATER.date(),
    },
}


@pytest.fixture
async def at_volume(postgres_admin: str) -> AsyncIterator[Database]:
    """Twenty thousand users, a thousand of them with twenty sessions each, one in four of them live; a database of its
    own, for it leaves much to clean up.
    """
    with cloned_database(postgres_admin) as conninfo:
        database = Database(conninfo, PoolSettings(min_size=1, max_size=1, timeout=60))
        await database.open()
        await database.execute(
            "insert into users (id, name, email, mobile, role, created_at, updated_at, version)"
            " select n, 'John Doe', n || '@example.com', '1234567890', 'user', %(now)s, %(now)s, 1"
            " from generate_series(1, 20000) n",
            {"now": NOW},
        )
        await database.execute(
            "insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at, ended_at,"
            " end_reason)"
            " select lpad(n::text, 32, '0')::uuid, 1 + n %% 1000, %(now)s, %(now)s, %(now)s,"
            " %(now)s + interval '30 days', case when n / 1000 %% 4 > 0 then %(now)s end,"
            " case when n / 1000 %% 4 > 0 then 'logout' end"
            " from generate_series(1, 20000) n",
            {"now": NOW},
        )
        await database.execute("analyze users, user_activity, sessions", {})
        yield database
        await database.close()


async def test_at_volume_every_statement_finds_its_rows_by_an_index(at_volume: Database) -> None:
    plans = {}
    for name, parameters in QUESTIONS.items():
        async with at_volume.connection() as connection, connection.transaction(force_rollback=True):
            cursor = await connection.execute(f"explain {SQL[name]}", parameters)
            plans[name] = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())
    scanned = {name: plan for name, plan in plans.items() if "Seq Scan" in plan}
    assert scanned == {}


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_every_page_of_all_sessions_of_a_user_costs_the_same(at_volume: Database, mode: str) -> None:
    """The last one too: of those before it not one is read. Somebody has one in fifty of all the sessions there are."""
    await at_volume.execute("update sessions set user_id = 77 where mod(id, 50) = 0", {})
    await at_volume.execute("vacuum analyze sessions", {})
    (numbers,) = await at_volume.fetch_all("select min(id) as first, max(id) as last from sessions", {})
    blocks = []
    async with at_volume.connection() as connection:
        await connection.execute("select set_config('plan_cache_mode', %s, false)", [mode])
        await connection.execute("set random_page_cost = 1.1")  # all of it is in memory
        for before in (None, (numbers["first"] + numbers["last"]) // 2, numbers["first"] + 3_000):
            parameters = {"user_id": 77, "limit": 50, "before": before}
            explain = f"explain (analyze, buffers, format json) {SQL['of_user']}"
            row = await (await connection.execute(explain, parameters, prepare=True)).fetchone()
            assert row is not None
            (plan,) = row["QUERY PLAN"]
            assert plan["Plan"]["Plans"][0]["Index Name"] == "sessions_of_user"
            blocks.append(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])
    assert max(blocks) <= 60, blocks  # fifty rows of the table, and the way to them
