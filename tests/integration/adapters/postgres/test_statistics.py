"""Numbers that are exact at every moment, whoever writes, in whatever way, and whether or not anybody adds them up."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, LiteralString
from zoneinfo import ZoneInfo

import pytest

from adapters.postgres.database import Connection, Database
from adapters.postgres.session_activity import PostgresSessionActivity
from adapters.postgres.statements import statements
from adapters.postgres.statistics_queries import PostgresStatisticsQueries
from adapters.postgres.statistics_upkeep import PostgresStatisticsUpkeep
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from tests.support.audit import audit_keys
from tests.support.store import store_on
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.ports.statistics_upkeep import Difference
from user_domain.testing.builders import NOW, a_block, a_new_session, a_new_user, a_suspension
from user_domain.testing.contracts.store import HASH, together
from user_domain.value_objects.calendar import Calendar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from user_domain.entities.user import User
    from user_domain.ports.statistics_queries import DayCounts, Totals
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import UserId

TODAY = Calendar().day(NOW.date())
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ENDS = (None, NOW - DAY, NOW + MINUTE, NOW + HOUR, NOW + 40 * DAY)

ADD_USERS: LiteralString = (
    "insert into users (name, email, mobile, role, created_at, updated_at, version, email_verified_at, blocked_at)"
    " select 'John', gen_random_uuid()::text, '1', case when n %% 5 = 0 then 'admin' else 'user' end,"
    "        %(at)s - n * interval '1 minute', %(at)s, 1, case when n %% 2 = 0 then %(at)s end,"
    "        case when n %% 3 = 0 then %(at)s end"
    "   from generate_series(0, %(count)s - 1) n returning id"
)
ADD_SESSION: LiteralString = (  # as the release before this one does
    "insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at)"
    " values (gen_random_uuid(), %(user_id)s, %(at)s, %(at)s, %(at)s, %(expires_at)s)"
)
ADD_SESSIONS: LiteralString = (
    "insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at)"
    " select gen_random_uuid(), id, created_at, %(at)s, %(at)s, %(at)s from users"
)


@pytest.fixture
def store(each_database: Database) -> Store:
    return store_on(each_database)


async def totals_of(store: Store) -> Totals:
    return await store.statistics.totals(at=NOW, today=TODAY, verified_email_required=True)


async def week_of(store: Store) -> list[DayCounts]:
    return await store.statistics.days(Calendar().days_until(NOW, count=7))


async def fold(store: Store) -> None:
    while await store.upkeep.fold():
        pass


async def execute(database: Database, statement: LiteralString, **parameters: Any) -> list[dict[str, Any]]:
    async with database.connection() as connection:
        cursor = await connection.execute(statement, parameters or None)
        return await cursor.fetchall() if cursor.description else []


@asynccontextmanager
async def past_all_triggers(database: Database) -> AsyncIterator[Connection]:
    """As a restore of a dump may write."""
    async with database.connection() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        yield connection


# --- Whoever writes ---------------------------------------------------------------------------------------------------


async def test_an_import_by_copy_is_counted_and_leaves_a_handful_of_deltas(
    each_database: Database, store: Store
) -> None:
    async with each_database.connection() as connection:
        copy = "copy users (name, email, mobile, role, created_at, updated_at, version) from stdin"
        async with connection.cursor() as cursor, cursor.copy(copy) as rows:
            for number in range(1000):
                await rows.write_row(("John", f"john{number}@example.com", "1", "user", NOW, NOW, 1))
    totals = await totals_of(store)
    assert (totals.total_users, totals.users_today, totals.pending_verification) == (1000, 1000, 1000)
    ((deltas),) = await execute(each_database, "select count(*) as n from stat_deltas")
    assert deltas["n"] <= 3
    assert await store.upkeep.recount() == []


async def test_what_an_operator_changes_by_hand_is_counted(each_database: Database, store: Store) -> None:
    await execute(each_database, ADD_USERS, at=NOW, count=30)
    for statement in (
        "update users set role = 'admin', email_verified_at = now() where id % 4 = 0",
        "update users set blocked_at = null",
        "update users set blocked_at = now(), email_verified_at = null where id % 3 = 0",
        "update users set name = 'Jane'",
        "update users set last_login_at = now()",
        "delete from users where id % 5 = 0",
        "delete from users where false",
    ):
        await execute(each_database, statement)
        (row,) = await execute(
            each_database,
            "select count(*) as users, count(blocked_at) as blocked, count(email_verified_at) as verified,"
            " count(*) filter (where role = 'admin') as admins,"
            " count(*) filter (where blocked_at is null and email_verified_at is null) as pending from users",
        )
        totals = await totals_of(store)
        assert row == {
            "users": totals.total_users,
            "blocked": totals.blocked_users,
            "verified": totals.verified_users,
            "admins": totals.admins,
            "pending": totals.pending_verification,
        }
    assert totals.users_today == 30
    assert await store.upkeep.recount() == []


async def test_what_the_release_before_does_is_counted_and_its_sessions_are_looked_at(
    each_database: Database, store: Store
) -> None:
    user = await store.with_user()
    for expires_at in (NOW + HOUR, NOW - HOUR):
        await execute(each_database, ADD_SESSION, user_id=user.id, at=NOW - DAY, expires_at=expires_at)
    assert (await totals_of(store)).active_sessions == 2
    await store.upkeep.settle(at=NOW, seen_after=None)
    assert (await totals_of(store)).active_sessions == 1
    assert [day.logins for day in await week_of(store)] == [0, 0, 0, 0, 0, 2, 0]


async def test_failed_logins_are_counted_in_months_that_are_made_later(each_database: Database, store: Store) -> None:
    """A partition has the triggers of its parent."""
    async with each_database.connection() as connection:
        await connection.execute(
            "create table audit_entries_2026_03 partition of audit_entries"
            " for values from ('2026-03-01') to ('2026-04-01')"
        )
    try:
        await store.with_entries(AuditAction.SESSION_LOGIN_FAILURE, AuditAction.SESSION_LOGIN_SUCCESS)
        (row,) = await execute(each_database, "select tableoid::regclass::text as place from audit_entries limit 1")
        assert row["place"] == "audit_entries_2026_03"
        assert (await totals_of(store)).failed_logins_today == 1
    finally:
        await execute(each_database, "drop table audit_entries_2026_03")


# --- Many at once -----------------------------------------------------------------------------------------------------

COUNTED: LiteralString = """
    select (select count(*) from users) as total_users,
           (select count(*) from users where blocked_at is not null) as blocked_users,
           (select count(*) from users where blocked_at is null and suspended_at is not null
               and (suspended_until is null or suspended_until > %(at)s)) as suspended_users,
           (select count(*) from users where blocked_at is null and email_verified_at is null
               and (suspended_at is null or suspended_until <= %(at)s)) as pending_verification,
           (select count(*) from users where role = 'admin') as admins,
           (select count(*) from users where email_verified_at is not null) as verified_users,
           (select count(*) from users where created_at >= %(begins_at)s and created_at < %(ends_at)s) as users_today,
           (select count(*) from sessions where ended_at is null) as active_sessions,
           (select count(*) from sessions where started_at >= %(begins_at)s) as logins_today,
           (select count(*) from audit_entries where action = 'session:login:failure') as failed_logins_today,
           (select count(*) from user_activity where active_on = %(begins_at)s::date) as people
