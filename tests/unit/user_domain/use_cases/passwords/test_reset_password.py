"""Whoever reads the account's mail chooses a new password, once per token."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.errors import (
    AccountBlocked,
    AccountSuspended,
    DomainError,
    InvalidInput,
    OneTimeTokenExpired,
    OneTimeTokenInvalid,
    Overloaded,
    PasswordResetRequired,
)
from user_domain.policies.access import AccessPolicy
from user_domain.ports.password_hasher import PasswordHash
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, a_block, a_suspension, an_audit_entry
from user_domain.testing.in_memory import InMemoryPasswordHasher
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.password import Password

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
EMAIL, NEW = address("john"), address("new")
ANOTHER = "Another-1234"


async def reset(world: World, token: str, password: str = ANOTHER) -> None:
    await world.reset_password().execute(ResetPasswordCommand(token=token, new_password=password, client=CLIENT))


# --- What it does ---------------------------------------------------------------------------------------------------


async def test_the_new_password_opens_the_account_and_the_old_one_does_not(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    await reset(world, await world.forgets(EMAIL))
    assert await world.password_is(user.id, ANOTHER)
    assert not await world.password_is(user.id, PASSWORD)


async def test_a_password_is_normalised_as_at_registration(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    await reset(world, await world.forgets(EMAIL), "Zoe\u0308-12345")
    assert await world.password_is(user.id, "Zo\u00eb-12345")


async def test_every_session_ends_and_nobody_is_logged_in(world: World) -> None:
    user, another = await world.with_user(email=EMAIL), await world.with_user()
    sessions = [await world.with_session(user) for _ in range(2)]
    other = await world.with_session(another)
    await reset(world, await world.forgets(EMAIL))
    assert world.ends_of_sessions(user) == {session.handle: EndReason.PASSWORD_RESET for session in sessions}
    assert world.ends_of_sessions(another) == {other.handle: None}


async def test_the_address_it_was_mailed_to_is_verified(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    world.clock.advance(MOMENT)
    await reset(world, token)
    assert world.user(user.id) == replace(user, email_verified_at=NOW + MOMENT, updated_at=NOW + MOMENT, version=2)


async def test_where_addresses_must_be_verified_a_reset_opens_the_way_in(world: World) -> None:
    world.access = AccessPolicy(verified_email_required=True)
    user = await world.with_user(email=EMAIL)
    await reset(world, await world.forgets(EMAIL))
    await world.log_in().execute(LogInCommand(email=str(user.email), password=ANOTHER, client=CLIENT))


async def test_a_required_reset_is_done(world: World) -> None:
    await world.with_user(email=EMAIL, password_reset_required_at=NOW)
    old, new = (LogInCommand(email=str(EMAIL), password=password, client=CLIENT) for password in (PASSWORD, ANOTHER))
    with pytest.raises(PasswordResetRequired):
        await world.log_in().execute(old)
    await reset(world, await world.forgets(EMAIL))
    await world.log_in().execute(new)


async def test_a_pending_change_of_address_is_off(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    confirm = await world.wants(user, NEW)
    await reset(world, await world.forgets(EMAIL))
    assert world.user(user.id).pending_email is None
    with pytest.raises(OneTimeTokenInvalid):
        await world.confirm_email_change().execute(token=confirm, client=CLIENT)


async def test_a_notice_is_mailed_and_says_from_where_it_was_done(world: World) -> None:
    await world.with_user(email=EMAIL)
    await reset(world, await world.forgets(EMAIL))
    letter = await world.letter_to(EMAIL)
    assert (letter.kind, set(letter.tokens)) == (MailKind.PASSWORD_CHANGED, {TokenPurpose.NOT_ME})
    assert (letter.occurred_at, letter.ip_address) == (NOW, CLIENT.ip_address)


async def test_the_audit_trail_has_it(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    before = len(world.audit)
    await reset(world, token)
    assert world.audit[before:] == [
        an_audit_entry(action=AuditAction.PASSWORD_RESET, actor_id=user.id, target_id=user.id, client=CLIENT)
    ]


async def test_what_else_gave_power_is_void_and_what_protects_is_not(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        for purpose in set(TokenPurpose) - {TokenPurpose.RESET_PASSWORD}:
            await world.tokens.issue(work, purpose, user.id, EMAIL, at=NOW)
        await work.commit()
    await reset(world, await world.forgets(EMAIL))
    good = {token.purpose for token in world.database.committed.tokens.values() if token.is_good(NOW)}
    assert good == {TokenPurpose.UNDO_EMAIL_CHANGE, TokenPurpose.NOT_ME}


# --- Once, and for a while ------------------------------------------------------------------------------------------


async def test_a_token_is_good_once(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    await reset(world, token)
    before = world.snapshot()
    with pytest.raises(OneTimeTokenInvalid):
        await reset(world, token, "YetAnother-1234")
    refused = an_audit_entry(action=AuditAction.TOKEN_REFUSED, target_id=user.id, reason="token_invalid", client=CLIENT)
    assert world.snapshot() == replace(before, audit=[*before.audit, refused])


async def test_of_many_who_hold_one_token_one_sets_the_password(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    passwords = [f"{letter}nother-1234" for letter in "ABCDEFGH"]
    outcomes = await asyncio.gather(*(reset(world, token, one) for one in passwords), return_exceptions=True)
    (winner,) = (one for one, outcome in zip(passwords, outcomes, strict=True) if outcome is None)
    assert await world.password_is(user.id, winner)
    assert [type(outcome) for outcome in outcomes if outcome] == [OneTimeTokenInvalid] * 7


async def test_a_token_is_good_for_an_hour_to_the_last_moment(world: World) -> None:
    await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    world.clock.advance(HOUR - MOMENT)
    await reset(world, token)


async def test_after_an_hour_it_has_expired_and_nothing_is_hashed(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    world.clock.advance(HOUR)
    before = world.snapshot()
    with pytest.raises(OneTimeTokenExpired):
        await reset(world, token)
    refused = an_audit_entry(
        action=AuditAction.TOKEN_REFUSED, at=NOW + HOUR, target_id=user.id, reason="token_expired", client=CLIENT
    )
    assert world.snapshot() == replace(before, audit=[*before.audit, refused])
    assert world.password_hasher.calls == 0


class SlowPasswordHasher(InMemoryPasswordHasher):
    """Takes a while on the world's clock."""

    def __init__(self, world: World, takes: timedelta) -> None:
        super().__init__()
        self._world, self._takes = world, takes

    async def hash(self, password: Password) -> PasswordHash:
        self._world.clock.advance(self._takes)
        return await super().hash(password)


