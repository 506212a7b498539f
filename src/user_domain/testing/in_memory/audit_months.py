"""Room for the months of the audit trail, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.policies.audit_proof import month_of
from user_domain.ports.audit_months import AuditMonths

if TYPE_CHECKING:
    from datetime import date, datetime

_AHEAD = 12


class InMemoryAuditMonths(AuditMonths):
    """Makes room for every month but those that are `stuck`."""

    def __init__(self, *stuck: date) -> None:
        self._stuck = frozenset(stuck)
        self.created: set[date] = set()

    async def create(self, *, at: datetime) -> list[date]:
        months = [_later(month_of(at), by=number) for number in range(_AHEAD + 1)]
        self.created |= set(months) - self._stuck
        return [month for month in months if month not in self.created]


def _later(month: date, *, by: int) -> date:
    number = month.year * 12 + month.month - 1 + by
    return month.replace(year=number // 12, month=number % 12 + 1)