"""


class Snapshot(PostgresStatisticsQueries):
    """Reads within somebody's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        super().__init__(self)  # type: ignore[arg-type]  # all that is asked of a database is the following

    async def fetch_all(self, statement: LiteralString, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        return await (await self._connection.execute(statement, parameters)).fetchall()


@dataclass
class Crowd:
    """Everybody who does something at the same time, until those who write have done it."""

    database: Database
    store: Store
    people: list[User]
    done: asyncio.Event = field(default_factory=asyncio.Event)
    reads: int = 0

    async def write(self, seed: int) -> None:
        """Do this and that, in an order that is the same each time."""
        chance = random.Random(seed)  # noqa: S311 - chooses what a test does
        ways = [self._register, self._import, self._log_in, self._log_in, self._log_out, self._change, self._fail]
        for _ in range(40):
            await chance.choice(ways)(chance, NOW + timedelta(seconds=chance.randrange(3600)))

    async def _register(self, chance: random.Random, at: datetime) -> None:
        await self.store.with_user(a_new_user(created_at=at - chance.randrange(2) * DAY))

    async def _import(self, _: random.Random, at: datetime) -> None:
        await execute(self.database, ADD_USERS, at=at - 30 * DAY, count=3)
        await execute(self.database, "delete from users where created_at < %(at)s", at=NOW - 29 * DAY)

    async def _log_in(self, chance: random.Random, at: datetime) -> None:
        await self.store.with_login(chance.choice(self.people), at=at)

    async def _log_out(self, chance: random.Random, at: datetime) -> None:
        user = chance.choice(self.people)
        async with self.store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.sessions.end_all(user.id, at=at, reason=EndReason.LOGOUT_ALL)
            if chance.randrange(3):
                await work.commit()

    async def _change(self, chance: random.Random, _: datetime) -> None:
        await self.store.with_facts(
            chance.choice(self.people),
            block=chance.choice((None, a_block())),
            suspension=chance.choice((None, *(a_suspension(until=until) for until in ENDS))),
            email_verified_at=chance.choice((None, NOW)),
        )

    async def _fail(self, _: random.Random, at: datetime) -> None:
        await self.store.with_entries(AuditAction.SESSION_LOGIN_FAILURE, at=at)

    async def keep(self) -> None:
        """Do the upkeep, which finds nothing wrong."""
        while not self.done.is_set():
            await self.store.upkeep.fold()
            await self.store.upkeep.settle(at=NOW, seen_after=None)
            assert await self.store.upkeep.recount() == []

    async def read(self) -> None:
        """Compare what is read with what is there, at one moment; at least once."""
        while True:
            async with self.database.connection() as connection, connection.transaction():
                await connection.execute("set transaction isolation level repeatable read")
                await self._compare(Snapshot(connection))
            self.reads += 1
            if self.done.is_set():
                return

    async def _compare(self, seen: Snapshot) -> None:
        totals = await seen.totals(at=NOW, today=TODAY, verified_email_required=True)
        (day,) = await seen.days([TODAY])
        parameters = {"at": NOW, "begins_at": TODAY.begins_at, "ends_at": TODAY.ends_at}
        (counted,) = await seen.fetch_all(COUNTED, parameters)
        assert day.active_users == counted.pop("people")
        today = (totals.users_today, totals.logins_today, totals.failed_logins_today)
        assert (day.registrations, day.logins, day.failed_logins) == today
        assert {number: getattr(totals, number) for number in counted} == counted


async def test_every_read_is_exact_while_many_write_fold_settle_and_recount(
    each_database: Database, store: Store
) -> None:
    crowd = Crowd(each_database, store, [await store.with_user() for _ in range(8)])

    async def write() -> None:
        try:
            await together(*(crowd.write(seed) for seed in range(4)))
        finally:
            crowd.done.set()

    await together(write(), crowd.keep(), crowd.keep(), crowd.read(), crowd.read())
    assert crowd.reads > 5
    await fold(store)
    assert await execute(each_database, "select from stat_deltas") == []
    await crowd.read()


async def test_two_who_fold_the_same_numbers_never_wait_for_each_other_in_turn(
    each_database: Database, store: Store
) -> None:
    await execute(
        each_database,
        "insert into stat_deltas (metric, bucket, amount)"
        " select (array['logins', 'registrations', 'failed_logins'])[1 + n % 3], to_timestamp(900 * (n * 7919 % 50)), 1"
        "   from generate_series(1, 30000) n",
    )
    await together(*(fold(store) for _ in range(5)))
    rows = await execute(each_database, "select sum(amount)::int as n, count(*) as numbers from stat_totals")
    assert rows == [{"n": 30000, "numbers": 150}]


async def test_many_deltas_after_a_long_quiet_time_are_folded_with_a_plan_for_many(each_database: Database) -> None:
    """A plan that was kept from the quiet time takes minutes, and every other try ends at the time limit."""
    database = each_database
    await execute(database, "insert into stat_deltas (metric, bucket, amount) values ('logins', now(), 1)")
    await execute(database, "analyze stat_deltas")
    upkeep = store_on(database).upkeep
    for _ in range(10):  # on each connection of the pool it would have been prepared by then
        await together(*(upkeep.fold() for _ in range(10)))
    await execute(
        database,
        "insert into stat_deltas (metric, bucket, amount)"
        " select 'logins', to_timestamp(900 * (n % 50)), 1 from generate_series(1, 30000) n",
    )
    assert [await upkeep.fold() for _ in range(4)] == [True, True, True, False]


async def test_a_batch_that_somebody_is_folding_is_left_to_them(each_database: Database, store: Store) -> None:
    await store.with_user()
    before = await totals_of(store)
    async with each_database.connection() as connection, connection.transaction():
        await connection.execute(statements("statistics")["fold"], {"limit": 10_000})
        async with asyncio.timeout(5):
            assert not await store.upkeep.fold()
            assert await totals_of(store) == before
            await store.with_entries(AuditAction.SESSION_LOGIN_FAILURE)
            await fold(store)
            assert (await totals_of(store)).failed_logins_today == 1
    assert (await totals_of(store)).total_users == 1
    assert await store.upkeep.recount() == []


# --- What is deleted --------------------------------------------------------------------------------------------------


async def test_numbers_survive_a_purge_of_sessions_and_the_deletion_of_users(
    each_database: Database, store: Store
) -> None:
    user, leaver = await store.with_user(), await store.with_user()
    ended, lapsed, live = [await store.with_login(user, at=NOW) for _ in range(3)]
    await store.with_login(leaver, at=NOW)
    async with store.unit_of_work() as work:
        await work.sessions.end(ended.handle, at=NOW, reason=EndReason.LOGOUT)
        await work.commit()
    await execute(each_database, "update sessions set lapses_at = null where handle = %(h)s::uuid", h=lapsed.handle)
    before = await week_of(store)
    assert (await totals_of(store)).active_sessions == 2
    await execute(each_database, "delete from sessions where ended_at is not null or lapses_at is null")
    assert (await totals_of(store)).active_sessions == 2
    await execute(each_database, "delete from users where id = %(id)s", id=leaver.id)
    totals = await totals_of(store)
    assert (totals.total_users, totals.active_sessions, totals.logins_today, totals.users_today) == (1, 1, 4, 2)
    assert await week_of(store) == before
    await execute(each_database, "delete from sessions where handle = %(h)s::uuid", h=live.handle)
    assert (await totals_of(store)).active_sessions == 0
    assert await store.upkeep.recount() == [], "what was deleted is nothing that is wrong"
    assert await week_of(store) == before


# --- Counting anew ----------------------------------------------------------------------------------------------------


async def test_a_recount_tells_what_differed_puts_it_right_and_finds_nothing_then(
    each_database: Database, store: Store
) -> None:
    user = await store.with_user()
    await store.with_login(user)
    await fold(store)
    async with past_all_triggers(each_database) as connection:
        await connection.execute(ADD_USERS, {"at": NOW, "count": 2})
        await connection.execute(ADD_SESSION, {"user_id": user.id, "at": NOW, "expires_at": NOW + DAY})
        await connection.execute(
            "insert into stat_totals values ('admins', '-infinity', 7), ('verified', '-infinity', 9)"
        )
    found = await store.upkeep.recount()
    quarter = datetime(2026, 3, 14, 15, tzinfo=UTC)
    assert found == [
        Difference("active_sessions", None, 1, 2),
        Difference("admins", None, 7, 1),
        Difference("blocked", None, 0, 1),
        Difference("open_unverified", None, 1, 2),
        Difference("users", None, 1, 3),
        Difference("verified", None, 9, 1),
        Difference("logins", quarter, 1, 2),
        Difference("registrations", quarter, 1, 3),
    ]
    totals = await totals_of(store)
    assert (totals.total_users, totals.verified_users, totals.active_sessions, totals.logins_today) == (3, 1, 2, 2)
    assert await store.upkeep.recount() == []


async def test_any_number_but_those_of_people_that_is_one_off_is_noticed_whichever_way(
    each_database: Database, store: Store
) -> None:
    user = await store.with_user()
    await store.with_login(user)
    await store.with_facts(user, suspension=a_suspension())
    await store.with_facts(await store.with_user(), suspension=a_suspension(until=None))
    await store.with_entries(AuditAction.SESSION_LOGIN_FAILURE)
    await fold(store)
    before = await week_of(store)
    metrics = await execute(
        each_database, "select metric, bucket::text from stat_totals where metric <> 'active_users'"
    )
    assert {row["metric"] for row in metrics} == {
        "users", "open_unverified", "active_sessions", "registrations", "logins", "failed_logins", "suspensions",
        "suspensions_by_day", "unverified_suspensions", "unverified_suspensions_by_day",
    }  # fmt: skip
    for row, amount in product(metrics, (-1, 1)):
        await execute(
            each_database,
            "update stat_totals set amount = amount + %(amount)s"
            " where metric = %(metric)s and bucket = %(bucket)s::timestamptz",
            **row | {"amount": amount},
        )
        (found,) = await store.upkeep.recount(take_off_surplus=True)
        assert (found.number, found.recorded - found.counted, found.is_put_right) == (row["metric"], amount, True)
    assert await store.upkeep.recount() == []
    assert await week_of(store) == before


async def test_one_too_many_is_told_of_until_it_is_to_be_taken_off(each_database: Database, store: Store) -> None:
    user, leaver = await store.with_user(), await store.with_user()
    await store.with_login(user)
    await store.with_login(leaver)
    await execute(each_database, "delete from users where id = %(id)s", id=leaver.id)
    async with past_all_triggers(each_database) as connection:
        await connection.execute("delete from sessions")
        await connection.execute("delete from users")
    quarter = datetime(2026, 3, 14, 15, tzinfo=UTC)
    surplus = [
        Difference("logins", quarter, 2, 1, is_put_right=False),
        Difference("registrations", quarter, 2, 1, is_put_right=False),
    ]
    found = await store.upkeep.recount()
    assert [one.number for one in found if one.is_put_right] == ["active_sessions", "open_unverified", "users"]
    assert [one for one in found if not one.is_put_right] == surplus
    await fold(store)
    assert await store.upkeep.recount() == surplus
    assert (await week_of(store))[-1].logins == 2
    taken_off = [replace(one, is_put_right=True) for one in surplus]
    assert await store.upkeep.recount(take_off_surplus=True) == taken_off
    assert ((await week_of(store))[-1].logins, (await week_of(store))[-1].registrations) == (1, 1), "of the leaver"
    assert await store.upkeep.recount() == []


async def test_what_is_taken_away_leaves_a_delta_for_each_quarter_of_an_hour(
    each_database: Database, store: Store
) -> None:
    await execute(each_database, ADD_USERS, at=NOW, count=60)
    await execute(each_database, ADD_SESSIONS, at=NOW)
    await fold(store)
    await execute(each_database, "delete from sessions where user_id % 2 = 0")
    await execute(each_database, "delete from sessions where false")
    deltas = await execute(each_database, "select amount from stat_deltas where metric = 'logins_purged'")
    assert (len(deltas), sum(row["amount"] for row in deltas)) == (5, 30)
    await fold(store)
    await execute(each_database, "delete from users")  # and with them the rest of their sessions
    await fold(store)
    rows = await execute(
        each_database,
        "select metric, sum(amount)::int as amount, count(*) as buckets from stat_totals"
        " where bucket > '-infinity' group by metric order by metric",
    )
    assert [tuple(row.values()) for row in rows] == [
        ("logins", 60, 5),
        ("logins_purged", 60, 5),
        ("registrations", 60, 5),
        ("registrations_deleted", 60, 5),
    ]
    assert await store.upkeep.recount(take_off_surplus=True) == []


async def test_of_two_recounts_at_once_one_puts_it_right(each_database: Database, store: Store) -> None:
    async with past_all_triggers(each_database) as connection:
        await connection.execute(ADD_USERS, {"at": NOW, "count": 10})
    found = await together(*(store.upkeep.recount() for _ in range(5)))
    assert sorted(map(bool, found)) == [False] * 4 + [True]
    assert (await totals_of(store)).total_users == 10


async def test_a_recount_keeps_nobody_waiting_and_what_is_being_written_is_counted_once(
    each_database: Database, store: Store
) -> None:
    async with past_all_triggers(each_database) as connection:
        await connection.execute(ADD_USERS, {"at": NOW, "count": 3})
    async with store.unit_of_work() as work:
        await work.users.add(a_new_user(), HASH)
        async with asyncio.timeout(5):
            assert await store.upkeep.recount() != []
            await store.with_user()
        assert (await totals_of(store)).total_users == 4
        await work.commit()
    assert (await totals_of(store)).total_users == 5
    assert await store.upkeep.recount() == []


async def test_a_recount_may_take_longer_than_any_other_statement(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On both sides: the server gives up no statement of it earlier, and the service does not cut the connection."""
    execute, watched = Connection.execute, Connection.watched
    patience: list[float | None] = [None]
    limits: dict[str, tuple[str, float | None]] = {}

    @contextmanager
    def noting_for_how_long(connection: Connection, seconds: float | None = None) -> Iterator[None]:
        patience.append(seconds)
        with watched(connection, seconds):
            yield
        patience.pop()

    async def noting_the_limits(connection: Connection, statement: str, *parameters: object) -> object:
        shown = await (await execute(connection, "show statement_timeout")).fetchone()
        assert shown is not None
        limits[statement] = (shown["statement_timeout"], patience[-1])
        return await execute(connection, statement, *parameters)  # type: ignore[call-overload]  # handed through

    monkeypatch.setattr(Connection, "watched", noting_for_how_long)
    monkeypatch.setattr(Connection, "execute", noting_the_limits)
    assert await PostgresStatisticsUpkeep(database).recount() == []
    assert [limits[statements("statistics")[name]] for name in ("wait_for_recounts", "recount")] == [("15min", 900)] * 2
    await database.execute("select 1", {})
    assert limits["select 1"] == ("5s", None), "those after it may not"


# --- Sessions that are over -------------------------------------------------------------------------------------------


async def test_a_session_that_may_lie_idle_for_half_an_hour_is_looked_at_then(
    each_database: Database, store: Store
) -> None:
    idle = 30 * MINUTE
    user = await store.with_user()
    unit_of_work = partial(
        PostgresUnitOfWork,
        each_database,
        audit_keys=audit_keys(each_database),
        name_key=b"a key",
        calendar=Calendar(),
        longest_idle=idle,
    )
    async with unit_of_work() as work:
        await work.sessions.add(a_new_session(user.id))
        await work.sessions.add(a_new_session(user.id, expires_at=NOW + MINUTE))
        await work.commit()
    for minutes, active in ((1 - 1 / 60, 2), (1, 1), (30 - 1 / 60, 1), (30, 0)):
        at = NOW + minutes * MINUTE
        await store.upkeep.settle(at=at, seen_after=at - idle)
        assert (await totals_of(store)).active_sessions == active


async def test_what_somebody_is_changing_is_settled_the_next_time(store: Store) -> None:
    user = await store.with_user()
    session = await store.with_session(user, started_at=NOW - DAY, expires_at=NOW)
    async with store.unit_of_work() as work:
        assert await work.sessions.end(session.handle, at=NOW - MINUTE, reason=EndReason.LOGOUT)
        async with asyncio.timeout(5):
            await store.upkeep.settle(at=NOW, seen_after=None)
    assert (await totals_of(store)).active_sessions == 1
    await store.upkeep.settle(at=NOW, seen_after=None)
    assert (await totals_of(store)).active_sessions == 0


async def test_refreshing_and_being_seen_leave_the_indexes_alone(each_database: Database, store: Store) -> None:
    """The timer of a session is no reason to write them anew (heap-only tuples)."""
    session = await store.with_session(await store.with_user())
    query: LiteralString = (
        "select pg_stat_get_xact_tuples_updated('sessions'::regclass)::int as updated,"
        " pg_stat_get_xact_tuples_hot_updated('sessions'::regclass)::int as hot"
    )
    async with each_database.connection() as connection, connection.transaction():
        before = await (await connection.execute(query)).fetchone()
        assert before is not None
        refresh = {"handle": session.handle, "generation": 0, "at": NOW + HOUR, "sliding": 30 * DAY}
        terms = {"absolute": 90 * DAY, "seen_after": None, "verified_email_required": False}
        await connection.execute(statements("sessions")["advance"], refresh | terms)
        seen = {"handles": [session.handle], "moments": [NOW + 2 * HOUR], "seen_to": MINUTE, "day": TODAY.date}
        await connection.execute(statements("sessions")["write_down"], seen)
        after = await (await connection.execute(query)).fetchone()
    assert after == {"updated": before["updated"] + 2, "hot": before["hot"] + 2}


# --- Who was there ----------------------------------------------------------------------------------------------------

KATHMANDU = Calendar(ZoneInfo("Asia/Kathmandu"))
TOMORROW_THERE = datetime(2026, 3, 14, 18, 15, tzinfo=UTC)


async def test_people_are_counted_on_the_day_of_the_time_zone(each_database: Database, store: Store) -> None:
    users = [await store.with_user() for _ in range(4)]
    unit_of_work = partial(
        PostgresUnitOfWork, each_database, audit_keys=audit_keys(each_database), name_key=b"a key", calendar=KATHMANDU
    )
    for user, at in zip(users, (TOMORROW_THERE, TOMORROW_THERE - timedelta(microseconds=1)), strict=False):
        async with unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(user.logged_in(at))
            await work.commit()
    activity = PostgresSessionActivity(each_database, KATHMANDU)
    for user, at in ((users[2], TOMORROW_THERE), (users[3], TOMORROW_THERE - timedelta(microseconds=1))):
        activity.note((await store.with_session(user, started_at=NOW - DAY)).handle, at=at)
    await activity.write_down()
    days = await store.statistics.days(KATHMANDU.days_until(TOMORROW_THERE, count=3))
    assert [(day.date.day, day.active_users) for day in days] == [(13, 0), (14, 2), (15, 2)]


async def test_whom_somebody_holds_is_counted_the_next_time(store: Store) -> None:
    user = await store.with_user()
    session = await store.with_session(user, started_at=NOW - DAY)
    activity = store.activity()
    activity.note(session.handle, at=NOW)
    async with store.unit_of_work() as work:
        await work.users.lock(user.id)
        async with asyncio.timeout(5):
            await activity.write_down()
    assert (await week_of(store))[-1].active_users == 0
    await activity.write_down()
    assert (await week_of(store))[-1].active_users == 1
    await activity.write_down()
    assert (await week_of(store))[-1].active_users == 1


async def test_many_processes_tell_of_the_same_people_and_each_is_counted_once(store: Store) -> None:
    users = [await store.with_user() for _ in range(20)]
    sessions = [await store.with_session(user, started_at=NOW - DAY) for user in users for _ in range(2)]
    chance = random.Random(7)  # noqa: S311 - chooses an order

    async def tell() -> None:
        activity = store.activity()
        for session in chance.sample(sessions, len(sessions)):
            activity.note(session.handle, at=NOW)
        for _ in range(3):
            await activity.write_down()

    async def log_in(user_id: UserId) -> None:
        await store.with_login(next(user for user in users if user.id == user_id), at=NOW)

    await together(*(tell() for _ in range(6)), *(log_in(user.id) for user in users))
    await tell()
    assert (await week_of(store))[-1].active_users == 20


async def test_an_earlier_day_is_not_counted_after_a_later_one(store: Store) -> None:
    session = await store.with_session(await store.with_user(), started_at=NOW - 3 * DAY)
    for at in (NOW, NOW - DAY, NOW):
        activity = store.activity()
        activity.note(session.handle, at=at)
        await activity.write_down()
    assert [day.active_users for day in await week_of(store)] == [0] * 6 + [1]
