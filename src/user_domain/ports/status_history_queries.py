"""The history of how accounts stood, for reading."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.entities.status_change import StatusChange
    from user_domain.value_objects.ids import StatusChangeId, UserId


class StatusHistoryQueries(Protocol):
    """Answers what was committed before the question was put; locks nothing."""

    @abstractmethod
    async def of_user(self, user_id: UserId, *, limit: int, up_to: StatusChangeId | None = None) -> list[StatusChange]:
        """The changes of a user, the newest first; where `up_to` is given, from the one with that number on. Every
        page costs the same. None of them where there is no such user."""
