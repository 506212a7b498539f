"""The history of how accounts stood in memory, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.status_history_queries import StatusHistoryQueries

if TYPE_CHECKING:
    from user_domain.entities.status_change import StatusChange
    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.ids import StatusChangeId, UserId


class InMemoryStatusHistoryQueries(StatusHistoryQueries):
    """Looks through the committed changes."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def of_user(self, user_id: UserId, *, limit: int, up_to: StatusChangeId | None = None) -> list[StatusChange]:
        changes = [change for change in self._database.committed.status_changes if change.user_id == user_id]
        return [change for change in reversed(changes) if up_to is None or change.id <= up_to][:limit]
