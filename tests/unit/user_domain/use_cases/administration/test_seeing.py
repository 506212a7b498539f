"""Admins see users, and how their accounts stood."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.unit.user_domain.use_cases.administration.deeds import block, suspend, unblock
from user_domain.errors import Forbidden, UserNotFound
from user_domain.testing.builders import NOW
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World
    from user_domain.policies.status_history import StatusPeriod
    from user_domain.value_objects.ids import StatusChangeId

NOBODY = UserId(2_000_000_000)
HOUR = timedelta(hours=1)


async def test_an_admin_sees_anybody_oneself_and_other_admins_included(world: World) -> None:
    admin, other, user = await world.with_admin(), await world.with_admin(), await world.with_user()
    for seen in (admin, other, user):
        assert await world.see_user().execute(actor=admin, user_id=seen.id) == seen


async def test_what_an_admin_sees_of_oneself_is_as_it_is_now(world: World) -> None:
    admin = await world.with_admin()
    await world.change(admin.with_reset_required(at=NOW))
    assert (await world.see_user().execute(actor=admin, user_id=admin.id)).password_reset_required_at == NOW


async def test_nobody_else_sees_anything_and_only_admins_hear_that_there_is_nobody(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    for user_id in (user.id, admin.id, NOBODY):
        with pytest.raises(Forbidden):
            await world.see_user().execute(actor=user, user_id=user_id)
        with pytest.raises(Forbidden):
            await world.list_status_history().execute(actor=user, user_id=user_id, limit=10)
    with pytest.raises(UserNotFound):
        await world.see_user().execute(actor=admin, user_id=NOBODY)
    with pytest.raises(UserNotFound):
        await world.list_status_history().execute(actor=admin, user_id=NOBODY, limit=10)


async def test_the_history_is_what_admins_did_as_periods(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()

    async def history() -> list[tuple[object, ...]]:
        periods = await world.list_status_history().execute(actor=admin, user_id=user.id, limit=10)
        changes = [(period.change, period.until) for period in periods]
        return [(change.status, change.since, until, change.by, change.reason) for change, until in changes]

    assert await history() == []
    await suspend(world, admin, user.id, until=NOW + 2 * HOUR)
    suspended = (AccountStatus.SUSPENDED, NOW, NOW + 2 * HOUR, admin.id, "late payment")
    assert await history() == [suspended]
    world.clock.advance(HOUR)
    await block(world, admin, user.id)
    world.clock.advance(HOUR)
    await unblock(world, admin, user.id)
    assert await history() == [
        (AccountStatus.ACTIVE, NOW + 2 * HOUR, None, admin.id, None),
        (AccountStatus.BLOCKED, NOW + HOUR, NOW + 2 * HOUR, admin.id, "spam"),
        (AccountStatus.SUSPENDED, NOW, NOW + HOUR, admin.id, "late payment"),
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
async def test_pages_of_it_say_the_same_as_the_whole(world: World, limit: int) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    for number in range(7):
        await block(world, admin, user.id, reason=f"reason {number}")
        world.clock.advance(HOUR)
        await block(world, admin, (await world.with_user()).id)
    listing = world.list_status_history()
    whole = await listing.execute(actor=admin, user_id=user.id, limit=100)
    found: list[StatusPeriod] = []
    after: StatusChangeId | None = None
    while page := await listing.execute(actor=admin, user_id=user.id, limit=limit, after=after):
        assert len(page) <= limit
        found += page
        after = page[-1].change.id
    assert found == whole
    assert len(whole) == 7
