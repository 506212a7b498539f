"""The upkeep of statistics in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from adapters.postgres.statements import statements
from user_domain.ports.statistics_upkeep import Difference, StatisticsUpkeep

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database

_SQL = statements("statistics")

# Composed, so that it is planned each time: a plan kept from when there were ten deltas compares ten thousand of them,
# one with each other, for minutes.
_FOLD = sql.Composed([sql.SQL(_SQL["fold"])])

_DELTAS_AT_ONCE = 10_000
_SESSIONS_AT_ONCE = 1_000
"""In one statement, so that none is locked for long and no statement runs into its time limit."""

_COUNTING_SECONDS = 900
"""How long a recount may take; it reads all of two tables."""


class PostgresStatisticsUpkeep(StatisticsUpkeep):
    """One autocommit statement at a time, over rows that nobody else has locked; a recount has a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fold(self) -> bool:
        row = await self._database.fetch_one(_FOLD, {"limit": _DELTAS_AT_ONCE})
        return row is not None and row["taken"] == _DELTAS_AT_ONCE

    async def settle(self, *, at: datetime, seen_after: datetime | None) -> bool:
        parameters = {"at": at, "seen_after": seen_after, "limit": _SESSIONS_AT_ONCE}
        row = await self._database.fetch_one(_SQL["settle"], parameters)
        return row is not None and row["settled"] == _SESSIONS_AT_ONCE

    async def rearm(self, *, at: datetime, seen_after: datetime | None) -> int:
        parameters = {"at": at, "seen_after": seen_after, "limit": _SESSIONS_AT_ONCE, "after": 0}
        wrong = 0
        while row := await self._database.fetch_one(_SQL["rearm"], parameters):
            if row["reached"] is None:
                break
            parameters["after"] = row["reached"]
            wrong += row["wrong"]
        return wrong

    async def recount(self, *, take_off_surplus: bool = False) -> list[Difference]:
        async with self._database.connection() as connection, connection.transaction():
            # Behind a pooler there is no other way to say for how long, either.
            await connection.execute(_SQL["allow_time"], {"limit": f"{_COUNTING_SECONDS}s"})
            with connection.watched(_COUNTING_SECONDS):
                await connection.execute(_SQL["wait_for_recounts"])
                # A statement of its own: one moment, after whatever another recount has added.
                parameters = {"take_off_surplus": take_off_surplus}
                rows = await (await connection.execute(_SQL["recount"], parameters)).fetchall()
        return [
            Difference(row["metric"], row["since"], row["recorded"], row["counted"], is_put_right=row["is_put_right"])
            for row in rows
        ]
