"""The history of how accounts stood in PostgreSQL, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import to_status_change
from adapters.postgres.statements import statements
from user_domain.ports.status_history_queries import StatusHistoryQueries

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from user_domain.entities.status_change import StatusChange
    from user_domain.value_objects.ids import StatusChangeId, UserId

_SQL = statements("status_changes")


class PostgresStatusHistoryQueries(StatusHistoryQueries):
    """One autocommit statement for each question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_user(self, user_id: UserId, *, limit: int, up_to: StatusChangeId | None = None) -> list[StatusChange]:
        parameters = {"user_id": user_id, "limit": limit, "up_to": up_to}
        return [to_status_change(row) for row in await self._database.fetch_all(_SQL["of_user"], parameters)]
