"""Things that may not be done again too soon."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class CoolDowns(Protocol):
    """Pauses by name, within a unit of work. The names may be personal; adapters keep them unreadable."""

    @abstractmethod
    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        """Begin a pause. None: it has begun, for exactly one of any number of callers at the same instant. Otherwise a
        pause of this name lasts already, and this is when it ends; nothing changes then. A rollback ends the pause."""
