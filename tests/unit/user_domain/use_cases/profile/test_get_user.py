"""People see their own record, admins everybody's."""

import pytest

from tests.unit.user_domain.world import World
from user_domain.errors import Forbidden, UserNotFound
from user_domain.testing.builders import a_user
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.role import Role

NOBODY = UserId(2_000_000_000)


async def test_people_see_their_own_record(world: World) -> None:
    user = await world.with_user()
    assert await world.get_user().execute(actor=user, user_id=user.id) == user


async def test_ones_own_record_was_just_read_and_is_not_read_again(world: World) -> None:
    not_stored = a_user()
    assert await world.get_user().execute(actor=not_stored, user_id=not_stored.id) is not_stored


async def test_admins_see_everybodys_record(world: World) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user()
    assert await world.get_user().execute(actor=admin, user_id=user.id) == user


async def test_a_stranger_is_not_told_whether_a_record_exists(world: World) -> None:
    stranger, user = await world.with_user(), await world.with_user()
    for user_id in (user.id, NOBODY):
        with pytest.raises(Forbidden):
            await world.get_user().execute(actor=stranger, user_id=user_id)


async def test_an_admin_is_told_that_a_record_does_not_exist(world: World) -> None:
    admin = await world.with_user(role=Role.ADMIN)
    with pytest.raises(UserNotFound):
        await world.get_user().execute(actor=admin, user_id=NOBODY)
