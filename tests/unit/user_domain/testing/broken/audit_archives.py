"""Archives that keep something else than they were given; and months for which there is no room, or always."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from user_domain.errors import ArchiveUnavailable
from user_domain.testing.in_memory import InMemoryAuditMonths
from user_domain.testing.in_memory.audit_archive import InMemoryAuditArchive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from user_domain.ports.audit_archive import Sheet

# --- Archives -------------------------------------------------------------------------------------------------------


class KnowsNoEmptiness(InMemoryAuditArchive):
    """As CSV does not."""

    async def read(self, month: date) -> AsyncIterator[Sheet]:
        async for sheet in super().read(month):
            entries = (
                replace(one, entry=one.entry and replace(one.entry, changes=one.entry.changes or None))
                for one in sheet.entries
            )
            yield replace(sheet, entries=tuple(entries))


class KeepsAllInOne(InMemoryAuditArchive):
    async def read(self, month: date) -> AsyncIterator[Sheet]:
        for each in list(self.months):
            async for sheet in super().read(each):
                yield sheet


class NamesTheMonthOnly(InMemoryAuditArchive):
    async def write(self, month: date, sheets: AsyncIterator[Sheet]) -> bytes:
        await super().write(month, sheets)
        return month.isoformat().encode().ljust(32)


class IsAnotherEveryTime(InMemoryAuditArchive):
    """As with the moment of writing in it."""

    async def write(self, month: date, sheets: AsyncIterator[Sheet]) -> bytes:
        await super().write(month, sheets)
        return os.urandom(32)


class ForgetsDigests(InMemoryAuditArchive):
    async def digest(self, month: date) -> bytes | None:
        return None


class MakesDigestsUp(InMemoryAuditArchive):
    async def digest(self, month: date) -> bytes | None:
        return await super().digest(month) or bytes(32)


class Appends(InMemoryAuditArchive):
    async def write(self, month: date, sheets: AsyncIterator[Sheet]) -> bytes:
        before = self.months.get(month, [])
        digest = await super().write(month, sheets)
        self.months[month] = before + self.months[month]
        return digest


class KeepsWhatCame(InMemoryAuditArchive):
    """Also where no more came."""

    async def write(self, month: date, sheets: AsyncIterator[Sheet]) -> bytes:
        self.months[month] = []

        async def kept() -> AsyncIterator[Sheet]:
            async for sheet in sheets:
                self.months[month].append(sheet)
                yield sheet

        return await super().write(month, kept())


class SaysItIsKept(InMemoryAuditArchive):
    async def write(self, month: date, sheets: AsyncIterator[Sheet]) -> bytes:
        try:
            return await super().write(month, sheets)
        except ArchiveUnavailable:
            return bytes(32)


# --- Months ---------------------------------------------------------------------------------------------------------


class HasNoRoom(InMemoryAuditMonths):
    async def create(self, *, at: datetime) -> list[date]:
        return [at.date().replace(day=1)]


class EndsWithTheYear(InMemoryAuditMonths):
    async def create(self, *, at: datetime) -> list[date]:
        await super().create(at=at)
        return [date(at.year + 1, 1, 1)] if at.year > 2026 else []


class MakesThemOnce(InMemoryAuditMonths):
    """As `create table` without `if not exists`."""

    async def create(self, *, at: datetime) -> list[date]:
        if at.date().replace(day=1) in self.created:
            raise LookupError(at)
        return await super().create(at=at)


class SaysThereIsRoom(InMemoryAuditMonths):
    async def create(self, *, at: datetime) -> list[date]:
        await super().create(at=at)
        return []


class StopsAtTheFirst(InMemoryAuditMonths):
    async def create(self, *, at: datetime) -> list[date]:
        missing = await super().create(at=at)
        return [month for month in sorted(self.created | self._stuck) if missing and month >= missing[0]]
