"""Ending one session, for one of the reasons that concern it alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import SESSION_LIFETIME, World
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.testing.builders import NOW, a_session, an_audit_entry
from user_domain.value_objects.client_info import ClientInfo

HOUR = timedelta(hours=1)
ELSEWHERE = ClientInfo(ip_address="198.51.100.66", user_agent="curl/8.0", request_id="r-9")

each_reason = pytest.mark.parametrize(
    ("reason", "action"),
    [
        (EndReason.LOGOUT, AuditAction.SESSION_LOGOUT),
        (EndReason.REVOKED, AuditAction.SESSION_REVOKE),
        (EndReason.REVOKED_BY_ADMIN, AuditAction.SESSION_REVOKE),
        (EndReason.MOVED, AuditAction.SESSION_MOVE_REFUSED),
    ],
)


@each_reason
async def test_it_is_over_and_session_and_audit_trail_say_when_and_why(
    world: World, reason: EndReason, action: AuditAction
) -> None:
    user = await world.with_user()
    session, other = (await world.with_login(user)).session, await world.with_session(user)
    before = world.snapshot()
    world.clock.advance(HOUR)
    await world.session_end.end(session, reason, client=ELSEWHERE)
    ended = replace(session, ended_at=NOW + HOUR, end_reason=reason)
    entry = an_audit_entry(action=action, at=NOW + HOUR, actor_id=user.id, target_id=user.id, client=ELSEWHERE)
    assert world.snapshot() == replace(before, sessions={**before.sessions, session.handle: ended}, audit=[entry])
    assert world.ends_of_sessions(user) == {session.handle: reason, other.handle: None}


@each_reason
async def test_twice_is_as_good_as_once(world: World, reason: EndReason, action: AuditAction) -> None:
    session = (await world.with_login(await world.with_user())).session
    await world.session_end.end(session, EndReason.LOGOUT, client=ELSEWHERE)
    before = world.snapshot()
    world.clock.advance(HOUR)
    await world.session_end.end(session, reason, client=ELSEWHERE)
    assert world.snapshot() == before


@each_reason
async def test_what_has_expired_or_never_was_is_not_ended(world: World, reason: EndReason, action: AuditAction) -> None:
    session = (await world.with_login(await world.with_user())).session
    before = world.snapshot()
    await world.session_end.end(a_session(), reason, client=ELSEWHERE)
    world.clock.advance(SESSION_LIFETIME)
    await world.session_end.end(session, reason, client=ELSEWHERE)
    assert world.snapshot() == before


async def test_where_somebody_else_did_it_the_trail_says_who_and_to_whom(world: World) -> None:
    admin, user = await world.with_user(), await world.with_user()
    session = (await world.with_login(user)).session
    await world.session_end.end(session, EndReason.REVOKED_BY_ADMIN, client=ELSEWHERE, by=admin.id)
    (entry,) = world.audit
    assert (entry.actor_id, entry.target_id) == (admin.id, user.id)
