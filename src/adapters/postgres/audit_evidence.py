"""Everything that the audit trail is verified by, in PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, LiteralString

from adapters.postgres.rows import to_retirement, to_seal, to_sealed_entry
from adapters.postgres.statements import statements
from user_domain.ports.audit_evidence import AuditEvidence, Unaccounted, Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from adapters.postgres.database import Database, Row
    from user_domain.entities.audit_seal import Retirement, Seal, SealedEntry

_SQL = statements("audit_seals")
_UPKEEP = statements("statistics")

_COMPARING_SECONDS = 900
"""How long a question may take that reads a whole month."""


class PostgresAuditEvidence(AuditEvidence):
    """A statement for each question, or two; those that read a whole month in a transaction, where they may take their
    time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def seals(self, *, after: int, limit: int) -> list[Seal]:
        return [to_seal(row) for row in await self._database.fetch_all(_SQL["after"], {"after": after, "limit": limit})]

    async def sealed_entries(self, seals: Sequence[Seal]) -> list[SealedEntry]:
        numbers = [seal.statement.number for seal in seals]
        bounds = _bounds(seals[0].statement.month)
        rows = await self._patiently(_SQL["sealed_entries"], {**bounds, "first": min(numbers), "last": max(numbers)})
        return [to_sealed_entry(row) for row in rows if row["seal"] in numbers]

    async def months(self) -> list[date]:
        return [row["month"] for row in await self._database.fetch_all(_SQL["months"], {})]

    async def unaccounted(self, month: date, *, limit: int) -> Unaccounted:
        asked = {**_bounds(month), "month": month, "limit": limit}
        entries = await self._patiently(_SQL["unsealed_strangers"], asked)
        leaves = await self._patiently(_SQL["misplaced_leaves"], asked)
        return Unaccounted(tuple(row["id"] for row in entries), tuple(row["id"] for row in leaves))

    async def waiting(self, *, limit: int) -> Waiting:
        counted = await self._database.fetch_one(_SQL["waiting_count"], {})
        missing = await self._patiently(_SQL["waiting_missing"], {"limit": limit})
        return Waiting(counted["entries"] if counted else 0, tuple(row["id"] for row in missing))

    async def retirements(self) -> list[Retirement]:
        return [to_retirement(row) for row in await self._database.fetch_all(_SQL["retirements"], {})]

    async def _patiently(self, statement: LiteralString, parameters: dict[str, Any]) -> list[Row]:
        async with self._database.connection() as connection, connection.transaction():
            await connection.execute(_UPKEEP["allow_time"], {"limit": f"{_COMPARING_SECONDS}s"})
            with connection.watched(_COMPARING_SECONDS):
                return await (await connection.execute(statement, parameters)).fetchall()


def _bounds(month: date) -> dict[str, datetime]:
    return {"begins": _midnight(month), "ends": _midnight(_next(month))}


def _next(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)
