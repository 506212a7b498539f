"""Audit trails that lose or turn over what was written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.testing.builders import NOW
from user_domain.testing.in_memory.audit_trail import InMemoryAuditTrail

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.testing.in_memory.database import State


class ForgetsWhatChanged(InMemoryAuditTrail):
    async def append(self, entry: AuditEntry) -> None:
        await super().append(replace(entry, changes=()))


class NewestFirst(InMemoryAuditTrail):
    async def append(self, entry: AuditEntry) -> None:
        self._entries.insert(0, entry)


class KnowsThisMonthOnly(InMemoryAuditTrail):
    async def append(self, entry: AuditEntry) -> None:
        if (entry.at.year, entry.at.month) == (NOW.year, NOW.month):
            await super().append(entry)


class KnowsUsersOnly(InMemoryAuditTrail):
    """As with a foreign key: what happened to somebody since erased would have no place."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._accounts = state.accounts

    async def append(self, entry: AuditEntry) -> None:
        if entry.actor_id is None or entry.actor_id in self._accounts:
            await super().append(entry)
