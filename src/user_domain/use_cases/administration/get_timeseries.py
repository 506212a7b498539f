"""See what happened day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.statistics_queries import DayCounts, StatisticsQueries
    from user_domain.value_objects.calendar import Calendar


class GetTimeseries:
    """Admins see what happened on each of the last days, today included."""

    def __init__(self, *, statistics: StatisticsQueries, calendar: Calendar, clock: Clock) -> None:
        self._statistics = statistics
        self._calendar = calendar
        self._clock = clock

    async def execute(self, *, actor: User, days: int) -> list[DayCounts]:
        """So many days, the oldest first, those without events included.

        Raises:
            Forbidden: the actor is no admin.
        """
        require_admin(actor)
        return await self._statistics.days(self._calendar.days_until(self._clock.now(), count=days))
