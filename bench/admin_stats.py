"""What statistics cost, at a thousand users and at a million: `.venv/bin/python bench/admin_stats.py [USERS…]`.

On an embedded PostgreSQL with its usual durability, in a temporary folder. A million users take some minutes and 3 GB;
ten million ten times that. Take ratios, not absolutes.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, LiteralString

from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.migrate import migrate
from adapters.postgres.statistics_queries import PostgresStatisticsQueries
from adapters.postgres.statistics_upkeep import PostgresStatisticsUpkeep
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from user_domain.testing.builders import a_new_session, an_audit_entry
from user_domain.value_objects.calendar import Calendar
from user_domain.value_objects.ids import SessionHandle, UserId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CALENDAR = Calendar()
NOW = datetime.now(UTC)
LOGINS = 500
_numbers = itertools.count(1)

# A year of registrations; one in a hundred is blocked or suspended.
ADD_USERS: LiteralString = (
    "insert into users (name, email, mobile, role, created_at, updated_at, version, email_verified_at, blocked_at,"
    " suspended_at, suspended_until)"
    " select 'John Doe', n || '@example.com', '1234567890', 'user', %(now)s - (n %% 525600) * interval '1 minute',"
    " %(now)s, 1, case when n %% 3 > 0 then %(now)s end, case when n %% 200 = 0 then %(now)s end,"
    " case when n %% 200 = 1 then %(now)s end, case when n %% 200 = 1 then %(now)s + interval '1 day' end"
    " from generate_series(1, %(users)s) n"
)
ADD_PASSWORDS: LiteralString = (
    "insert into passwords (user_id, hash, changed_at) select id, 'a hash', %(now)s from users"
)
# Three each, over a year; those that expired more than a day ago have been noticed.
ADD_SESSIONS: LiteralString = (
    "insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at, ended_at, lapses_at)"
    " select ('f' || lpad(to_hex(u.id * 3::bigint + s), 31, '0'))::uuid, u.id, at, at, at, at + interval '30 days',"
    " case when u.id %% 2 = 0 then at + interval '1 hour' end,"
    " case when at > %(now)s - interval '31 days' then at + interval '30 days' end"
    " from users u, generate_series(1, 3) s,"
    " lateral (select %(now)s - ((u.id * 7919::bigint + s * 131071) %% 525600) * interval '1 minute' as at) a"
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
                database = Database(server.url, PoolSettings(min_size=4, max_size=8, timeout=3600))
                await database.open()
                try:
                    await measure(database, users)
                finally:
                    await database.close()


async def measure(database: Database, users: int) -> None:
    """Fill a database, and print how long it takes to read from and write to it."""
    print(f"--- {users:,} users, {3 * users:,} sessions")
    started = time.perf_counter()
    for statement in (ADD_USERS, ADD_PASSWORDS, ADD_SESSIONS):
        await database.execute(statement, {"now": NOW, "users": users})
    await database.execute("vacuum analyze", {})
    print(f"{'filled in':44} {time.perf_counter() - started:12,.2f} s")
    upkeep, queries = PostgresStatisticsUpkeep(database), PostgresStatisticsQueries(database)
    deltas = await number(database, "select count(*) as n from stat_deltas")
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
    print(f"{f'recount, {len(found)} differences':44} {time.perf_counter() - started:12,.2f} s")


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
    print(f"{what:44} {amount:12,.2f} {unit}")


if __name__ == "__main__":
    asyncio.run(main([int(argument) for argument in sys.argv[1:]] or [1_000, 1_000_000]))
