"""People end one of their sessions, the one they ask with included."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import SESSION_LIFETIME, World
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.errors import SessionNotFound
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.value_objects.ids import SessionId

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("which", [0, 1, 2], ids=["an older one", "the one they ask with", "a newer one"])
async def test_it_is_over_and_the_others_live_on(world: World, which: int) -> None:
    user = await world.with_user()
    logins = [await world.with_login(user) for _ in range(3)]
    world.clock.advance(HOUR)
    before = world.snapshot()
    session = logins[which].session
    await world.end_own_session().execute(logins[1], session.id, client=CLIENT)
    ended = replace(session, ended_at=NOW + HOUR, end_reason=EndReason.REVOKED)
    entry = an_audit_entry(
        action=AuditAction.SESSION_REVOKE, at=NOW + HOUR, actor_id=user.id, target_id=user.id, client=CLIENT
    )
    assert world.snapshot() == replace(before, sessions={**before.sessions, session.handle: ended}, audit=[entry])


async def test_twice_is_as_good_as_once(world: World) -> None:
    user = await world.with_user()
    login, other = await world.with_login(user), await world.with_login(user)
    await world.end_own_session().execute(login, other.session.id, client=CLIENT)
    before = world.snapshot()
    await world.end_own_session().execute(login, other.session.id, client=CLIENT)
    assert world.snapshot() == before


async def test_what_has_expired_is_over_already(world: World) -> None:
    login = await world.with_login(await world.with_user())
    world.clock.advance(SESSION_LIFETIME)
    before = world.snapshot()
    await world.end_own_session().execute(login, login.session.id, client=CLIENT)
    assert world.snapshot() == before


async def test_somebody_elses_is_told_from_none_by_nobody(world: World) -> None:
    login = await world.with_login(await world.with_user())
    strangers = (await world.with_login(await world.with_user())).session
    before = world.snapshot()
    for session_id in (strangers.id, SessionId(999)):
        with pytest.raises(SessionNotFound):
            await world.end_own_session().execute(login, session_id, client=CLIENT)
    assert world.snapshot() == before
