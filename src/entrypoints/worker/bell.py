"""Waking whoever waits for work."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Bell:
    """Rung when there is work. Whoever looked for work at a ring count and found none waits for the next ring after
    that one, so no ring is missed between looking and waiting.
    """

    def __init__(self) -> None:
        self.rings = 0
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits."""
        self.rings += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, *, since: int, seconds: float) -> None:
        """Wait until it has rung more than `since` times, but no longer than that."""
        if self.rings == since:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._next.wait()
