"""Whoever got a security mail stops whoever it was."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.entities.user import User
from user_domain.errors import InvalidCredentials, OneTimeTokenExpired, OneTimeTokenInvalid, PasswordResetRequired
from user_domain.steps.one_time_tokens import POWERS
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, an_audit_entry
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

MOMENT = timedelta(microseconds=1)
WEEK = timedelta(days=7)
EMAIL, NEW = address("john"), address("new")
INTRUDER = ClientInfo(ip_address="198.51.100.66", user_agent="curl/8.0")
ANOTHER = "Another-1234"


async def log_in(world: World, client: ClientInfo = CLIENT, password: str = PASSWORD) -> None:
    await world.log_in().execute(LogInCommand(email=str(EMAIL), password=password, client=client))


async def a_break_in(world: World) -> tuple[User, str]:
    """Somebody who knows the password logs in from elsewhere; the token in the mail about that."""
    user = await world.with_user(email=EMAIL, email_verified_at=NOW)
    await log_in(world)
    await log_in(world, INTRUDER)
    return world.user(user.id), await world.token_to(EMAIL, TokenPurpose.NOT_ME)


async def a_strangers_registration(world: World) -> tuple[User, str]:
    """Somebody registers with an address of another person, and logs in; the token in that person's mail."""
    command = RegisterCommand(name="Eve Roe", email=str(EMAIL), mobile="1234567890", password=PASSWORD, client=INTRUDER)
    user = await world.register().execute(command)
    await log_in(world, INTRUDER)
    return world.user(user.id), await world.token_to(EMAIL, TokenPurpose.NOT_ME)


async def report(world: World, token: str) -> None:
    await world.report_not_me().execute(token=token, client=CLIENT)


# --- What it does ---------------------------------------------------------------------------------------------------


async def test_all_sessions_end_and_a_reset_is_required(world: World) -> None:
    user, token = await a_break_in(world)
    strangers = await world.with_session(await world.with_user())
    await report(world, token)
    assert list(world.ends_of_sessions(user).values()) == [EndReason.NOT_ME, EndReason.NOT_ME]
    assert world.database.committed.sessions[strangers.handle].end_reason is None
    assert world.user(user.id) == replace(user, password_reset_required_at=NOW, version=2)


async def test_nobody_gets_in_with_the_old_password_until_the_mailed_reset_is_done(world: World) -> None:
    _, token = await a_break_in(world)
    await report(world, token)
    for client in (INTRUDER, CLIENT):
        with pytest.raises(PasswordResetRequired):
            await log_in(world, client)
    letter = await world.letter_to(EMAIL)
    assert letter.kind is MailKind.RESET_REQUIRED
    reset = ResetPasswordCommand(token=letter.tokens[TokenPurpose.RESET_PASSWORD], new_password=ANOTHER, client=CLIENT)
    await world.reset_password().execute(reset)
    await log_in(world, CLIENT, ANOTHER)


async def test_the_audit_trail_says_so(world: World) -> None:
    user, token = await a_break_in(world)
    before = len(world.audit)
    await report(world, token)
    assert world.audit[before:] == [
        an_audit_entry(action=AuditAction.USER_NOT_ME, actor_id=user.id, target_id=user.id, client=CLIENT)
    ]


async def test_a_pending_change_of_address_is_off(world: World) -> None:
    user, token = await a_break_in(world)
    confirm = await world.wants(user, NEW)
    await report(world, token)
    assert world.user(user.id).pending_email is None
    with pytest.raises(OneTimeTokenInvalid):
        await world.confirm_email_change().execute(token=confirm, client=CLIENT)


async def test_tokens_that_give_power_are_void_and_those_that_protect_are_not(world: World) -> None:
    user, token = await a_break_in(world)
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        before = {
            purpose: (await world.tokens.issue(work, purpose, user.id, EMAIL, at=NOW)).id for purpose in TokenPurpose
        }
        await work.commit()
    await report(world, token)
    tokens = world.database.committed.tokens
    assert {purpose for purpose, token_id in before.items() if tokens[token_id].is_good(NOW)} == (
        set(TokenPurpose) - POWERS
    )


async def test_a_second_report_shuts_the_account_again(world: World) -> None:
    user, first = await a_break_in(world)
    await report(world, first)
    reset = ResetPasswordCommand(
        token=await world.token_to(EMAIL, TokenPurpose.RESET_PASSWORD), new_password=ANOTHER, client=INTRUDER
    )
    await world.reset_password().execute(reset)
    world.clock.advance(MOMENT)
    await report(world, await world.token_to(EMAIL, TokenPurpose.NOT_ME))
    assert world.user(user.id).password_reset_required_at == NOW + MOMENT


