"""What statistics and the first page of the list cost, at a thousand users and at a million:
`.venv/bin/python bench/admin_stats.py [USERS…]`.

On an embedded PostgreSQL with its usual durability, in a temporary folder. Take ratios, not absolutes.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.migrate import migrate
from adapters.postgres.statistics_queries import PostgresStatisticsQueries
from adapters.postgres.statistics_upkeep import PostgresStatisticsUpkeep
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.postgres.user_directory import PostgresUserDirectory
from user_domain.ports.user_directory import StatusTerms, UserCriteria, UserOrder
from user_domain.testing.builders import a_new_session, an_audit_entry
from user_domain.value_objects.calendar import Calendar
from user_domain.value_objects.ids import SessionHandle, UserId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CALENDAR = Calendar()
NOW = datetime.now(UTC)
LOGINS = 500
SMALL = 1_000_000
"""Up to so many have three sessions each, and one where there are more: that is enough to fill a disk."""

_numbers = itertools.count(1)

# A year of registrations. One in two hundred is blocked, and one suspended until some minute of the next year.
ADD_USERS: LiteralString = (
    "insert into users (id, name, email, mobile, role, created_at, updated_at, version, email_verified_at, blocked_at,"
    " suspended_at, suspended_until)"
    " select n, 'John Doe', n || '@example.com', '1234567890', 'user', %(now)s - (n %% 525600) * interval '1 minute',"
    " %(now)s, 1, case when n %% 3 > 0 then %(now)s end, case when n %% 200 = 0 then %(now)s end,"
    " case when n %% 200 = 1 then %(now)s end,"
    " case when n %% 200 = 1 then %(now)s + (1 + n * 7919::bigint %% 525600) * interval '1 minute' end"
    " from generate_series(1, %(users)s) n"
)
ADD_ACTIVITY: LiteralString = "insert into user_activity (user_id) select generate_series(1, %(users)s)"
ADD_PASSWORDS: LiteralString = (
    "insert into passwords (user_id, hash, changed_at) select n, 'a hash', %(now)s from generate_series(1, %(users)s) n"
)
# Over a year; those that expired more than a day ago have been noticed.
ADD_SESSIONS: LiteralString = (
    "insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at, ended_at, lapses_at)"
    " select ('f' || lpad(to_hex(n * 3::bigint + s), 31, '0'))::uuid, n, at, at, at, at + interval '30 days',"
    " case when n %% 2 = 0 then at + interval '1 hour' end,"
    " case when at > %(now)s - interval '31 days' then at + interval '30 days' end"
    " from generate_series(1, %(users)s) n, generate_series(1, %(each)s) s,"
    " lateral (select %(now)s - ((n * 7919::bigint + s * 131071) %% 525600) * interval '1 minute' as at) a"
)
RESTART: LiteralString = "select setval(pg_get_serial_sequence('users', 'id'), %(users)s)"
# What makes filling quick, and would make no difference to reading; undone afterwards.
IN_A_HURRY: tuple[LiteralString, ...] = (
    "alter system set fsync = off",
    "alter system set full_page_writes = off",
    "alter system set max_wal_size = '2GB'",
    "alter system set maintenance_work_mem = '512MB'",
    "select pg_reload_conf()",
)
NO_HURRY: tuple[LiteralString, ...] = ("alter system reset all", "select pg_reload_conf()", "checkpoint")
# But for primary keys, which others refer to, and which are filled in their order anyway.
INDEXES: LiteralString = (
    "select case when c.oid is null then format('drop index %s', i.indexrelid::regclass)"
    "            else format('alter table %s drop constraint %I', c.conrelid::regclass, c.conname) end as drop,"
    "       case when c.oid is null then pg_get_indexdef(i.indexrelid)"
    "            else format('alter table %s add constraint %I %s', c.conrelid::regclass, c.conname,"
    "                        pg_get_constraintdef(c.oid)) end as make"
    "  from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype = 'u'"
    " where i.indrelid in ('users'::regclass, 'user_activity'::regclass, 'sessions'::regclass) and not i.indisprimary"
)
TRIGGERS: tuple[LiteralString, ...] = (
    "alter table users {} trigger users_count_added",
    "alter table sessions {} trigger sessions_count_added",
    "alter table sessions {} trigger sessions_count_changed",
    "alter table user_activity {} trigger user_activity_count_active",
    "alter table audit_entries {} trigger audit_entries_count_failed_login",
)


async def main(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory(prefix="user-service-bench-") as name:
        Path(name).chmod(0o755)  # noqa: ASYNC240 - nothing else runs yet
        for users in sizes:
            folder = Path(name) / str(users)
            with EmbeddedPostgres(folder) as server:
                migrate(server.url)
                each = 3 if users <= SMALL else 1
                print(f"--- {users:,} users, {each * users:,} sessions", flush=True)
                fill(make_conninfo(server.admin_url, dbname=conninfo_to_dict(server.url)["dbname"]), users, each)
                database = Database(server.url, PoolSettings(min_size=4, max_size=8, timeout=3600))
                await database.open()
                try:
                    await measure(database, users)
                finally:
                    await database.close()
            shutil.rmtree(folder)


def fill(url: str, users: int, each: int) -> None:
    """Make so many users, and so many sessions for each: past triggers and without indexes, which are made afterwards.
    What triggers would have recorded is left to a recount.
    """
    started = time.perf_counter()

    def say(what: str) -> None:
        print(f"{what:44} {time.perf_counter() - started:12,.2f} s", flush=True)

    parameters = {"now": NOW, "users": users, "each": each}
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in IN_A_HURRY:
            connection.execute(statement)
        connection.execute("set session_replication_role = replica")
        indexes = connection.execute(INDEXES).fetchall()
        for drop, _ in indexes:
            connection.execute(drop)
        for what, statement in (
            ("users after", ADD_USERS),
            ("activity after", ADD_ACTIVITY),
            ("passwords after", ADD_PASSWORDS),
            ("sessions after", ADD_SESSIONS),
            ("numbering after", RESTART),
        ):
            connection.execute(
                statement, {name: value for name, value in parameters.items() if f"({name})" in statement}
            )
            say(what)
        for _, make in indexes:
            connection.execute(make)
        say("indexes after")
        connection.execute("vacuum analyze")
        for statement in NO_HURRY:
            connection.execute(statement)
        say("vacuumed after")
        size = connection.execute("select pg_size_pretty(pg_database_size(current_database()))").fetchone()
    print(f"{'size':44} {size[0] if size else '':>12}", flush=True)


async def measure(database: Database, users: int) -> None:
    """Print how long it takes to read from and write to a database."""
    upkeep, queries = PostgresStatisticsUpkeep(database), PostgresStatisticsQueries(database)
    started = time.perf_counter()
    deltas = len(await upkeep.recount())
    print(f"{f'recount, {deltas:,} differences':44} {time.perf_counter() - started:12,.2f} s", flush=True)
    started = time.perf_counter()
    while await upkeep.fold():
        pass
    report("fold, deltas a second", deltas / (time.perf_counter() - started), "/s")
    expired = await number(database, "select count(*) as n from sessions where ended_at is null and lapses_at <= now()")
    started = time.perf_counter()
    while await upkeep.settle(at=NOW, seen_after=None):
        pass
    report("settle, sessions a second", expired / (time.perf_counter() - started), "/s")
    while await upkeep.fold():
        pass
    await database.execute("vacuum analyze", {})

    today = CALENDAR.day(CALENDAR.date_of(NOW))
    series = {days: CALENDAR.days_until(NOW, count=days) for days in (30, 366)}
    await timed("read /admin/stats", lambda: queries.totals(at=NOW, today=today, verified_email_required=True))
    await timed("read timeseries, 30 days", lambda: queries.days(series[30]))
    await timed("read timeseries, 366 days", lambda: queries.days(series[366]))
    directory, terms = PostgresUserDirectory(database), StatusTerms(at=NOW, verified_email_required=True)
    for order in UserOrder:
        await timed(f"page 1 of the users by {order}", lambda order=order: directory.page(
            UserCriteria(), terms, order=order, limit=201
        ))  # fmt: skip
    await timed("count users instead", lambda: number(database, "select count(*) as n from users"), times=3)

    await timed("a login's writes, with triggers", lambda: log_in(database, users), times=LOGINS)
    waiting = await number(database, "select count(*) as n from stat_deltas")
    await timed(f"read /admin/stats, {waiting:,} not added up", lambda: queries.totals(
        at=NOW, today=today, verified_email_required=True
    ))  # fmt: skip
    await switch(database, "disable")
    await timed("a login's writes, without", lambda: log_in(database, users), times=LOGINS)
    await switch(database, "enable")
    started = time.perf_counter()
    found = await upkeep.recount()
    print(f"{f'recount, {len(found):,} differences':44} {time.perf_counter() - started:12,.2f} s", flush=True)


async def log_in(database: Database, users: int) -> None:
    """What a login writes."""
    count = next(_numbers)
    at = NOW + timedelta(milliseconds=count)
    user_id = UserId(count * 7919 % users + 1)
    async with PostgresUnitOfWork(database, name_key=b"a key", calendar=CALENDAR) as work:
        account = await work.users.lock(user_id)
        if account is None:
            raise LookupError(user_id)
        session = a_new_session(user_id, handle=SessionHandle(f"{count:032x}"), started_at=at)
        await work.sessions.add(session)
        await work.users.save(account.user.logged_in(at))
        await work.audit.append(an_audit_entry(at=at))
        await work.commit()


async def switch(database: Database, how: str) -> None:
    """The triggers on or off."""
    for statement in TRIGGERS:
        await database.execute(statement.replace("{}", how), {})  # type: ignore[arg-type]  # one of two words


async def number(database: Database, query: LiteralString) -> int:
    (row,) = await database.fetch_all(query, {})
    count: int = row["n"]
    return count


async def timed(what: str, ask: Callable[[], Awaitable[Any]], *, times: int = 30) -> None:
    """Do it so often, and print the median."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        await ask()
        took.append(time.perf_counter() - started)
    report(what, median(took) * 1000, "ms")


def report(what: str, amount: float, unit: str) -> None:
    print(f"{what:44} {amount:12,.2f} {unit}", flush=True)


if __name__ == "__main__":
    asyncio.run(main([int(argument) for argument in sys.argv[1:]] or [1_000, 1_000_000]))
