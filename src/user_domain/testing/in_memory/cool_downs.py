"""Pauses in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.cool_downs import CoolDowns

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.testing.in_memory.database import State


class InMemoryCoolDowns(CoolDowns):
    """Pauses in a unit of work's copy of the state, under their plain names."""

    def __init__(self, state: State) -> None:
        self._cool_downs = state.cool_downs

    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        running = self._cool_downs.get(name)
        if running is not None and running > at:
            return running
        self._cool_downs[name] = until
        return None
