"""The history of how accounts stood, for writing."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.entities.status_change import NewStatusChange


class StatusHistory(Protocol):
    """What admins did to how accounts stand, within a unit of work."""

    @abstractmethod
    async def add(self, change: NewStatusChange) -> None:
        """Add a change of a user whom this unit of work has locked, so that changes of one user are numbered as they
        happened. Nothing is ever changed or taken away, except with the user."""
