"""Whether the database does its part."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres.migrate import required_version
from adapters.postgres.statements import statements
from user_domain.errors import StorageUnavailable

if TYPE_CHECKING:
    from adapters.postgres.database import Database, PoolUse, Row

_DEADLINE = 2.0
_SQL = statements("schema")


@dataclass(frozen=True, slots=True)
class DatabaseAnswer:
    """How long the database took to answer, and whether it has at least the schema this code needs."""

    latency_ms: float
    schema_is_current: bool


class DatabaseHealth:
    """Asks the database how it is; has an answer within two seconds, whatever hangs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._given_up: set[asyncio.Task[Row | None]] = set()

    def pool_use(self) -> PoolUse:
        """How busy the connections to the database are."""
        return self._database.use()

    async def ask(self) -> DatabaseAnswer | None:
        """What the database answered; None where it did not in time."""
        started = time.perf_counter()
        question = asyncio.create_task(self._database.fetch_one(_SQL["version"], {}))
        # Not asyncio.timeout: it would wait for psycopg to give up, which a silent server can keep from doing so.
        await asyncio.wait({question}, timeout=_DEADLINE)
        if not question.done():
            self._given_up.add(question)
            question.add_done_callback(self._forget)
            question.cancel()
            return None
        try:
            row = question.result()
        except StorageUnavailable:
            return None
        latency_ms = round((time.perf_counter() - started) * 1000, 2)
        return DatabaseAnswer(latency_ms, schema_is_current=row is not None and row["version"] >= required_version())

    def _forget(self, question: asyncio.Task[Row | None]) -> None:
        self._given_up.discard(question)
        if not question.cancelled():
            question.exception()  # seen: nobody waits for it any more
