"""The holder of a live session ends it. Twice is as good as once."""

import pytest

from tests.unit.user_domain.world import SESSION_LIFETIME, World
from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason
from user_domain.errors import RefreshTokenInvalid, SessionEnded
from user_domain.ports.session_queries import Login
from user_domain.testing.builders import CLIENT, NOW, token_claims
from user_domain.value_objects.refresh_token import RefreshToken


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


async def test_nobody_goes_on_with_it_by_its_refresh_token_and_that_is_no_cause_for_a_mail(world: World) -> None:
    login = await a_login(world)
    tokens = [world.refresh_tokens.issue(RefreshToken(login.session.handle, generation)) for generation in (0, 1)]
    await world.refresh_session().execute(refresh_token=tokens[0], client=CLIENT)
    await world.log_out().execute(login, client=CLIENT)
    for token in tokens:
        with pytest.raises(RefreshTokenInvalid):
            await world.refresh_session().execute(refresh_token=token, client=CLIENT)
    assert world.unsent == []


async def test_a_session_that_went_on_since_the_request_began_is_ended_as_well(world: World) -> None:
    login = await a_login(world)
    token = world.refresh_tokens.issue(RefreshToken(login.session.handle, 0))
    await world.refresh_session().execute(refresh_token=token, client=CLIENT)
    await world.log_out().execute(login, client=CLIENT)
    assert world.ends_of_sessions(login.user) == {login.session.handle: EndReason.LOGOUT}