async def test_a_token_that_expires_while_the_password_is_hashed_is_not_used(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    world.clock.advance(HOUR - MOMENT)
    world.password_hasher = SlowPasswordHasher(world, MOMENT)
    with pytest.raises(OneTimeTokenExpired):
        await reset(world, token)
    assert await world.password_is(user.id, PASSWORD)


async def test_a_newer_token_takes_the_place_of_an_older_one(world: World) -> None:
    await world.with_user(email=EMAIL)
    first, second = await world.forgets(EMAIL), await world.forgets(EMAIL)
    with pytest.raises(OneTimeTokenInvalid):
        await reset(world, first)
    await reset(world, second)


async def test_another_address_takes_the_token_from_the_old_one(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    confirm = await world.wants(user, NEW)
    token = await world.forgets(EMAIL)
    await world.confirm_email_change().execute(token=confirm, client=CLIENT)
    with pytest.raises(OneTimeTokenInvalid):
        await reset(world, token)
    assert await world.password_is(user.id, PASSWORD)


@pytest.mark.parametrize("purpose", sorted(set(TokenPurpose) - {TokenPurpose.RESET_PASSWORD}))
async def test_a_token_for_something_else_resets_nothing(world: World, purpose: TokenPurpose) -> None:
    user = await world.with_user()
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        token = await world.tokens.issue(work, purpose, user.id, user.email, at=NOW)
        await work.commit()
    before = world.snapshot()
    with pytest.raises(OneTimeTokenInvalid):
        await reset(world, world.token_codec.derive(token.id))
    assert world.snapshot() == before


async def test_a_strangers_guess_costs_no_hash_and_leaves_no_trace(world: World) -> None:
    await world.with_user()
    before = world.snapshot()
    with pytest.raises(OneTimeTokenInvalid):
        await reset(world, "guess")
    assert world.snapshot() == before
    assert world.password_hasher.calls == 0


# --- Refused, with the token unspent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("secret", "too_short"),
        ("John-2024", "contains_personal_word"),
        ("Password1!", "too_common"),
        ("Breached-1234", "breached"),
    ],
)
async def test_a_password_that_may_not_be_chosen_does_not_use_up_the_token(
    world: World, password: str, code: str
) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    before = world.snapshot()
    with pytest.raises(InvalidInput) as caught:
        await reset(world, token, password)
    assert ("new_password", code) in {(one.field, one.code) for one in caught.value.violations}
    assert world.snapshot() == before
    await reset(world, token)
    assert await world.password_is(user.id, ANOTHER)


