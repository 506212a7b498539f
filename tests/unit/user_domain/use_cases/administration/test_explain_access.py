"""Admins see what login decides about anybody, and login decides exactly that."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from tests.unit.user_domain.interference import OutOfReach
from tests.unit.user_domain.world import World
from user_domain.entities.user import Block, Suspension, User
from user_domain.errors import (
    AccountBlocked,
    AccountSuspended,
    DomainError,
    EmailNotVerified,
    Forbidden,
    InvalidCredentials,
    PasswordResetRequired,
    SessionLimitReached,
    UserNotFound,
)
from user_domain.policies.access import AccessPolicy
from user_domain.policies.session import SEEN_TO, LimitPolicy
from user_domain.ports.access_queries import LoginAttempt, LoginOutcome
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, a_block, a_suspension
from user_domain.use_cases.administration.explain_access import RECENT, AccessDecision
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.role import Role

HOUR = timedelta(hours=1)
TOMORROW = NOW + timedelta(days=1)


async def an_admin(world: World) -> User:
    return await world.with_user(role=Role.ADMIN)


async def decision(world: World, user: User) -> AccessDecision:
    return await world.explain_access().execute(user.id, actor=await an_admin(world))


async def codes(world: World, user: User) -> list[str]:
    return [reason.code for reason in (await decision(world, user)).reasons]


async def log_in(world: World, user: User, password: str = PASSWORD) -> str | None:
    """The code a login is refused with; None where it succeeds."""
    try:
        await world.log_in().execute(LogInCommand(email=str(user.email), password=password, client=CLIENT))
    except DomainError as reason:
        return reason.code
    return None


# --- The same as login ------------------------------------------------------------------------------------------------

BLOCKS = [None, a_block()]
SUSPENSIONS = [None, a_suspension(until=NOW), a_suspension(until=TOMORROW), a_suspension(until=None)]
VERIFIED: list[datetime | None] = [None, NOW]
RESETS: list[datetime | None] = [None, NOW]
FACTS = list(product(BLOCKS, SUSPENSIONS, VERIFIED, RESETS))
RULES = list(product([False, True], LimitPolicy, [0, 1, 2]))


@pytest.mark.parametrize(("block", "suspension", "verified", "reset"), FACTS)
async def test_what_is_told_is_what_login_does_whatever_the_facts_and_the_rules(
    block: Block | None, suspension: Suspension | None, verified: datetime | None, reset: datetime | None
) -> None:
    for verified_email_required, limit_policy, sessions in RULES:
        world = World()
        world.access = AccessPolicy(verified_email_required=verified_email_required)
        world.session_policy = replace(world.session_policy, limit=2, limit_policy=limit_policy)
        user = await world.with_user(
            block=block, suspension=suspension, email_verified_at=verified, password_reset_required_at=reset
        )
        for _ in range(sessions):
            await world.with_session(user)
        told = await decision(world, user)
        refused = await log_in(world, user)
        assert refused == (told.reasons[0].code if told.reasons else None)
        assert told.is_allowed == (refused is None)
        again = await decision(world, user)
        (attempt,) = again.recent_attempts
        assert attempt.outcome is (LoginOutcome.SUCCESS if refused is None else LoginOutcome.DENIED)
        assert attempt.reason == refused


async def test_another_rule_that_the_policy_makes_is_told_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Curfew(Forbidden):
        code = "curfew"
        message = "Everybody stays out."

    monkeypatch.setattr(AccessPolicy, "denials", lambda *_, **__: (Curfew(),))
    user = await world.with_user()
    assert await codes(world, user) == [await log_in(world, user)] == ["curfew"]


# --- The reasons ------------------------------------------------------------------------------------------------------


async def test_every_reason_is_told_the_gravest_first(world: World) -> None:
    world.access = AccessPolicy(verified_email_required=True)
    world.session_policy = replace(world.session_policy, limit=1, limit_policy=LimitPolicy.DENY)
    user = await world.with_user(
        block=a_block(), suspension=a_suspension(until=TOMORROW), password_reset_required_at=NOW
    )
    await world.with_session(user)
    told = await decision(world, user)
    kinds = [AccountBlocked, AccountSuspended, EmailNotVerified, PasswordResetRequired, SessionLimitReached]
    assert [type(reason) for reason in told.reasons] == kinds
    suspended = told.reasons[1]
    assert isinstance(suspended, AccountSuspended)
    assert suspended.until == TOMORROW
    assert "until" in str(suspended)


async def test_sessions_that_are_over_or_idle_take_no_room(world: World) -> None:
    world.session_policy = replace(world.session_policy, limit=1, limit_policy=LimitPolicy.DENY, idle=HOUR)
    user = await world.with_user()
    await world.with_session(user, expires_at=NOW + timedelta(minutes=1))
    assert await codes(world, user) == ["session_limit_reached"]
    world.clock.advance(timedelta(minutes=1))
    assert await codes(world, user) == []
    await world.with_session(user)
    assert await codes(world, user) == ["session_limit_reached"]
    world.clock.advance(HOUR + SEEN_TO)
    assert await codes(world, user) == []


async def test_a_suspension_lifts_itself(world: World) -> None:
    user = await world.with_user(suspension=a_suspension(until=NOW + HOUR))
    assert await codes(world, user) == ["account_suspended"]
    world.clock.advance(HOUR)
    assert await codes(world, user) == []


# --- The attempts -----------------------------------------------------------------------------------------------------


async def test_a_wrong_password_is_an_attempt_and_no_reason(world: World) -> None:
    user = await world.with_user()
    assert await log_in(world, user, "Wrong-Pass-1") == InvalidCredentials.code
    told = await decision(world, user)
    assert told.is_allowed
    assert told.recent_attempts == (
        LoginAttempt(at=NOW, outcome=LoginOutcome.FAILURE, client=CLIENT, reason="invalid_credentials"),
    )


async def test_the_last_twenty_attempts_are_told_the_newest_first(world: World) -> None:
    user = await world.with_user()
    for _ in range(RECENT + 5):
        world.clock.advance(HOUR)
        await log_in(world, user, "Wrong-Pass-1")
    told = [attempt.at for attempt in (await decision(world, user)).recent_attempts]
    assert told == [NOW + number * HOUR for number in range(RECENT + 5, 5, -1)]


# --- Who may look -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", ["their own", "another admin's"])
async def test_admins_may_look_at_themselves_and_at_each_other(world: World, whose: str) -> None:
    admin = await an_admin(world)
    user = admin if whose == "their own" else await an_admin(world)
    assert (await world.explain_access().execute(user.id, actor=admin)).is_allowed


async def test_who_is_no_admin_is_refused_before_anything_is_looked_up(world: World) -> None:
    user = await world.with_user()
    for user_id in (user.id, UserId(999)):
        with pytest.raises(Forbidden):
            await world.explain_access(access_records=OutOfReach()).execute(user_id, actor=user)


async def test_of_a_user_who_is_not_there_nothing_is_told(world: World) -> None:
    admin = await an_admin(world)
    with pytest.raises(UserNotFound):
        await world.explain_access().execute(UserId(999), actor=admin)


async def test_looking_changes_nothing(world: World) -> None:
    admin, user = await an_admin(world), await world.with_user(block=a_block())
    before = world.snapshot()
    await world.explain_access().execute(user.id, actor=admin)
    assert world.snapshot() == before
