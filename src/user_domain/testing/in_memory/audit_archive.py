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
        return _digest(kept)

    async def digest(self, month: date) -> bytes | None:
        if not self.is_available:
            raise ArchiveUnavailable
        return _digest(self.months[month]) if month in self.months else None

    async def read(self, month: date) -> AsyncIterator[Sheet]:
        if not self.is_available:
            raise ArchiveUnavailable
        for sheet in self.months.get(month, []):
            yield sheet


def _digest(sheets: list[Sheet]) -> bytes:
    entries = [(sealed.position, sealed.leaf, sealed.entry) for sheet in sheets for sealed in sheet.entries]
    hidden = [(entry.origin, entry.changes) for _, _, entry in entries if entry is not None]
    seals = [(sheet.seal.statement, sheet.seal.signature) for sheet in sheets]
    return hashlib.sha256(repr((entries, hidden, seals)).encode()).digest()
