"""Admins end anybody's session."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.interference import OutOfReach
from tests.unit.user_domain.world import SESSION_LIFETIME, World
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.errors import Forbidden, SessionNotFound
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.value_objects.ids import SessionId
from user_domain.value_objects.role import Role

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("role", Role)
async def test_it_is_over_the_others_live_on_and_nobody_is_mailed(world: World, role: Role) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user(role=role)
    session, _ = (await world.with_login(user)).session, await world.with_session(user)
    world.clock.advance(HOUR)
    before = world.snapshot()
    await world.end_user_session().execute(session.id, actor=admin, client=CLIENT)
    ended = replace(session, ended_at=NOW + HOUR, end_reason=EndReason.REVOKED_BY_ADMIN)
    entry = an_audit_entry(
        action=AuditAction.SESSION_REVOKE, at=NOW + HOUR, actor_id=admin.id, target_id=user.id, client=CLIENT
    )
    assert world.snapshot() == replace(before, sessions={**before.sessions, session.handle: ended}, audit=[entry])


async def test_their_own_they_may_end_too(world: World) -> None:
    login = await world.with_login(await world.with_user(role=Role.ADMIN))
    await world.end_user_session().execute(login.session.id, actor=login.user, client=CLIENT)
    assert world.ends_of_sessions(login.user) == {login.session.handle: EndReason.REVOKED_BY_ADMIN}


@pytest.mark.parametrize("how", ["ended by the user", "ended by an admin", "expired"])
async def test_one_that_is_over_stays_as_it_is_and_nothing_is_written(world: World, how: str) -> None:
    admin, login = await world.with_user(role=Role.ADMIN), await world.with_login(await world.with_user())
    if how == "ended by the user":
        await world.log_out().execute(login, client=CLIENT)
    elif how == "ended by an admin":
        await world.end_user_session().execute(login.session.id, actor=admin, client=CLIENT)
    else:
        world.clock.advance(SESSION_LIFETIME)
    before = world.snapshot()
    await world.end_user_session().execute(login.session.id, actor=admin, client=CLIENT)
    assert world.snapshot() == before


async def test_one_that_is_not_there_cannot_be_ended(world: World) -> None:
    admin = await world.with_user(role=Role.ADMIN)
    before = world.snapshot()
    with pytest.raises(SessionNotFound):
        await world.end_user_session().execute(SessionId(999), actor=admin, client=CLIENT)
    assert world.snapshot() == before


async def test_who_is_no_admin_is_refused_before_anything_is_looked_up(world: World) -> None:
    login = await world.with_login(await world.with_user())
    use_case = world.end_user_session(sessions=OutOfReach())
    for session_id in (login.session.id, SessionId(999)):
        with pytest.raises(Forbidden):
            await use_case.execute(session_id, actor=login.user, client=CLIENT)
