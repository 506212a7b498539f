"""The audit trail, for writing."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry


class AuditTrail(Protocol):
    """The trail of what happened, within a unit of work: an entry stands or falls with the change it records."""

    @abstractmethod
    async def append(self, entry: AuditEntry) -> None:
        """Add an entry. Nothing is ever changed or taken away; the order within a unit of work is kept."""
