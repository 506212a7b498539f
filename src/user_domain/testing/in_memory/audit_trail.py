"""The audit trail in memory, for writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.audit_trail import AuditTrail

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.testing.in_memory.database import State


class InMemoryAuditTrail(AuditTrail):
    """Entries in a unit of work's copy of the state."""

    def __init__(self, state: State) -> None:
        self._entries = state.audit

    async def append(self, entry: AuditEntry) -> None:
        self._entries.append(entry)
