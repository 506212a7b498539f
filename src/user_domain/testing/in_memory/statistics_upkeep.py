"""The upkeep of statistics in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.statistics_upkeep import Difference, StatisticsUpkeep

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.testing.in_memory.database import InMemoryDatabase


class InMemoryStatisticsUpkeep(StatisticsUpkeep):
    """Remembers which sessions were found to be over; everything else is counted by whoever asks, and never differs."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def fold(self) -> bool:
        return False

    async def settle(self, *, at: datetime, seen_after: datetime | None) -> bool:
        async with self._database.lock:
            state = self._database.committed
            state.lapsed |= {
                handle
                for handle, session in state.sessions.items()
                if session not in state.live_sessions(session.user_id, at=at, seen_after=seen_after)
            }
        return False

    async def rearm(self, *, at: datetime, seen_after: datetime | None) -> int:
        before = self._counted()
        self._database.committed.lapsed.clear()
        await self.settle(at=at, seen_after=seen_after)
        return len(before ^ self._counted())

    async def recount(self, *, take_off_surplus: bool = False) -> list[Difference]:  # noqa: ARG002 - nothing differs
        return []

    def _counted(self) -> set[str]:
        state = self._database.committed
        return {
            handle
            for handle, session in state.sessions.items()
            if session.ended_at is None and handle not in state.lapsed
        }
