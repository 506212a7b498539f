"""What makes people readable in the audit trail, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.personal_keys import PersonalKeys

if TYPE_CHECKING:
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import UserId


class InMemoryPersonalKeys(PersonalKeys):
    """Remembers who was erased in a unit of work's copy of the state; there are no keys."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def destroy(self, user_id: UserId) -> None:
        self._state.erased.add(user_id)
