"""The connection pool, and reads outside of transactions."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import time
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString, TypeAlias

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.postgres.errors import translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

Row: TypeAlias = DictRow
Parameters: TypeAlias = "Mapping[str, Any]"
Statement: TypeAlias = LiteralString | sql.Composed
"""What may be run: text of ours, or composed of such text. A composed one is planned anew each time, for its values."""

_PING_AFTER_IDLE = 5.0
"""Seconds of silence after which a connection is asked whether it still lives: a cut without a word cannot be seen."""

_GRACE = 0.5
"""Seconds that the server gets beyond its own time limit for a statement, before the connection is cut."""

_WAIT_SLICE = 1.0
"""Seconds after which a waiting caller asks again, which makes the pool try to connect again while the database is
away. Shorter is a quicker recovery; longer is a fairer queue."""


class Connection(psycopg.AsyncConnection[Row]):
    """A connection that knows when it was used last, and how long an answer may take (seconds)."""

    used_at = 0.0
    patience = 30.0

    @contextmanager
    def watched(self, seconds: float | None = None) -> Iterator[None]:
        """Within, the connection is cut when the server has not answered in time. One that has gone silent answers no
        request to cancel either, and psycopg waits for that.
        """
        handle = asyncio.get_running_loop().call_later(seconds or self.patience, self._cut)
        try:
            yield
        finally:
            handle.cancel()

    def _cut(self) -> None:
        with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(self.fileno())) as twin:
            twin.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """How many connections to keep, and how long to wait (seconds) for one and for a statement.

    `transaction_pooler` says that a pooler in transaction mode (PgBouncer, Neon's) stands in between: then there are
    no prepared statements and no session settings, both of which would leak between its clients.
    """

    min_size: int = 2
    max_size: int = 10
    timeout: float = 5.0
    transaction_pooler: bool = False


@dataclass(frozen=True, slots=True)
class PoolUse:
    """How busy the pool is: connections open, of those free, and callers waiting for one."""

    size: int
    available: int
    waiting: int


class Database:
    """A pool of autocommit connections. Nothing is opened before `open`; closed for good by `close`."""

    def __init__(self, url: str, settings: PoolSettings | None = None) -> None:
        settings = settings or PoolSettings()
        self._timeout = settings.timeout
        self._pool = AsyncConnectionPool(
            url,
            connection_class=Connection,
            kwargs=_connection_options(settings),
            min_size=settings.min_size,
            max_size=settings.max_size,
            max_waiting=settings.max_size * 20,
            max_lifetime=1800,
            timeout=settings.timeout,
            # Give up at once: whoever waits asks again (_WAIT_SLICE), so there is no back-off to sit out when the
            # database is there again.
            reconnect_timeout=0.2,
            check=self._check,
            open=False,
        )

    async def open(self) -> None:
        """Start connecting, in the background."""
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection; those in use when they come back."""
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A live connection, for as long as the block.

        Raises:
            StorageUnavailable: none to be had in time, too many are waiting, or the block's statement failed.
        """
        with translated():
            connection = await self._acquire()
            connection.patience = self._timeout + _GRACE
            try:
                yield connection
            finally:
                connection.used_at = time.monotonic()
                await self._pool.putconn(connection)

    async def fetch_one(self, statement: Statement, parameters: Parameters) -> Row | None:
        """The first row of a statement, in one round trip and no transaction of its own."""
        async with self.connection() as connection:
            with connection.watched():
                return await (await connection.execute(statement, parameters, prepare=_prepare(statement))).fetchone()

    async def fetch_all(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """Every row of a statement, in one round trip and no transaction of its own."""
        async with self.connection() as connection:
            with connection.watched():
                return await (await connection.execute(statement, parameters, prepare=_prepare(statement))).fetchall()

    async def execute(self, statement: LiteralString, parameters: Parameters) -> int:
        """A statement that answers nothing, in one round trip; committed when this returns. How many rows it wrote or
        deleted.
        """
        async with self.connection() as connection:
            with connection.watched():
                return (await connection.execute(statement, parameters)).rowcount

    def use(self) -> PoolUse:
        """How busy the pool is now."""
        stats = self._pool.get_stats()
        return PoolUse(
            size=stats.get("pool_size", 0),
            available=stats.get("pool_available", 0),
            waiting=stats.get("requests_waiting", 0),
        )

    async def _acquire(self) -> Connection:
        deadline = time.monotonic() + self._timeout
        while True:
            remaining = deadline - time.monotonic()
            try:
                return await self._pool.getconn(min(_WAIT_SLICE, remaining))
            except PoolTimeout:
                if remaining <= _WAIT_SLICE:
                    raise

    async def _check(self, connection: Connection) -> None:
        """Runs before a connection is handed out. One the server has closed shows it by a readable socket, at no cost;
        one that has been silent for long is asked. The first dead one found replaces all idle ones: they died together.
        """
        if not _readable(connection.fileno()) and time.monotonic() - connection.used_at < _PING_AFTER_IDLE:
            return
        try:
            with connection.watched(self._timeout / 2):
                await self._pool.check_connection(connection)
        except psycopg.OperationalError:
            await self._pool.drain()
            raise


def _prepare(statement: Statement) -> bool | None:
    return False if isinstance(statement, sql.Composed) else None


def _readable(descriptor: int) -> bool:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(0))


def _connection_options(settings: PoolSettings) -> dict[str, Any]:
    options = {"autocommit": True, "row_factory": dict_row, "connect_timeout": 5, "keepalives_idle": 30}
    if settings.transaction_pooler:
        return {**options, "prepare_threshold": None}
    limit = int(settings.timeout * 1000)
    session = {
        "statement_timeout": limit,
        "idle_in_transaction_session_timeout": 2 * limit,
        "timezone": "UTC",
        # Answers of a few rows: compiling a statement takes longer than running it, as does starting processes for it.
        "jit": "off",
        "max_parallel_workers_per_gather": 0,
    }
    return {**options, "options": " ".join(f"-c {name}={value}" for name, value in session.items())}
