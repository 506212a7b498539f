"""Sessions, for writing."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from user_domain.entities.session import EndReason, NewSession
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.ids import SessionHandle, SessionId, UserId


@dataclass(frozen=True, slots=True)
class SessionHolder:
    """An account, and those of its live sessions that have no place beside another one, the oldest first."""

    account: Account
    surplus: tuple[SessionId, ...]


class SessionRepository(Protocol):
    """The sessions, within a unit of work: nothing written is seen by others before the commit."""

    @abstractmethod
    async def lock_holder(
        self, user_id: UserId, *, keep: int, at: datetime, seen_after: datetime | None
    ) -> SessionHolder | None:
        """Lock a user as `UserRepository.lock` does, and then the sessions that are live at a moment and were seen
        after another, but for as many as are to be kept of those that started last. Until the end of the unit of work
        no session starts, and nobody else ends or refreshes those that are locked. None: there is no such user."""

    @abstractmethod
    async def evict(self, surplus: Sequence[SessionId], *, at: datetime, reason: EndReason) -> None:
        """End sessions that `lock_holder` has locked."""

    @abstractmethod
    async def add(self, session: NewSession) -> None:
        """Store a session. The user must exist and should be locked, so that a block at the same instant is seen."""

    @abstractmethod
    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        """End a session. True for exactly one of any number of callers; False where it is over or unknown, and then
        nothing changes: the first end is the one that is kept."""

    @abstractmethod
    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        """End every session of a user that is live, however long ago it was seen, but for the one to keep. How many
        of those were seen after a moment, or all of them without one; those that are over keep their reason. The user
        should be locked, so that no session starts at the same instant."""
