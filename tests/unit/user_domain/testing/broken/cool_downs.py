"""Pauses that nobody keeps, that never end, or that keep the wrong ones waiting."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from user_domain.testing.in_memory.cool_downs import InMemoryCoolDowns

if TYPE_CHECKING:
    from datetime import datetime


class KeepsNobodyWaiting(InMemoryCoolDowns):
    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        await super().start(name, at=at, until=until)
        return None


class KeepsEverybodyWaiting(InMemoryCoolDowns):
    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        return await super().start(name, at=at, until=until) or until


class SaysWhenItWouldHaveEnded(InMemoryCoolDowns):
    """The end that was asked for, not the one of the pause that lasts."""

    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        return until if await super().start(name, at=at, until=until) else None


class BeginsAnewWheneverAsked(InMemoryCoolDowns):
    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        running = await super().start(name, at=at, until=until)
        self._cool_downs[name] = until
        return running


class LastsAnInstantTooLong(InMemoryCoolDowns):
    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        running = self._cool_downs.get(name)
        return running if running == at else await super().start(name, at=at, until=until)


class LastsForEver(InMemoryCoolDowns):
    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        return self._cool_downs.get(name) or await super().start(name, at=at, until=until)


class NormalisesNames(InMemoryCoolDowns):
    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        return await super().start(unicodedata.normalize("NFC", name), at=at, until=until)


class CutsNames(InMemoryCoolDowns):
    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        return await super().start(name[:255], at=at, until=until)
