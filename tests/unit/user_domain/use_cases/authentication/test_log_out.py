"""The holder of a live session ends it. Twice is as good as once."""

import pytest

from tests.unit.user_domain.world import SESSION_LIFETIME, World
from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason
from user_domain.errors import SessionEnded
from user_domain.ports.session_queries import Login
from user_domain.testing.builders import CLIENT, NOW, token_claims


async def a_login(world: World) -> Login:
    user = await world.with_user()
    login = await world.sessions.login_by_handle((await world.with_session(user)).handle)
    assert login is not None
    return login


async def test_the_session_is_over_for_its_token_at_once(world: World) -> None:
    login = await a_login(world)
    token = world.access_tokens.issue(token_claims(user_id=login.user.id, session=login.session.handle))
    await world.authenticate().execute(token, client=CLIENT)
    await world.log_out().execute(login, client=CLIENT)
    with pytest.raises(SessionEnded):
        await world.authenticate().execute(token, client=CLIENT)


async def test_session_and_audit_trail_say_when_and_why(world: World) -> None:
    login = await a_login(world)
    await world.log_out().execute(login, client=CLIENT)
    ended = world.database.committed.sessions[login.session.handle]
    assert (ended.ended_at, ended.end_reason) == (NOW, EndReason.LOGOUT)
    assert world.audit == [
        AuditEntry(
            action=AuditAction.SESSION_LOGOUT, at=NOW, actor_id=login.user.id, target_id=login.user.id, client=CLIENT
        )
    ]


async def test_logging_out_twice_is_one_logout(world: World) -> None:
    login = await a_login(world)
    await world.log_out().execute(login, client=CLIENT)
    before = world.snapshot()
    await world.log_out().execute(login, client=CLIENT)
    assert world.snapshot() == before
    assert len(world.audit) == 1


async def test_an_expired_session_has_ended_without_a_logout(world: World) -> None:
    login = await a_login(world)
    before = world.snapshot()
    world.clock.advance(SESSION_LIFETIME)
    await world.log_out().execute(login, client=CLIENT)
    assert world.snapshot() == before


async def test_other_sessions_of_the_user_live_on(world: World) -> None:
    login = await a_login(world)
    other = await world.with_session(login.user)
    await world.log_out().execute(login, client=CLIENT)
    assert world.database.committed.sessions[other.handle].is_live(NOW)
