"""Where months of the audit trail go that are given up, in memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from user_domain.errors import ArchiveUnavailable
from user_domain.ports.audit_archive import AuditArchive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    from user_domain.ports.audit_archive import Sheet


class InMemoryAuditArchive(AuditArchive):
    """Keeps the sheets themselves; `is_available` is False for a disk that is full."""

    def __init__(self) -> None:
        self.is_available = True
        self.months: dict[date, list[Sheet]] = {}

    async def write(self, month: date, sheets: AsyncIterator[Sheet]) -> bytes:
        kept = [sheet async for sheet in sheets]
        if not self.is_available:
            raise ArchiveUnavailable
        self.months[month] = kept
        return hashlib.sha256(repr(kept).encode()).digest()

    async def read(self, month: date) -> AsyncIterator[Sheet]:
        if not self.is_available:
            raise ArchiveUnavailable
        for sheet in self.months.get(month, []):
            yield sheet
