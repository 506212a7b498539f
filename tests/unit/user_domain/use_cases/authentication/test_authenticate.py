"""Whoever holds a genuine token of a live session is its user, as that user is now."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.user_domain.world import SESSION_LIFETIME, World
from user_domain.entities.session import EndReason
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
from user_domain.testing.builders import CLIENT, NOW, a_block, a_handle, a_suspension, token_claims
from user_domain.value_objects.ids import SessionHandle
from user_domain.value_objects.role import Role

MOMENT = timedelta(microseconds=1)
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
