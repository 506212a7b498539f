"""Who may see how many there are, and of which day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from user_domain.errors import Forbidden
from user_domain.testing.builders import a_user
from user_domain.use_cases.administration.get_statistics import GetStatistics
from user_domain.value_objects.calendar import Calendar
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World

ADMIN = a_user(role=Role.ADMIN)


def use_case(world: World, *, calendar: Calendar | None = None, required: bool = False) -> GetStatistics:
    return GetStatistics(
        statistics=world.statistics,
        verified_email_required=required,
        calendar=calendar or Calendar(),
        clock=world.clock,
    )


async def test_an_admin_sees_how_many_there_are_now(world: World) -> None:
    await world.with_user()
    totals = await use_case(world).execute(actor=ADMIN)
    assert (totals.total_users, totals.active_users, totals.users_today) == (1, 1, 1)


async def test_nobody_else_does(world: World) -> None:
    with pytest.raises(Forbidden):
        await use_case(world).execute(actor=a_user())


async def test_who_has_not_verified_the_address_is_pending_where_that_is_required(world: World) -> None:
    await world.with_user()
    totals = await use_case(world, required=True).execute(actor=ADMIN)
    assert (totals.active_users, totals.pending_verification) == (0, 1)


async def test_today_begins_where_the_calendar_says(world: World) -> None:
    kathmandu = Calendar(ZoneInfo("Asia/Kathmandu"))
    begins_at = kathmandu.day(kathmandu.date_of(world.clock.now())).begins_at
    for created_at in (begins_at, begins_at - timedelta(microseconds=1)):
        await world.with_user(created_at=created_at)
    assert (await use_case(world, calendar=kathmandu).execute(actor=ADMIN)).users_today == 1
