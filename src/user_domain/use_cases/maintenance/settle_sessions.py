"""Stop counting sessions that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.statistics_upkeep import StatisticsUpkeep


class SettleSessions:
    """The service itself notices which sessions have expired or lie idle for too long: nothing happens to them at that
    moment, so nothing else would tell. Only their number follows; that they are over is decided whenever they are used.
    """

    def __init__(self, *, upkeep: StatisticsUpkeep, session_policy: SessionPolicy, clock: Clock) -> None:
        self._upkeep = upkeep
        self._session_policy = session_policy
        self._clock = clock

    async def execute(self) -> None:
        """Look until there is none left."""
        now = self._clock.now()
        while await self._upkeep.settle(at=now, seen_after=self._session_policy.seen_after(now)):
            pass
