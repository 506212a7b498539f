"""What the health endpoints find out, within two seconds whatever hangs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from adapters.postgres.migrate import required_version
from adapters.postgres.statements import statements
from user_domain.errors import StorageUnavailable

if TYPE_CHECKING:
    from adapters.postgres.database import Database, PoolUse

_DEADLINE = 2.0
_SQL = statements("schema")


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

    async def database_latency_ms(self) -> float | None:
        """How long the database took to answer; None where it did not in time."""
        started = time.perf_counter()
        if await self._schema_version() is None:
            return None
        return round((time.perf_counter() - started) * 1000, 2)

    async def schema_is_current(self) -> bool:
        """Whether the database answers and has at least the schema this code needs."""
        version = await self._schema_version()
        return version is not None and version >= required_version()

    async def _schema_version(self) -> int | None:
        try:
            async with asyncio.timeout(_DEADLINE):
                row = await self._database.fetch_one(_SQL["version"], {})
        except (StorageUnavailable, TimeoutError):
            return None
        return row["version"] if row else None
