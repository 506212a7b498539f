"""Worker processes, the queue they work on, and who fills it."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from tests.support import processes
from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.http import as_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from email.message import EmailMessage
    from pathlib import Path

    from tests.support.processes import Running
    from tests.support.smtp_server import SmtpServer

SENDERS = 4
"""How many mails one worker sends at a time."""

PUBLIC_URL = "https://users.example.com"
_PATIENCE = 90.0  # seconds; only ever spent by a test that fails
_POLL = 0.02
_LINK = re.compile(r"https?://\S+/([a-z-]+)\?token=(\S+)")


class WorkerProcess:
    """A running `user-service worker`. `name` is what its connections to the database are called."""

    def __init__(self, running: Running, name: str) -> None:
        self.process = running.process
        self.output = running.output
        self.name = name

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        self.process.kill()
        self.process.wait(_PATIENCE)

    async def stopped(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit status."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for its end; the exit status."""
        await until(lambda: self.process.poll() is not None)
        return self.process.wait()


def variables(conninfo: str, server: SmtpServer, **others: str) -> dict[str, str]:
    """What a service has in its environment that shares its keys with those that run in the test itself."""
    return {
        "DATABASE_URL": as_url(conninfo),
        "DATABASE_TIMEOUT_SECONDS": "30",  # the machine may be busy with other tests
        "ENVIRONMENT": "development",
        "MIGRATE_ON_START": "false",
        "SECRET_KEY": SECRET_KEY,
        "MASTER_KEY": MASTER_KEY,
        "SMTP_URL": server.url(),
        "MAIL_FROM": "Shop <shop@example.com>",
        "PUBLIC_URL": PUBLIC_URL,
        "LOG_LEVEL": "debug",
        **others,
    }


@asynccontextmanager
async def worker(
    cwd: Path, conninfo: str, server: SmtpServer, *, woken_only: bool = False, **others: str
) -> AsyncIterator[WorkerProcess]:
    """A worker that runs; with `woken_only` one that never looks into the queue by itself. At the end it is killed, if
    it has not ended. Meanwhile this process goes on: it may be the one that connects the worker to its database.
    """
    name = f"worker-{time.monotonic_ns()}"
    given = variables(make_conninfo(conninfo, application_name=name), server, **others)
    context = (processes.woken_worker if woken_only else processes.worker)(cwd, **given)
    process = WorkerProcess(await asyncio.to_thread(context.__enter__), name)
    try:
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(context.__exit__, None, None, None)


class Queue:
    """The mails that have not left, as the database has them."""

    def __init__(self, conninfo: str, connection: psycopg.AsyncConnection[dict[str, Any]]) -> None:
        self._conninfo = conninfo
        self._connection = connection

    async def mails(self) -> list[dict[str, Any]]:
        """All of them, those queued first coming first."""
        return await self.ask("select * from outgoing_mails order by occurred_at, id")

    async def ask(self, query: LiteralString, *parameters: object) -> list[dict[str, Any]]:
        """What else is stored."""
        return await (await self._connection.execute(query, parameters)).fetchall()

    async def tell(self, statement: LiteralString, *parameters: object) -> None:
        """Change what is stored."""
        await self._connection.execute(statement, parameters)

    @asynccontextmanager
    async def locked(self, statement: LiteralString) -> AsyncIterator[None]:
        """Within, hold the locks that a statement takes, so that others wait."""
        async with await psycopg.AsyncConnection.connect(self._conninfo) as connection:
            await connection.execute(statement)
            yield
            await connection.rollback()

    async def hurry(self) -> None:
        """Whatever waits is due now: leases and pauses are over."""
        await self.tell("update outgoing_mails set next_attempt_at = now() - interval '1 minute' where dead_at is null")
        await self.tell("notify outgoing_mails")

    async def until(self, condition: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Wait until the mails are like that; the mails."""
        seen: list[dict[str, Any]] = []

        async def holds() -> bool:
            seen[:] = await self.mails()
            return condition(seen)

        await until(holds)
        return seen

    async def until_empty(self) -> None:
        """Wait until nothing is left."""
        await self.until(lambda mails: mails == [])

    async def until_blocked(self, name: str, count: int = 1) -> None:
        """Wait until so many connections of a worker wait for somebody's lock."""

        async def blocked() -> bool:
            rows = await self.ask(
                "select 1 from pg_stat_activity where application_name = %s and wait_event_type = 'Lock'", name
            )
            return len(rows) >= count

        await until(blocked)

    async def until_listening(self, name: str) -> None:
        """Wait until a worker would hear of mail that another process queues."""

        async def listens() -> bool:
            return bool(
                await self.ask(
                    "select 1 from pg_stat_activity where application_name = %s and state = 'idle'"
                    " and query ilike '%%listen outgoing_mails%%'",
                    name,
                )
            )

        await until(listens)

    async def cut(self, name: str) -> None:
        """End what the server still does for a worker."""
        await self.ask("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = %s", name)


@asynccontextmanager
async def queue_in(conninfo: str) -> AsyncIterator[Queue]:
    """The queue of a database."""
    connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True, row_factory=dict_row)
    async with connection:
        yield Queue(conninfo, connection)


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(_POLL)


def text_of(mail: EmailMessage) -> str:
    """The part that every mail program can show."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def links_of(mail: EmailMessage) -> dict[str, str]:
    """The tokens of the links in a mail, by the page they lead to."""
    return dict(_LINK.findall(text_of(mail)))


def letters_by_id(server: SmtpServer) -> dict[str, list[EmailMessage]]:
    """What has arrived. Whatever came twice is one and the same letter."""
    found: dict[str, list[EmailMessage]] = {}
    for mail in server.mails():
        found.setdefault(mail["Message-ID"], []).append(mail)
    for copies in found.values():
        assert len({(mail["X-Envelope-To"], mail["Subject"], text_of(mail)) for mail in copies}) == 1
    return found


def arrivals(server: SmtpServer) -> Counter[str]:
    """How many letters have arrived, by recipient; one that came twice counts once."""
    return Counter(copies[0]["X-Envelope-To"] for copies in letters_by_id(server).values())
