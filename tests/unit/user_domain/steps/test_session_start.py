"""Starting a session: where there are as many as are allowed, the oldest make room."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import LONGEST_LIFETIME, SESSION_LIFETIME, World
from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.entities.session import EndReason, NewSession, Session
from user_domain.entities.user import User
from user_domain.policies.session import SEEN_TO
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.value_objects.ids import SessionHandle, SessionId

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def start(world: World, user: User) -> NewSession:
    """Let a person in who has just been locked."""
    now, policy = world.clock.now(), world.session_policy
    async with world.unit_of_work() as work:
        holder = await work.sessions.lock_holder(user.id, keep=policy.kept, at=now, seen_after=policy.seen_after(now))
        assert holder is not None
        session = await world.session_start.start(work, holder, at=now, client=CLIENT)
        await work.commit()
    return session


def live(world: World, user: User) -> set[SessionHandle]:
    return {handle for handle, reason in world.ends_of_sessions(user).items() if reason is None}


async def test_what_is_answered_is_what_is_stored_and_the_login_is_remembered(world: World) -> None:
    user = await world.with_user()
    world.clock.advance(HOUR)
    session = await start(world, user)
    assert world.database.committed.sessions == {session.handle: Session.started(SessionId(1), session)}
    assert (session.started_at, session.expires_at) == (NOW + HOUR, NOW + HOUR + SESSION_LIFETIME)
    assert (session.ip_address, session.user_agent) == (CLIENT.ip_address, CLIENT.user_agent)
    assert world.user(user.id) == replace(user, last_login_at=NOW + HOUR)
    assert world.audit == [
        an_audit_entry(
            action=AuditAction.SESSION_LOGIN_SUCCESS, at=NOW + HOUR, actor_id=user.id, target_id=user.id, client=CLIENT
        )
    ]


async def test_it_never_lives_for_longer_than_a_session_may_in_all(world: World) -> None:
    user = await world.with_user()
    world.session_policy = replace(world.session_policy, sliding=2 * LONGEST_LIFETIME)
    assert (await start(world, user)).expires_at == NOW + LONGEST_LIFETIME


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_up_to_the_limit_nobody_goes_and_from_then_on_the_oldest(world: World, limit: int) -> None:
    user, other = await world.with_user(), await world.with_user()
    strangers = await world.with_session(other)
    world.session_policy = replace(world.session_policy, limit=limit)
    started: list[SessionHandle] = []
    for number in range(2 * limit):
        world.clock.advance(MINUTE)
        before = len(world.audit)
        started.append((await start(world, user)).handle)
        assert live(world, user) == set(started[-limit:])
        evicted = [AuditAction.SESSION_EVICT] if number >= limit else []
        assert [entry.action for entry in world.audit[before:]] == [*evicted, AuditAction.SESSION_LOGIN_SUCCESS]
    assert {world.ends_of_sessions(user)[handle] for handle in started[:-limit]} == {EndReason.EVICTED}
    assert live(world, other) == {strangers.handle}


async def test_the_entry_about_an_eviction_says_which_sessions_whose_and_from_where(world: World) -> None:
    user = await world.with_user()
    world.session_policy = replace(world.session_policy, limit=2)
    later, sooner, kept = [await world.with_session(user, started_at=NOW + n * MINUTE) for n in (1, 0, 2)]
    world.clock.advance(HOUR)
    await start(world, user)
    sessions = world.database.committed.sessions
    assert [sessions[one.handle].ended_at for one in (later, sooner, kept)] == [NOW + HOUR, NOW + HOUR, None]
    assert world.audit[0] == an_audit_entry(
        action=AuditAction.SESSION_EVICT,
        at=NOW + HOUR,
        actor_id=user.id,
        target_id=user.id,
        client=CLIENT,
        changes=tuple(FieldChange("session", str(sessions[one.handle].id), None) for one in (sooner, later)),
    )


async def test_the_oldest_is_the_one_that_started_first_however_lately_it_was_used(world: World) -> None:
    user = await world.with_user()
    world.session_policy = replace(world.session_policy, limit=2)
    later = await world.with_session(user, started_at=NOW + MINUTE)
    sooner = await world.with_session(user, started_at=NOW)
    sessions = world.database.committed.sessions
    sessions[sooner.handle] = replace(sessions[sooner.handle], last_seen_at=NOW + HOUR, refreshed_at=NOW + HOUR)
    world.clock.advance(HOUR)
    new = await start(world, user)
    assert live(world, user) == {later.handle, new.handle}


async def test_where_the_limit_was_lowered_as_many_go_as_are_too_many(world: World) -> None:
    user = await world.with_user()
    for _ in range(5):
        await world.with_session(user)
    world.session_policy = replace(world.session_policy, limit=2)
    new = await start(world, user)
    assert len(live(world, user)) == 2
    assert new.handle in live(world, user)
    assert [entry.action for entry in world.audit] == [AuditAction.SESSION_EVICT, AuditAction.SESSION_LOGIN_SUCCESS]


async def test_what_is_over_does_not_count(world: World) -> None:
    user = await world.with_user()
    idle = HOUR
    world.session_policy = replace(world.session_policy, limit=2, idle=idle)
    expired = await world.with_session(user, expires_at=NOW + idle)
    forgotten = await world.with_session(user)
    logged_out = (await world.with_login(user)).session
    await world.session_end.end(logged_out, EndReason.LOGOUT, client=CLIENT)
    world.clock.advance(idle + SEEN_TO)
    kept = await world.with_session(user)
    before = len(world.audit)
    new = await start(world, user)
    assert live(world, user) == {expired.handle, forgotten.handle, kept.handle, new.handle}
    assert [entry.action for entry in world.audit[before:]] == [AuditAction.SESSION_LOGIN_SUCCESS]


async def test_one_that_lay_idle_for_too_long_neither_goes_nor_takes_the_place_of_one_that_lives(world: World) -> None:
    user = await world.with_user()
    world.session_policy = replace(world.session_policy, limit=2, idle=HOUR)
    oldest, kept, idle = [await world.with_session(user, started_at=NOW + n * MINUTE) for n in range(3)]
    world.clock.advance(3 * HOUR)
    for session in (oldest, kept):
        world.activity.note(session.handle, at=world.clock.now())
    await world.activity.write_down()
    new = await start(world, user)
    assert world.ends_of_sessions(user) == {
        oldest.handle: EndReason.EVICTED,
        kept.handle: None,
        idle.handle: None,
        new.handle: None,
    }


async def test_every_session_has_a_handle_of_its_own(world: World) -> None:
    user = await world.with_user()
    assert len({(await start(world, user)).handle for _ in range(3)}) == 3
