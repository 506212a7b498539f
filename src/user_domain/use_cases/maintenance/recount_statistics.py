"""Count everything anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.statistics_upkeep import Difference, StatisticsUpkeep


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """What came of it: the numbers that were wrong, and how many sessions were counted as active and were not, or the
    other way round, because something else was allowed when they started.
    """

    differences: list[Difference]
    rearmed_sessions: int


class RecountStatistics:
    """Whoever operates the service has the numbers compared with what there is, and put right where they differ; of
    registrations and logins a surplus only when asked to. The service goes on meanwhile.
    """

    def __init__(self, *, upkeep: StatisticsUpkeep, session_policy: SessionPolicy, clock: Clock) -> None:
        self._upkeep = upkeep
        self._session_policy = session_policy
        self._clock = clock

    async def execute(self, *, take_off_surplus: bool = False) -> Recount:
        """What differed."""
        now = self._clock.now()
        rearmed = await self._upkeep.rearm(at=now, seen_after=self._session_policy.seen_after(now))
        differences = await self._upkeep.recount(take_off_surplus=take_off_surplus)
        return Recount(differences=differences, rearmed_sessions=rearmed)
