"""A clock that stands still until told to move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.clock import Clock
from user_domain.testing.builders import NOW

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class InMemoryClock(Clock):
    """Tells the time it was set to."""

    def __init__(self, at: datetime = NOW) -> None:
        self._now = at

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by
