"""Room for the months of the audit trail."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date, datetime


class AuditMonths(Protocol):
    """The room that entries of a month (UTC) are kept in, so that the month can be given up as a whole."""

    @abstractmethod
    async def create(self, *, at: datetime) -> list[date]:
        """Make room for the month of a moment and for the twelve after it, unless there is; those for which there is
        none now, in order, by their first days. Nothing is lost where room is lacking: entries of such a month are kept
        elsewhere. Whoever adds entries does not wait. Any number may do this at once; and again, which changes nothing.
        """
