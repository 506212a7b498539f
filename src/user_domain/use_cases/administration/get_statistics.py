"""See how many there are of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.statistics_queries import StatisticsQueries, Totals
    from user_domain.value_objects.calendar import Calendar


class GetStatistics:
    """Admins see how many users and sessions there are now, and what has happened today. Whether people must have
    verified their address decides who is pending, as in the access policy.
    """

    def __init__(
        self, *, statistics: StatisticsQueries, verified_email_required: bool, calendar: Calendar, clock: Clock
    ) -> None:
        self._statistics = statistics
        self._verified_email_required = verified_email_required
        self._calendar = calendar
        self._clock = clock

    async def execute(self, *, actor: User) -> Totals:
        """The numbers.

        Raises:
            Forbidden: the actor is no admin.
        """
        require_admin(actor)
        now = self._clock.now()
        return await self._statistics.totals(
            at=now,
            today=self._calendar.day(self._calendar.date_of(now)),
            verified_email_required=self._verified_email_required,
        )
