"""Room for the months of the audit trail is made ahead, and somebody hears of it in time where that fails."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from user_domain.testing.in_memory import InMemoryAuditMonths, InMemoryClock
from user_domain.use_cases.maintenance.create_audit_months import CreateAuditMonths

MAY = date(2026, 5, 1)


async def test_room_is_made_for_this_month_and_twelve_more() -> None:
    months = InMemoryAuditMonths()
    assert (
        await CreateAuditMonths(months=months, clock=InMemoryClock(datetime(2026, 11, 30, tzinfo=UTC))).execute() == []
    )
    assert sorted(months.created) == [date(2026, 11, 1), date(2026, 12, 1), *(date(2027, n, 1) for n in range(1, 12))]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (datetime(2026, 4, 1, tzinfo=UTC) - timedelta(microseconds=1), []),
        (datetime(2026, 4, 1, tzinfo=UTC), [MAY]),
        (datetime(2026, 5, 31, tzinfo=UTC), [MAY]),
        (datetime(2026, 6, 1, tzinfo=UTC), []),
    ],
)
async def test_a_month_without_room_is_told_of_from_thirty_days_before(now: datetime, told: list[date]) -> None:
    assert await CreateAuditMonths(months=InMemoryAuditMonths(MAY), clock=InMemoryClock(now)).execute() == told
