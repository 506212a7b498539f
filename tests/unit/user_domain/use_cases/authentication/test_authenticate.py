"""Whoever holds a genuine token of a live session is its user, as that user is now."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.user_domain.world import SESSION_LIFETIME, World
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason, Session
from user_domain.entities.user import User
from user_domain.errors import (
    AccountBlocked,
    AccountSuspended,
    DomainError,
    EmailNotVerified,
    PasswordResetRequired,
    SessionEnded,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
)
from user_domain.policies.access import AccessPolicy
from user_domain.policies.session import SEEN_TO, IpBinding
from user_domain.testing.builders import CLIENT, NOW, a_block, a_handle, a_suspension, token_claims
from user_domain.testing.in_memory import InMemoryDatabase, InMemorySessionActivity
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import SessionHandle
from user_domain.value_objects.role import Role

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
FOR_EVER = NOW + timedelta(days=36500)


def a_token(world: World, user: User, session: SessionHandle, *, expires_at: datetime = FOR_EVER) -> str:
    return world.access_tokens.issue(
        token_claims(user_id=user.id, session=session, role=Role.ADMIN, expires_at=expires_at)
    )


async def test_recognises_the_user_and_the_session(world: World) -> None:
    user = await world.with_user()
    session = await world.with_session(user)
    login = await world.authenticate().execute(a_token(world, user, session.handle), client=CLIENT)
    assert login.user == user
    assert login.session.handle == session.handle


async def test_role_and_standing_are_those_of_now_and_not_those_in_the_token(world: World) -> None:
    user = await world.with_user(role=Role.ADMIN)
    token = a_token(world, user, (await world.with_session(user)).handle)
    await world.change(replace(user, role=Role.USER))
    assert (await world.authenticate().execute(token, client=CLIENT)).user.role is Role.USER


async def test_without_a_token_nobody_is_recognised(world: World) -> None:
    with pytest.raises(TokenMissing):
        await world.authenticate().execute(None, client=CLIENT)


@pytest.mark.parametrize("token", ["", "nonsense", "ticket.99"])
async def test_a_token_of_somebody_else_recognises_nobody(world: World, token: str) -> None:
    with pytest.raises(TokenInvalid):
        await world.authenticate().execute(token, client=CLIENT)


async def test_a_token_is_good_until_it_expires(world: World) -> None:
    user = await world.with_user()
    session = await world.with_session(user)
    token = a_token(world, user, session.handle, expires_at=NOW + timedelta(minutes=30))
    world.clock.advance(timedelta(minutes=30) - MOMENT)
    await world.authenticate().execute(token, client=CLIENT)
    world.clock.advance(MOMENT)
    with pytest.raises(TokenExpired):
        await world.authenticate().execute(token, client=CLIENT)


async def test_a_good_token_is_worth_nothing_once_its_session_has_expired(world: World) -> None:
    user = await world.with_user()
    token = a_token(world, user, (await world.with_session(user)).handle)
    world.clock.advance(SESSION_LIFETIME - MOMENT)
    await world.authenticate().execute(token, client=CLIENT)
    world.clock.advance(MOMENT)
    with pytest.raises(SessionEnded):
        await world.authenticate().execute(token, client=CLIENT)


async def test_a_good_token_is_worth_nothing_once_its_session_was_ended(world: World) -> None:
    user = await world.with_user()
    session = await world.with_session(user)
    async with world.unit_of_work() as work:
        await work.sessions.end(session.handle, at=NOW, reason=EndReason.LOGOUT)
        await work.commit()
    with pytest.raises(SessionEnded):
        await world.authenticate().execute(a_token(world, user, session.handle), client=CLIENT)


async def test_a_token_of_a_session_that_never_was_recognises_nobody(world: World) -> None:
    user = await world.with_user()
    with pytest.raises(SessionEnded):
        await world.authenticate().execute(a_token(world, user, a_handle()), client=CLIENT)


async def test_a_token_that_names_another_user_than_its_session_is_invalid(world: World) -> None:
    user, another = await world.with_user(), await world.with_user()
    session = await world.with_session(user)
    with pytest.raises(TokenInvalid):
        await world.authenticate().execute(a_token(world, another, session.handle), client=CLIENT)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"block": a_block()}, AccountBlocked),
        ({"suspension": a_suspension()}, AccountSuspended),
        ({"suspension": a_suspension(until=None)}, AccountSuspended),
        ({"block": a_block(), "suspension": a_suspension()}, AccountBlocked),
        ({"password_reset_required_at": NOW}, PasswordResetRequired),
    ],
    ids=["blocked", "suspended", "suspended until lifted", "the gravest reason", "a reset is required"],
)
async def test_who_is_kept_out_is_kept_out_from_the_next_request_on(
    world: World, facts: dict[str, Any], refusal: type[DomainError]
) -> None:
    user = await world.with_user()
    token = a_token(world, user, (await world.with_session(user)).handle)
    await world.authenticate().execute(token, client=CLIENT)
    await world.change(replace(user, **facts))
    with pytest.raises(refusal):
        await world.authenticate().execute(token, client=CLIENT)


async def test_a_suspension_that_has_ended_by_itself_keeps_nobody_out(world: World) -> None:
    user = await world.with_user(suspension=a_suspension(until=NOW))
    token = a_token(world, user, (await world.with_session(user)).handle)
    assert (await world.authenticate().execute(token, client=CLIENT)).user == user


async def test_where_addresses_must_be_verified_a_session_of_who_has_not_done_so_opens_nothing(world: World) -> None:
    world.access = AccessPolicy(verified_email_required=True)
    user = await world.with_user(email_verified_at=None)
    token = a_token(world, user, (await world.with_session(user)).handle)
    with pytest.raises(EmailNotVerified):
        await world.authenticate().execute(token, client=CLIENT)
    await world.change(replace(user, email_verified_at=NOW))
    await world.authenticate().execute(token, client=CLIENT)


# --- When it was used -----------------------------------------------------------------------------------------------


async def logged_in(world: World, **facts: Any) -> tuple[User, Session, str]:
    """Somebody, a session, and a token that outlives it."""
    user = await world.with_user()
    handle = (await world.with_session(user, **facts)).handle
    return user, world.database.committed.sessions[handle], a_token(world, user, handle)


async def seen_at(world: World, session: Session) -> datetime:
    """As known once it has been written down."""
    await world.activity.write_down()
    return world.database.committed.sessions[session.handle].last_seen_at


async def test_a_request_waits_for_nothing_to_be_written(world: World) -> None:
    _, session, token = await logged_in(world)
    world.clock.advance(HOUR)
    before = world.snapshot()
    login = await world.authenticate().execute(token, client=CLIENT)
    assert login.session == session
    assert world.snapshot() == before
    assert await seen_at(world, session) == NOW + HOUR


class Recording(InMemorySessionActivity):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self.notes: list[tuple[SessionHandle, datetime]] = []

    def note(self, handle: SessionHandle, *, at: datetime) -> None:
        self.notes.append((handle, at))
        super().note(handle, at=at)


async def test_use_is_noted_when_the_session_was_last_seen_a_minute_ago(world: World) -> None:
    world.activity = activity = Recording(world.database)
    _, session, token = await logged_in(world)
    for seconds, notes in [(0, 0), (59, 0), (60, 1), (61, 1), (119, 1), (120, 2)]:
        world.clock.advance(NOW + timedelta(seconds=seconds) - world.clock.now())
        await world.authenticate().execute(token, client=CLIENT)
        await world.activity.write_down()
        assert len(activity.notes) == notes
    assert activity.notes == [(session.handle, NOW + n * timedelta(minutes=1)) for n in (1, 2)]


async def test_until_it_is_written_down_every_request_is_noted(world: World) -> None:
    """What is not written yet may be lost with the process."""
    world.activity = activity = Recording(world.database)
    _, session, token = await logged_in(world)
    world.clock.advance(HOUR)
    for _ in range(3):
        await world.authenticate().execute(token, client=CLIENT)
        world.clock.advance(MOMENT)
    assert len(activity.notes) == 3
    assert await seen_at(world, session) == NOW + HOUR + 2 * MOMENT


@pytest.mark.parametrize(
    "facts",
    [{"block": a_block()}, {"suspension": a_suspension(until=None)}, {"password_reset_required_at": NOW}],
    ids=["blocked", "suspended", "a reset is required"],
)
async def test_who_is_kept_out_uses_nothing(world: World, facts: dict[str, Any]) -> None:
    user, session, token = await logged_in(world)
    await world.change(replace(user, **facts))
    world.clock.advance(HOUR)
    with pytest.raises(DomainError):
        await world.authenticate().execute(token, client=CLIENT)
    assert await seen_at(world, session) == NOW


async def test_nor_does_whoever_comes_with_a_token_that_opens_nothing(world: World) -> None:
    world.session_policy = replace(world.session_policy, idle=HOUR, ip_binding=IpBinding.SUBNET)
    world.activity = activity = Recording(world.database)
    _, session, _ = await logged_in(world)
    another, _, idle = await logged_in(world)
    _, _, moved = await logged_in(world, ip_address="198.51.100.66", started_at=NOW + 2 * HOUR)
    world.clock.advance(2 * HOUR)
    for token in (None, "nonsense", a_token(world, another, session.handle), idle, moved):
        with pytest.raises(DomainError):
            await world.authenticate().execute(token, client=CLIENT)
    assert activity.notes == []


# --- Lying idle -----------------------------------------------------------------------------------------------------


async def test_unless_that_is_limited_a_session_may_lie_idle_to_its_end(world: World) -> None:
    _, _, token = await logged_in(world)
    world.clock.advance(SESSION_LIFETIME - MOMENT)
    await world.authenticate().execute(token, client=CLIENT)


async def test_a_session_that_lay_idle_for_too_long_is_over_but_for_the_minute_that_is_not_known_of_it(
    world: World,
) -> None:
    world.session_policy = replace(world.session_policy, idle=HOUR)
    _, _, token = await logged_in(world)
    world.clock.advance(HOUR + SEEN_TO - MOMENT)
    await world.authenticate().execute(token, client=CLIENT)
    world.clock.advance(MOMENT)  # what was noted has not been written: the process has gone
    before = world.snapshot()
    with pytest.raises(SessionEnded):
        await world.authenticate().execute(token, client=CLIENT)
    assert world.snapshot() == before


async def test_a_session_that_is_used_lives_on(world: World) -> None:
    world.session_policy = replace(world.session_policy, idle=HOUR)
    _, session, token = await logged_in(world)
    for _ in range(5):
        world.clock.advance(HOUR)
        await world.authenticate().execute(token, client=CLIENT)
        assert await seen_at(world, session) == world.clock.now()


async def test_whoever_used_a_session_less_than_idle_ago_is_never_thrown_out(world: World) -> None:
    """Even where the last use was within the minute that is not written down."""
    world.session_policy = replace(world.session_policy, idle=HOUR)
    _, _, token = await logged_in(world)
    world.clock.advance(SEEN_TO - MOMENT)
    await world.authenticate().execute(token, client=CLIENT)
    await world.activity.write_down()
    world.clock.advance(HOUR)
    await world.authenticate().execute(token, client=CLIENT)


# --- From elsewhere -------------------------------------------------------------------------------------------------

NEAR, FAR = (ClientInfo(ip_address=address, user_agent="Another") for address in ("203.0.113.99", "203.0.112.7"))
"""From 203.0.113.7; what is near is for the policy to say, and tested there."""


async def test_a_session_that_has_moved_is_over(world: World) -> None:
    world.session_policy = replace(world.session_policy, ip_binding=IpBinding.SUBNET)
    user, session, token = await logged_in(world, ip_address="203.0.113.7")
    await world.authenticate().execute(token, client=NEAR)
    assert (world.ends_of_sessions(user), world.audit) == ({session.handle: None}, [])
    for client in (FAR, FAR, NEAR):
        with pytest.raises(SessionEnded):
            await world.authenticate().execute(token, client=client)
    assert world.ends_of_sessions(user) == {session.handle: EndReason.MOVED}
    assert [(entry.action, entry.client) for entry in world.audit] == [(AuditAction.SESSION_MOVE_REFUSED, FAR)]


async def test_a_stolen_token_ends_the_session_of_somebody_who_is_blocked_too(world: World) -> None:
    world.session_policy = replace(world.session_policy, ip_binding=IpBinding.STRICT)
    user, session, token = await logged_in(world)
    await world.change(replace(user, block=a_block()))
    with pytest.raises(SessionEnded):
        await world.authenticate().execute(token, client=ClientInfo())
    assert world.ends_of_sessions(user) == {session.handle: EndReason.MOVED}


async def test_a_token_that_names_another_user_than_its_session_does_not_end_it(world: World) -> None:
    world.session_policy = replace(world.session_policy, ip_binding=IpBinding.STRICT)
    user, session, _ = await logged_in(world)
    another = await world.with_user()
    with pytest.raises(TokenInvalid):
        await world.authenticate().execute(a_token(world, another, session.handle), client=ClientInfo())
    assert world.ends_of_sessions(user) == {session.handle: None}
