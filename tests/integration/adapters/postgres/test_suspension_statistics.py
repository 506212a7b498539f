"""How many are suspended right now: added up by when suspensions end, and exact at every moment."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, LiteralString

import pytest

from adapters.postgres.rows import from_user
from adapters.postgres.statements import statements
from adapters.postgres.statistics_queries import PostgresStatisticsQueries
from tests.support.store import store_on
from user_domain.testing.builders import NOW, a_block, a_new_user, a_suspension
from user_domain.testing.contracts.store import HASH, Store, together
from user_domain.testing.in_memory import InMemoryDatabase, InMemoryStatisticsQueries, InMemoryUnitOfWork
from user_domain.value_objects.calendar import Calendar
from user_domain.value_objects.locale import Locale

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from user_domain.entities.user import User
    from user_domain.ports.statistics_queries import StatisticsQueries, Totals

MOMENT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
QUARTER_ENDS_AT = datetime(2026, 3, 14, 15, 15, tzinfo=UTC)

ENDS = (
    None,
    *(NOW - 40 * DAY, NOW - MOMENT, NOW, NOW + MOMENT, NOW + MINUTE),
    *(QUARTER_ENDS_AT - MOMENT, QUARTER_ENDS_AT, NOW + 60 * MINUTE, NOW + DAY, NOW + 40 * DAY),
)
MOMENTS = (NOW - DAY, NOW, NOW + MINUTE, QUARTER_ENDS_AT, NOW + 60 * MINUTE, NOW + DAY, NOW + 41 * DAY)

# So many that end one minute after the other, and as many without a suspension.
ADD_SUSPENDED: LiteralString = (
    "insert into users (name, email, mobile, role, created_at, updated_at, version, email_verified_at, suspended_at,"
    " suspended_until)"
    " select 'John', gen_random_uuid()::text, '1', 'user', %(at)s, %(at)s, 1, case when n %% 3 = 0 then %(at)s end,"
    "        case when n %% 2 = 0 then %(at)s end, case when n %% 2 = 0 then %(at)s + n / 2 * interval '1 minute' end"
    "   from generate_series(1, 2 * %(count)s) n"
)
COUNTED: LiteralString = (
    "select count(*) filter (where holds) as suspended,"
    "       count(*) filter (where not holds and blocked_at is null and email_verified_at is null) as pending"
    "  from (select blocked_at, email_verified_at, blocked_at is null and suspended_at is not null"
    "               and coalesce(suspended_until, 'infinity') > %(at)s as holds from users) u"
)


@pytest.fixture
def store(each_database: Database) -> Store:
    return store_on(each_database)


async def execute(database: Database, statement: LiteralString, **parameters: Any) -> list[dict[str, Any]]:
    async with database.connection() as connection:
        cursor = await connection.execute(statement, parameters or None)
        return await cursor.fetchall() if cursor.description else []


async def totals_of(statistics: StatisticsQueries, *, at: datetime = NOW) -> Totals:
    today = Calendar().day(at.date())
    return await statistics.totals(at=at, today=today, verified_email_required=True)


async def agrees(database: Database, store: Store) -> None:
    """What is read is what is there, at every moment, and a recount finds nothing."""
    for at in MOMENTS:
        totals = await totals_of(store.statistics, at=at)
        (counted,) = await execute(database, COUNTED, at=at)
        assert counted == {"suspended": totals.suspended_users, "pending": totals.pending_verification}, at
    assert await store.upkeep.recount() == []


# --- Whatever happens -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
async def test_after_anything_in_any_order_the_numbers_are_those_that_counting_gives(
    each_database: Database, store: Store, seed: int
) -> None:
    """The adapter in memory goes through all users and asks the access policy."""
    chance = random.Random(seed)  # noqa: S311 - chooses what a test does
    memory = InMemoryDatabase()
    twin = Store(
        unit_of_work=lambda: InMemoryUnitOfWork(memory),
        statistics=InMemoryStatisticsQueries(memory),
        audit_entries=_no_entries,
    )
    pairs: list[tuple[User, User]] = []
    for step in range(60):
        if len(pairs) < 3 or chance.random() < 0.1:
            new = a_new_user()
            pairs.append((await store.with_user(new), await twin.with_user(new)))
        number = chance.randrange(len(pairs))
        if chance.random() < 0.1:
            here, there = pairs.pop(number)
            await execute(each_database, "delete from users where id = %(id)s", id=here.id)
            del memory.committed.accounts[there.id]
        else:
            facts = chance.choice(
                (
                    {"suspension": a_suspension(until=chance.choice(ENDS))},
                    {"suspension": a_suspension(until=chance.choice(ENDS)), "email_verified_at": NOW},
                    {"suspension": None, "block": None},
                    {"block": a_block()},
                    {"block": None},
                    {"email_verified_at": chance.choice((None, NOW))},
                )
            )
            here, there = pairs[number]
            pairs[number] = (await store.with_facts(here, **facts), await twin.with_facts(there, **facts))
        if step % 20 == 10:
            await store.upkeep.fold()
        for at in MOMENTS:
            exact, counted = await totals_of(store.statistics, at=at), await totals_of(twin.statistics, at=at)
            assert exact == replace(counted, users_today=exact.users_today), (step, at)  # those deleted stay counted
    assert await store.upkeep.recount() == []


async def _no_entries() -> list[Any]:
    return []


async def test_what_an_operator_does_to_many_at_once_is_counted(each_database: Database, store: Store) -> None:
    await execute(each_database, ADD_SUSPENDED, at=NOW, count=60)
    await agrees(each_database, store)
    for statement in (
        "update users set blocked_at = now() where id % 3 = 0",
        "update users set suspended_until = suspended_until + interval '15 minutes' where id % 5 = 0",
        "update users set suspended_until = null where id % 7 = 0",
        "update users set suspended_until = suspended_until - interval '40 days' where id % 11 = 0",
        "update users set email_verified_at = now() where email_verified_at is null and id % 2 = 0",
        "update users set blocked_at = null, suspended_at = now()",
        "update users set suspended_reason = 'late payment', suspended_by = 1, updated_at = now()",
        "update users set suspended_at = null where id % 4 = 0",
        "update users set suspended_until = null where id % 4 = 0",
        "delete from users where id % 3 = 1",
        "delete from users",
    ):
        await execute(each_database, statement)
        await agrees(each_database, store)
        await store.upkeep.fold()
    await agrees(each_database, store)


async def test_an_import_leaves_a_delta_for_each_quarter_and_day_only(each_database: Database, store: Store) -> None:
    await execute(each_database, ADD_SUSPENDED, at=QUARTER_ENDS_AT, count=44)
    (row,) = await execute(
        each_database,
        "select count(*) as n, sum(amount)::int as sum from stat_deltas where metric like '%suspensions%'",
    )
    assert row == {"n": 2 * (3 + 1), "sum": 2 * (44 + 30)}


# --- Many at once -----------------------------------------------------------------------------------------------------


async def test_of_two_who_suspend_somebody_at_once_the_later_one_counts(each_database: Database, store: Store) -> None:
    user = await store.with_user()
    ends = [end for end in ENDS if end is None or end > NOW]
    for one, other in pairwise(ends):
        await together(
            store.with_facts(user, suspension=a_suspension(until=one)),
            store.with_facts(user, suspension=a_suspension(until=other), email_verified_at=NOW),
            store.with_facts(user, block=a_block()),
            store.with_facts(user, suspension=a_suspension(until=other)),
        )
        await agrees(each_database, store)


async def test_what_is_rolled_back_is_not_counted_and_keeps_nobody_waiting(
    each_database: Database, store: Store
) -> None:
    user, other = await store.with_user(), await store.with_user()
    async with store.unit_of_work() as work:
        account = await work.users.lock(user.id)
        assert account is not None
        await work.users.save(replace(account.user, suspension=a_suspension(until=None)))
        await work.users.add(a_new_user(), HASH)
        async with asyncio.timeout(5):
            await store.with_facts(other, suspension=a_suspension(until=None))
            assert (await totals_of(store.statistics)).suspended_users == 1
    await agrees(each_database, store)


# --- What it costs ----------------------------------------------------------------------------------------------------


async def test_only_those_are_looked_at_whose_suspension_ends_within_this_quarter_of_an_hour(
    each_database: Database, store: Store
) -> None:
    await execute(each_database, ADD_SUSPENDED, at=NOW - 500 * MINUTE, count=1000)
    while await store.upkeep.fold():
        pass
    for table in ("users", "stat_totals", "stat_deltas"):
        await execute(each_database, f"vacuum analyze {table}")

    class Explaining(PostgresStatisticsQueries):
        plans: list[dict[str, Any]] = []  # noqa: RUF012 - of this test

        async def fetch_all(self, statement: LiteralString, parameters: dict[str, Any]) -> list[dict[str, Any]]:
            explained: LiteralString = "explain (analyze, format json) " + statement
            (row,) = await execute(each_database, explained, **parameters)
            self.plans.append(row["QUERY PLAN"][0]["Plan"])
            return await execute(each_database, statement, **parameters)

        def __init__(self) -> None:
            super().__init__(self)  # type: ignore[arg-type]  # all that is asked of a database is the above

    explaining = Explaining()
    await totals_of(explaining)
    nodes = list(_nodes(explaining.plans[0]))
    (look,) = [node for node in nodes if node.get("Relation Name") == "users"]
    assert look["Index Name"] == "users_suspended"
    assert "suspended_until >" in look["Index Cond"]
    assert "suspended_until <" in look["Index Cond"], "a range with two ends"
    assert look["Actual Rows"] == 5, "one each minute after 15:09:26 and before 15:15"
    added_up = [node for node in nodes if node.get("Relation Name") == "stat_totals"]
    # the rest of this day's quarters of an hour, and a day or two; twice, and a few numbers
    assert sum(node["Actual Rows"] for node in added_up) < 2 * (96 + 2) + 10
    await agrees(each_database, store)


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in _nodes(child))]


async def test_nothing_of_it_is_run_for_a_login_or_another_name(each_database: Database, store: Store) -> None:
    user = await store.with_user()
    suspended = await store.with_facts(await store.with_user(), suspension=a_suspension())
    calls: LiteralString = "select pg_stat_get_xact_function_calls('count_changed_suspension'::regproc)::int as n"
    save = statements("users")["save"]
    async with each_database.connection() as connection, connection.transaction():
        await connection.execute("set local track_functions = 'pl'")
        for somebody in (user, suspended):
            await connection.execute("update users set last_login_at = now() where id = %(id)s", {"id": somebody.id})
            await connection.execute(save, from_user(replace(somebody, locale=Locale("fr"), version=9)))
        await connection.execute(save, from_user(replace(user, block=a_block(), email_verified_at=NOW)))
        assert await (await connection.execute(calls)).fetchone() == {"n": None}
        await connection.execute(save, from_user(replace(suspended, block=a_block())))
        assert await (await connection.execute(calls)).fetchone() == {"n": 1}