class OverloadedPasswordHasher(InMemoryPasswordHasher):
    async def hash(self, password: Password) -> PasswordHash:
        raise Overloaded


async def test_where_too_much_hashing_waits_the_token_is_not_used_up(world: World) -> None:
    await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    world.password_hasher = OverloadedPasswordHasher()
    before = world.snapshot()
    with pytest.raises(Overloaded):
        await reset(world, token)
    assert world.snapshot() == before


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"block": a_block()}, AccountBlocked),
        ({"suspension": a_suspension()}, AccountSuspended),
        ({"block": a_block(), "suspension": a_suspension()}, AccountBlocked),
    ],
    ids=["blocked", "suspended", "the gravest reason"],
)
async def test_an_account_that_was_shut_stays_as_it_is_and_the_token_good(
    world: World, facts: dict[str, Any], refusal: type[DomainError]
) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    await world.change(replace(user, **facts))
    before = world.snapshot()
    with pytest.raises(refusal):
        await reset(world, token)
    refused = an_audit_entry(
        action=AuditAction.PASSWORD_RESET_REFUSED,
        actor_id=user.id,
        target_id=user.id,
        reason=refusal.code,
        client=CLIENT,
    )
    assert world.snapshot() == replace(before, audit=[*before.audit, refused])
    assert world.password_hasher.calls == 0
    await world.change(replace(world.user(user.id), block=None, suspension=None))
    await reset(world, token)


async def test_how_an_account_stands_is_told_to_nobody_with_a_token_that_is_good_no_more(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    await reset(world, token)
    await world.change(replace(world.user(user.id), block=a_block()))
    with pytest.raises(OneTimeTokenInvalid):
        await reset(world, token)


class Meanwhile(InMemoryPasswordHasher):
    """Somebody changes a user while a password is hashed."""

    def __init__(self, world: World, **facts: Any) -> None:
        super().__init__()
        self._world, self._facts = world, facts

    async def hash(self, password: Password) -> PasswordHash:
        (account,) = self._world.database.committed.accounts.values()
        await self._world.change(replace(account.user, **self._facts))
        return await super().hash(password)


async def test_a_block_while_the_password_is_hashed_counts(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    world.password_hasher = Meanwhile(world, block=a_block())
    with pytest.raises(AccountBlocked):
        await reset(world, token)
    assert await world.password_is(user.id, PASSWORD)
    assert world.issued(TokenPurpose.RESET_PASSWORD)[0].is_good(NOW)


async def test_what_others_change_while_the_password_is_hashed_is_not_lost(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    token = await world.forgets(EMAIL)
    world.password_hasher = Meanwhile(world, last_login_at=NOW - HOUR)
    await reset(world, token)
    assert world.user(user.id).last_login_at == NOW - HOUR


# --- Not me ---------------------------------------------------------------------------------------------------------


async def test_whoever_did_not_do_it_shuts_the_account_with_the_notice(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    await reset(world, await world.forgets(EMAIL))
    await world.report_not_me().execute(token=await world.token_to(EMAIL, TokenPurpose.NOT_ME), client=CLIENT)
    with pytest.raises(PasswordResetRequired):
        await world.log_in().execute(LogInCommand(email=str(user.email), password=ANOTHER, client=CLIENT))
