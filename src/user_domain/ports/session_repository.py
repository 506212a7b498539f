"""Sessions, for writing."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import EndReason, NewSession
    from user_domain.value_objects.ids import SessionHandle, UserId


class SessionRepository(Protocol):
    """The sessions, within a unit of work: nothing written is seen by others before the commit."""

    @abstractmethod
    async def add(self, session: NewSession) -> None:
        """Store a session. The user must exist and should be locked, so that a block at the same instant is seen."""

    @abstractmethod
    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        """End a session. True for exactly one of any number of callers; False where it is over or unknown, and then
        nothing changes: the first end is the one that is kept."""

    @abstractmethod
    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        """End every live session of a user, but for the one to keep. How many that were; those that are over keep
        their reason. The user should be locked, so that no session starts at the same instant."""
