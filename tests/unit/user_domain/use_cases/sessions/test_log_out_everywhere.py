"""People end all their sessions, or all but the one they ask with."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import World
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.policies.session import SEEN_TO
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("keep_current", [True, False])
async def test_all_are_over_but_the_one_to_keep_and_nobody_elses(world: World, keep_current: bool) -> None:
    user = await world.with_user()
    logins = [await world.with_login(user) for _ in range(3)]
    await world.with_login(await world.with_user())
    world.clock.advance(HOUR)
    before = world.snapshot()
    ended = await world.log_out_everywhere().execute(logins[1], keep_current=keep_current, client=CLIENT)
    over = [login.session for login in logins if not (keep_current and login is logins[1])]
    changed = {one.handle: replace(one, ended_at=NOW + HOUR, end_reason=EndReason.LOGOUT_ALL) for one in over}
    entry = an_audit_entry(
        action=AuditAction.SESSION_LOGOUT_ALL, at=NOW + HOUR, actor_id=user.id, target_id=user.id, client=CLIENT
    )
    assert world.snapshot() == replace(before, sessions={**before.sessions, **changed}, audit=[entry])
    assert ended == len(over)


async def test_what_is_over_keeps_its_reason_and_does_not_count(world: World) -> None:
    user = await world.with_user()
    login, logged_out = await world.with_login(user), await world.with_login(user)
    expired = await world.with_session(user, expires_at=NOW + HOUR)
    await world.session_end.end(logged_out.session, EndReason.LOGOUT, client=CLIENT)
    world.clock.advance(HOUR)
    assert await world.log_out_everywhere().execute(login, keep_current=False, client=CLIENT) == 1
    assert world.ends_of_sessions(user) == {
        login.session.handle: EndReason.LOGOUT_ALL,
        logged_out.session.handle: EndReason.LOGOUT,
        expired.handle: None,
    }


async def test_what_lay_idle_for_too_long_ends_for_good_and_does_not_count(world: World) -> None:
    user = await world.with_user()
    idle = await world.with_login(user)
    world.clock.advance(HOUR + SEEN_TO)
    login = await world.with_login(user)
    world.session_policy = replace(world.session_policy, idle=HOUR)
    assert await world.log_out_everywhere().execute(login, keep_current=False, client=CLIENT) == 1
    assert world.ends_of_sessions(user)[idle.session.handle] is EndReason.LOGOUT_ALL


async def test_twice_ends_nothing_more(world: World) -> None:
    login = await world.with_login(await world.with_user())
    assert await world.log_out_everywhere().execute(login, keep_current=False, client=CLIENT) == 1
    sessions = world.snapshot().sessions
    world.clock.advance(HOUR)
    assert await world.log_out_everywhere().execute(login, keep_current=False, client=CLIENT) == 0
    assert world.snapshot().sessions == sessions


async def test_where_there_is_none_but_the_one_to_keep_nothing_ends_and_it_was_asked_for_all_the_same(
    world: World,
) -> None:
    login = await world.with_login(await world.with_user())
    assert await world.log_out_everywhere().execute(login, keep_current=True, client=CLIENT) == 0
    assert world.ends_of_sessions(login.user) == {login.session.handle: None}
    assert [entry.action for entry in world.audit] == [AuditAction.SESSION_LOGOUT_ALL]
