"""What is past its time, for throwing away."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class OldRecords(Protocol):
    """Each operation deletes records of one kind for good, the oldest first and no more than `limit`, and answers how
    many they were. It stands by itself, in no unit of work: when it returns they are gone. A record somebody else is
    working with at that moment may be left for the next time; nobody is kept waiting for longer than one such call
    takes. Any number may call at once, and no record counts for two of them. Nothing else changes.
    """

    @abstractmethod
    async def delete_ended_sessions(self, *, ended_by: datetime, limit: int) -> int:
        """Sessions that somebody ended at a moment or before."""

    @abstractmethod
    async def delete_lapsed_sessions(self, *, expired_by: datetime, started_by: datetime, limit: int) -> int:
        """Sessions that nobody ended, that expired at one moment or before, and that started at another or before."""

    @abstractmethod
    async def delete_tokens(self, *, expired_by: datetime, limit: int) -> int:
        """One-time tokens that expired at a moment or before, used and void ones included. A mail may still name them;
        it is claimed without them."""

    @abstractmethod
    async def delete_dead_mails(self, *, dead_by: datetime, limit: int) -> int:
        """Mails that died at a moment or before."""

    @abstractmethod
    async def delete_pauses(self, *, over_by: datetime, limit: int) -> int:
        """Cool-downs that were over at a moment or before."""
