"""Folding, settling and recounting, as the service and its operator have it done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.ports.statistics_upkeep import Difference, StatisticsUpkeep
from user_domain.testing.builders import NOW
from user_domain.testing.in_memory import InMemoryStatisticsUpkeep
from user_domain.use_cases.maintenance.fold_statistics import FoldStatistics
from user_domain.use_cases.maintenance.recount_statistics import RecountStatistics
from user_domain.use_cases.maintenance.settle_sessions import SettleSessions
from user_domain.value_objects.calendar import Calendar

if TYPE_CHECKING:
    from datetime import datetime

    from tests.unit.user_domain.world import World

IDLE = timedelta(minutes=30)
DIFFERENCE = Difference("users", None, recorded=1, counted=2)
SURPLUS = Difference("logins", NOW, recorded=2, counted=1)


class InBatches(StatisticsUpkeep):
    """Has more to do as often as it is told to."""

    def __init__(self, more: int) -> None:
        self.more = more

    async def fold(self) -> bool:
        self.more -= 1
        return self.more >= 0

    async def settle(self, *, at: datetime, seen_after: datetime | None) -> bool:
        return await self.fold()

    async def rearm(self, *, at: datetime, seen_after: datetime | None) -> int:
        return 3

    async def recount(self, *, take_off_surplus: bool = False) -> list[Difference]:
        return [DIFFERENCE, SURPLUS][: None if take_off_surplus else 1]


async def test_both_go_on_until_nothing_is_left(world: World) -> None:
    upkeep = InBatches(2)
    await FoldStatistics(upkeep=upkeep).execute()
    assert upkeep.more == -1
    upkeep = InBatches(2)
    await SettleSessions(upkeep=upkeep, session_policy=world.session_policy, clock=world.clock).execute()
    assert upkeep.more == -1


async def active_sessions(world: World) -> int:
    today = Calendar().day(NOW.date())
    return (await world.statistics.totals(at=NOW, today=today, verified_email_required=False)).active_sessions


async def idle_sessions(world: World) -> None:
    """One that was seen a moment ago, and one that lies idle."""
    world.session_policy = replace(world.session_policy, idle=IDLE)
    user = await world.with_user()
    for started_at in (NOW, NOW - timedelta(hours=1)):
        await world.with_session(user, started_at=started_at)


async def test_sessions_are_over_by_what_the_policy_says_now(world: World) -> None:
    await idle_sessions(world)
    upkeep = InMemoryStatisticsUpkeep(world.database)
    await SettleSessions(upkeep=upkeep, session_policy=world.session_policy, clock=world.clock).execute()
    assert await active_sessions(world) == 1


async def test_a_recount_looks_at_every_session_first(world: World) -> None:
    await idle_sessions(world)
    upkeep = InMemoryStatisticsUpkeep(world.database)
    recount = RecountStatistics(upkeep=upkeep, session_policy=world.session_policy, clock=world.clock)
    found = await recount.execute()
    assert (found.rearmed_sessions, found.differences) == (1, [])
    assert await active_sessions(world) == 1
    assert (await recount.execute()).rearmed_sessions == 0


async def test_what_differed_is_told_and_a_surplus_taken_off_when_that_is_asked_for(world: World) -> None:
    recount = RecountStatistics(upkeep=InBatches(0), session_policy=world.session_policy, clock=world.clock)
    found = await recount.execute()
    assert (found.rearmed_sessions, found.differences) == (3, [DIFFERENCE])
    assert (await recount.execute(take_off_surplus=True)).differences == [DIFFERENCE, SURPLUS]
