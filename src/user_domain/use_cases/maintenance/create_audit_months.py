"""Make room for the months of the audit trail that are to come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.policies.audit_proof import month_of

if TYPE_CHECKING:
    from datetime import date

    from user_domain.ports.audit_months import AuditMonths
    from user_domain.ports.clock import Clock

_DUE = timedelta(days=30)


class CreateAuditMonths:
    """The worker makes room for the present month and the next twelve. Any number of workers may."""

    def __init__(self, *, months: AuditMonths, clock: Clock) -> None:
        self._months = months
        self._clock = clock

    async def execute(self) -> list[date]:
        """The months without room that have begun, or begin within 30 days: somebody should look into that."""
        now = self._clock.now()
        return [month for month in await self._months.create(at=now) if month <= month_of(now + _DUE)]
