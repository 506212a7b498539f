"""Room for the months of the audit trail in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.statements import statements
from user_domain.ports.audit_months import AuditMonths

if TYPE_CHECKING:
    from datetime import date, datetime

    from adapters.postgres.database import Database

_SQL = statements("schema")


class PostgresAuditMonths(AuditMonths):
    """A partition for each month. Whoever holds the trail, as a dump does, is waited for a fifth of a second for each
    month, so that all of them fit into the time limit of a statement.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, *, at: datetime) -> list[date]:
        rows = await self._database.fetch_all(_SQL["create_audit_months"], {"at": at})
        return [row["month"] for row in rows if not row["is_there"]]
