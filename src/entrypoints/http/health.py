"""What the health endpoints find out, within two seconds whatever hangs."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres.migrate import required_version
from adapters.postgres.statements import statements
from user_domain.errors import StorageUnavailable

if TYPE_CHECKING:
    from adapters.postgres.database import Database, PoolUse

_DEADLINE = 2.0
_SQL = statements("schema")


@dataclass(frozen=True, slots=True)
class DatabaseAnswer:
    """How long the database took to answer, and whether it has at least the schema this code needs."""

    latency_ms: float
    schema_is_current: bool


class HealthChecks:
    """Asks the database, and remembers since when the process has been up."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._started = time.monotonic()

    def uptime_seconds(self) -> float:
        """How long the process has been up."""
        return round(time.monotonic() - self._started, 1)

    def pool_use(self) -> PoolUse:
        """How busy the connections to the database are."""
        return self._database.use()

    async def database(self) -> DatabaseAnswer | None:
        """What the database answered; None where it did not in time."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(_DEADLINE):
                row = await self._database.fetch_one(_SQL["version"], {})
        except (StorageUnavailable, TimeoutError):
            return None
        latency_ms = round((time.perf_counter() - started) * 1000, 2)
        return DatabaseAnswer(latency_ms, schema_is_current=row is not None and row["version"] >= required_version())
