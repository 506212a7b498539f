"""The history of how accounts stood in memory, for writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.status_change import StatusChange
from user_domain.ports.status_history import StatusHistory
from user_domain.value_objects.ids import StatusChangeId

if TYPE_CHECKING:
    from user_domain.entities.status_change import NewStatusChange
    from user_domain.testing.in_memory.database import State


class InMemoryStatusHistory(StatusHistory):
    """Changes in a unit of work's copy of the state."""

    def __init__(self, state: State) -> None:
        self._changes = state.status_changes

    async def add(self, change: NewStatusChange) -> None:
        self._changes.append(StatusChange.recorded(StatusChangeId(len(self._changes) + 1), change))
