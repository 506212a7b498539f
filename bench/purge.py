"""How fast old sessions are thrown away, and what logins notice of it: `.venv/bin/python bench/purge.py`.

Starts an embedded database (durable, as in production), fills it, and logs people in with hashes that cost nothing, so
that only the database is busy. Take ratios, not absolutes: logins, purge and database share the machine.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dependency_injector import providers

from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.migrate import migrate
from adapters.postgres.old_records import PostgresOldRecords
from entrypoints.background import repeated
from entrypoints.container import Container
from entrypoints.settings import Settings
from user_domain.testing.in_memory import InMemoryPasswordHasher
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.maintenance.purge_old_records import BATCH
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from adapters.postgres.database import Database

OLD = int(os.environ.get("OLD_SESSIONS", "600000"))
KEPT = int(os.environ.get("KEPT_SESSIONS", "600000"))
SECONDS = float(os.environ.get("SECONDS", "15"))
USERS = 400
CALLERS = 4
PASSWORD = "SecurePass123!"  # noqa: S105 - of nobody
CLIENT = ClientInfo(ip_address="203.0.113.7", user_agent="bench")
NOW = datetime.now(UTC)
AGE = NOW - timedelta(days=90)

OTHERS = """
    insert into users (name, email, mobile, role, created_at, updated_at, version)
    select 'x', n || '@example.net', '1', 'user', now(), now(), 1 from generate_series(1, %(others)s) n
"""
FILL = """
    insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at, ended_at, end_reason,
                          ip_address, user_agent)
    select gen_random_uuid(), (select max(id) from users) - mod(n, %(others)s), at, at, at, at + interval '30 days',
           case when mod(n, 2) = 0 then at end, case when mod(n, 2) = 0 then 'logout' end, '203.0.113.7',
           'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0'
      from generate_series(1, %(sessions)s) n,
           lateral (select %(newest)s - n * interval '10 seconds' as at) moment
"""


class FreeHasher(InMemoryPasswordHasher):
    """Hashes at no cost; there are no threads to close."""

    def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    """Make a database, and measure."""
    with tempfile.TemporaryDirectory(prefix="user-service-bench-") as name:
        Path(name).chmod(0o755)
        with EmbeddedPostgres(Path(name) / "home") as server:
            migrate(server.admin_url)
            asyncio.run(run(server.admin_url))


async def run(conninfo: str) -> None:
    """Measure on this database."""
    settings = Settings.model_validate(
        {"environment": "development", "secret_key": "s" * 32, "master_key": "m" * 32, "log_level": "error"}
    )
    container = Container(settings=settings, conninfo=conninfo)
    container.password_hasher.override(providers.Object(FreeHasher()))
    database = container.database()
    await database.open()
    try:
        await measure(container, database)
    finally:
        await database.close()


async def measure(container: Container, database: Database) -> None:
    """Logins by themselves, beside a purge at the worker's pace, and beside one that never rests."""
    emails = [f"john{number}@example.com" for number in range(USERS)]
    for email in emails:
        await container.application().register.execute(
            RegisterCommand(name="John", email=email, mobile="1234567890", password=PASSWORD, client=CLIENT)
        )
    async with database.connection() as connection:
        await connection.execute("set statement_timeout = 0")
        others = (OLD + KEPT) // 20
        await connection.execute(OTHERS, {"others": others})
        for sessions, newest in ((OLD, AGE - timedelta(days=90)), (KEPT, NOW - timedelta(hours=1))):
            await connection.execute(FILL, {"others": others, "sessions": sessions, "newest": newest})
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")
        await connection.execute("set statement_timeout = '5s'")
    print(f"{OLD:,} old sessions among {OLD + KEPT:,}, half of them ended, half lapsed")
    records = PostgresOldRecords(database)
    batches: list[float] = []

    async def batch() -> int:
        started = time.perf_counter()
        deleted = await records.delete_ended_sessions(ended_by=AGE, limit=BATCH)
        deleted += await records.delete_lapsed_sessions(expired_by=AGE, started_by=AGE, limit=BATCH)
        batches.append(time.perf_counter() - started)
        return deleted

    await logins(container, emails, 3)
    for title, pause in (("by themselves", None), ("beside a purge with pauses", 1.0), ("by themselves", None),
                         ("beside a purge without pauses", 0.0), ("by themselves", None)):  # fmt: skip
        batches.clear()
        async with purging(batch, pause) as deleted:
            waits = await logins(container, emails, SECONDS)
        report(f"logins {title}", waits, SECONDS)
        if batches:
            print(f"    {sum(deleted) / SECONDS:,.0f} sessions/s thrown away, {describe(batches)} for 2 batches")
    batches.clear()
    started, gone = time.perf_counter(), 0
    while count := await batch():
        gone += count
    seconds = time.perf_counter() - started
    print(f"nothing else: {gone:,} sessions in {seconds:.1f} s, {gone / seconds:,.0f}/s, {describe(batches)}")
    tenth = max(len(batches) // 10, 1)
    print(f"    the first tenth {describe(batches[:tenth])}, the last {describe(batches[-tenth:])}")


@asynccontextmanager
async def purging(batch: Callable[[], Awaitable[int]], pause: float | None) -> AsyncIterator[list[int]]:
    """Purge beside the block, with so many seconds between batches; None: do not."""
    deleted: list[int] = []

    async def purge() -> float:
        deleted.append(await batch())
        return pause or 0.0

    if pause is None:
        yield deleted
        return
    async with repeated(purge):
        yield deleted


async def logins(container: Container, emails: list[str], seconds: float) -> list[float]:
    """Log in again and again, some at a time; how long each took."""
    log_in, end, waits = container.application().log_in, time.perf_counter() + seconds, list[float]()

    async def call(first: int) -> None:
        number = first
        while (started := time.perf_counter()) < end:
            number += CALLERS
            command = LogInCommand(email=emails[number % len(emails)], password=PASSWORD, client=CLIENT)
            await log_in.execute(command)
            waits.append(time.perf_counter() - started)

    await asyncio.gather(*(call(first) for first in range(CALLERS)))
    return waits


def report(title: str, waits: list[float], seconds: float) -> None:
    """One line."""
    print(f"{title:45} {len(waits) / seconds:7.0f}/s   {describe(waits)}")


def describe(waits: list[float]) -> str:
    """Median and the slowest of a hundred."""
    ordered = sorted(waits)
    return f"p50 {statistics.median(ordered) * 1000:.1f} ms, p99 {ordered[int(len(ordered) * 0.99)] * 1000:.1f} ms"


if __name__ == "__main__":
    main()
