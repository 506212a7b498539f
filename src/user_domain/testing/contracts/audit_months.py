"""The contract of `AuditMonths`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.testing.builders import NOW
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together

if TYPE_CHECKING:
    from user_domain.ports.audit_months import AuditMonths


class AuditMonthsContract(Contract):
    """Needs a fixture `months`, which has room for no month yet, and `taken_months`, which has none for the second
    month after `NOW` and cannot make any.
    """

    async def test_room_is_made_and_there_is_no_end_of_it(self, months: AuditMonths) -> None:
        at = NOW
        for _ in range(15):
            assert await months.create(at=at) == []
            at += timedelta(days=31)

    async def test_to_do_it_again_changes_nothing(self, months: AuditMonths) -> None:
        assert [await months.create(at=NOW) for _ in range(3)] == [[], [], []]

    async def test_many_at_once_come_to_the_same(self, months: AuditMonths) -> None:
        await together(*(months.create(at=NOW) for _ in range(4)))
        assert await months.create(at=NOW) == []

    async def test_a_month_without_room_is_named_and_keeps_nobody_else_from_it(self, taken_months: AuditMonths) -> None:
        third = (NOW.replace(day=1) + timedelta(days=63)).date().replace(day=1)
        assert await taken_months.create(at=NOW) == [third]
        assert await taken_months.create(at=NOW) == [third]
