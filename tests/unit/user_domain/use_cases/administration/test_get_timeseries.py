"""Who may see what happened day by day, and which days those are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from user_domain.errors import Forbidden
from user_domain.testing.builders import NOW, a_user
from user_domain.use_cases.administration.get_timeseries import GetTimeseries
from user_domain.value_objects.calendar import Calendar
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World

ADMIN = a_user(role=Role.ADMIN)


def use_case(world: World, calendar: Calendar | None = None) -> GetTimeseries:
    return GetTimeseries(statistics=world.statistics, calendar=calendar or Calendar(), clock=world.clock)


async def test_an_admin_sees_the_last_days_up_to_today(world: World) -> None:
    await world.with_user(created_at=NOW - timedelta(days=2))
    days = await use_case(world).execute(actor=ADMIN, days=4)
    assert [day.date for day in days] == [NOW.date() - timedelta(days=ago) for ago in (3, 2, 1, 0)]
    assert [day.registrations for day in days] == [0, 1, 0, 0]


async def test_nobody_else_does(world: World) -> None:
    with pytest.raises(Forbidden):
        await use_case(world).execute(actor=a_user(), days=1)


async def test_days_are_those_of_the_calendar(world: World) -> None:
    auckland = Calendar(ZoneInfo("Pacific/Auckland"))  # where it is tomorrow already
    (day,) = await use_case(world, auckland).execute(actor=ADMIN, days=1)
    assert day.date == NOW.date() + timedelta(days=1)
