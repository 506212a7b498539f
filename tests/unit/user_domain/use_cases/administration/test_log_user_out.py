"""Admins end all sessions of a user."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.interference import OutOfReach
from tests.unit.user_domain.world import World
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.errors import Forbidden, UserNotFound
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.role import Role

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("role", Role)
async def test_all_are_over_and_nobody_elses_and_nobody_is_mailed(world: World, role: Role) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user(role=role)
    sessions = [(await world.with_login(user)).session for _ in range(3)]
    await world.with_session(admin)
    await world.with_session(await world.with_user())
    world.clock.advance(HOUR)
    before = world.snapshot()
    assert await world.log_user_out().execute(user.id, actor=admin, client=CLIENT) == 3
    over = {one.handle: replace(one, ended_at=NOW + HOUR, end_reason=EndReason.REVOKED_BY_ADMIN) for one in sessions}
    entry = an_audit_entry(
        action=AuditAction.SESSION_LOGOUT_ALL, at=NOW + HOUR, actor_id=admin.id, target_id=user.id, client=CLIENT
    )
    assert world.snapshot() == replace(before, sessions={**before.sessions, **over}, audit=[entry])


async def test_their_own_are_over_too_the_one_they_ask_with_included(world: World) -> None:
    login = await world.with_login(await world.with_user(role=Role.ADMIN))
    await world.with_session(login.user)
    assert await world.log_user_out().execute(login.user.id, actor=login.user, client=CLIENT) == 2
    assert set(world.ends_of_sessions(login.user).values()) == {EndReason.REVOKED_BY_ADMIN}


async def test_what_is_over_keeps_its_reason_and_that_it_was_asked_for_is_a_fact(world: World) -> None:
    admin, login = await world.with_user(role=Role.ADMIN), await world.with_login(await world.with_user())
    await world.log_out().execute(login, client=CLIENT)
    assert await world.log_user_out().execute(login.user.id, actor=admin, client=CLIENT) == 0
    assert world.ends_of_sessions(login.user) == {login.session.handle: EndReason.LOGOUT}
    assert [entry.action for entry in world.audit] == [AuditAction.SESSION_LOGOUT, AuditAction.SESSION_LOGOUT_ALL]


async def test_of_a_user_who_is_not_there_nothing_ends(world: World) -> None:
    admin = await world.with_user(role=Role.ADMIN)
    before = world.snapshot()
    with pytest.raises(UserNotFound):
        await world.log_user_out().execute(UserId(999), actor=admin, client=CLIENT)
    assert world.snapshot() == before


async def test_who_is_no_admin_is_refused_before_anything_is_looked_up(world: World) -> None:
    user = await world.with_user()
    for user_id in (user.id, UserId(999)):
        with pytest.raises(Forbidden):
            await world.log_user_out(unit_of_work=OutOfReach()).execute(user_id, actor=user, client=CLIENT)