# --- Who gets a link for the reset ----------------------------------------------------------------------------------


async def test_whose_address_a_stranger_registered_is_not_made_the_owner_of_the_account(world: World) -> None:
    user, token = await a_strangers_registration(world)
    await report(world, token)
    assert await world.deliver() == []
    assert not world.user(user.id).is_email_verified
    assert set(world.ends_of_sessions(user).values()) == {EndReason.NOT_ME}
    with pytest.raises(PasswordResetRequired):
        await log_in(world, INTRUDER)


async def test_after_that_the_address_cannot_be_verified_by_the_mail_of_the_registration(world: World) -> None:
    user, token = await a_strangers_registration(world)
    verify = await world.token_to(EMAIL, TokenPurpose.VERIFY_EMAIL)
    await report(world, token)
    with pytest.raises(OneTimeTokenInvalid):
        await world.verify_email().execute(token=verify, client=CLIENT)
    assert not world.user(user.id).is_email_verified


async def test_whoever_wants_the_account_after_all_gets_it_by_a_reset(world: World) -> None:
    user, token = await a_strangers_registration(world)
    await report(world, token)
    reset = ResetPasswordCommand(token=await world.forgets(EMAIL), new_password=ANOTHER, client=CLIENT)
    await world.reset_password().execute(reset)
    assert world.user(user.id).is_email_verified
    with pytest.raises(InvalidCredentials):
        await log_in(world, INTRUDER)
    await log_in(world, CLIENT, ANOTHER)


@pytest.mark.parametrize("taken_back", [False, True])
async def test_no_link_goes_to_an_address_that_is_not_the_accounts_any_more(world: World, taken_back: bool) -> None:
    user, token = await a_break_in(world)
    world.clock.advance(MOMENT)
    undo = await world.moves(user, NEW)
    if taken_back:
        await world.undo_email_change().execute(token=undo, client=CLIENT)
        await world.deliver()
    await report(world, token)
    mailed = {letter.recipient: letter.kind for letter in await world.deliver()}
    assert mailed == ({EMAIL: MailKind.RESET_REQUIRED} if taken_back else {})
    assert world.user(user.id).password_reset_required_at is not None


# --- Once, and for a week -------------------------------------------------------------------------------------------


async def test_a_token_is_good_once(world: World) -> None:
    user, token = await a_break_in(world)
    await report(world, token)
    before = world.snapshot()
    with pytest.raises(OneTimeTokenInvalid):
        await report(world, token)
    refused = an_audit_entry(action=AuditAction.TOKEN_REFUSED, target_id=user.id, reason="token_invalid", client=CLIENT)
    assert world.snapshot() == replace(before, audit=[*before.audit, refused])


async def test_a_token_is_good_for_a_week_to_the_last_moment(world: World) -> None:
    user, token = await a_break_in(world)
    world.clock.advance(WEEK - MOMENT)
    await report(world, token)
    assert world.user(user.id).password_reset_required_at is not None


async def test_after_a_week_it_has_expired(world: World) -> None:
    user, token = await a_break_in(world)
    world.clock.advance(WEEK)
    with pytest.raises(OneTimeTokenExpired):
        await report(world, token)
    assert world.user(user.id) == user
    assert (world.audit[-1].action, world.audit[-1].reason) == (AuditAction.TOKEN_REFUSED, "token_expired")


async def test_neither_a_newer_one_nor_a_change_of_address_makes_a_token_void(world: World) -> None:
    user, first = await a_break_in(world)
    await log_in(world, ClientInfo(ip_address="192.0.2.1", user_agent="Another"))
    await world.moves(user, NEW)
    await report(world, first)


@pytest.mark.parametrize("purpose", sorted(set(TokenPurpose) - {TokenPurpose.NOT_ME}))
async def test_a_token_for_something_else_reports_nothing(world: World, purpose: TokenPurpose) -> None:
    user = await world.with_user()
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        token = await world.tokens.issue(work, purpose, user.id, user.email, at=NOW)
        await work.commit()
    before = world.snapshot()
    with pytest.raises(OneTimeTokenInvalid):
        await report(world, world.token_codec.derive(token.id))
    assert world.snapshot() == before
