"""Whoever reads the old address's mail gets the account back."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.entities.one_time_token import OneTimeToken
from user_domain.entities.session import EndReason
from user_domain.entities.user import User
from user_domain.errors import (
    EmailAlreadyRegistered,
    OneTimeTokenExpired,
    OneTimeTokenInvalid,
    PasswordResetRequired,
)
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, an_audit_entry
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.passwords.change_password import ChangePasswordCommand
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
A, B, C, D = map(address, "abcd")
ANOTHER = "Another-1234"


async def undo(world: World, token: str) -> User:
    return await world.undo_email_change().execute(token=token, client=CLIENT)


async def moves(world: World, user: User, *emails: EmailAddress) -> list[str]:
    """A user changes from address to address, a day after the other; the tokens that undo each change."""
    tokens = []
    for email in emails:
        tokens.append(await world.moves(user, email))
        world.clock.advance(DAY)
    return tokens


async def log_in(world: World, email: EmailAddress, password: str = PASSWORD) -> None:
    await world.log_in().execute(LogInCommand(email=str(email), password=password, client=CLIENT))


async def reset(world: World, token: str) -> None:
    await world.reset_password().execute(ResetPasswordCommand(token=token, new_password=ANOTHER, client=CLIENT))


async def registers(world: World, email: EmailAddress) -> None:
    command = RegisterCommand(name="Jane Roe", email=str(email), mobile="1234567890", password=PASSWORD, client=CLIENT)
    await world.register().execute(command)


# --- What it does ---------------------------------------------------------------------------------------------------


async def test_the_old_address_is_restored_and_a_reset_is_required(world: World) -> None:
    user = await world.with_user(email=A, email_verified_at=NOW - DAY)
    (token,) = await moves(world, user, B)
    moved = world.user(user.id)
    restored = await undo(world, token)
    assert restored == world.user(user.id)
    assert restored == replace(
        moved,
        email=A,
        email_verified_at=NOW + DAY,
        password_reset_required_at=NOW + DAY,
        updated_at=NOW + DAY,
        version=restored.version,
    )
    assert restored.version > moved.version


async def test_an_old_address_that_was_not_verified_is_now(world: World) -> None:
    user = await world.with_user(email=A, email_verified_at=None)
    (token,) = await moves(world, user, B)
    assert (await undo(world, token)).is_email_verified


async def test_every_session_ends(world: World) -> None:
    user, another = await world.with_user(email=A), await world.with_user()
    before = await world.with_session(user)
    (token,) = await moves(world, user, B)
    since, other = await world.with_session(user), await world.with_session(another)
    await undo(world, token)
    assert world.ends_of_sessions(user) == dict.fromkeys((before.handle, since.handle), EndReason.EMAIL_CHANGE_UNDO)
    assert world.ends_of_sessions(another) == {other.handle: None}


async def test_nobody_gets_in_with_the_old_password_until_the_mailed_reset_is_done(world: World) -> None:
    user = await world.with_user(email=A)
    (token,) = await moves(world, user, B)
    await undo(world, token)
    with pytest.raises(PasswordResetRequired):
        await log_in(world, A)
    letter = await world.letter_to(A)
    assert letter.kind is MailKind.RESET_REQUIRED
    await reset(world, letter.tokens[TokenPurpose.RESET_PASSWORD])
    await log_in(world, A, ANOTHER)


async def test_the_audit_trail_has_both_addresses(world: World) -> None:
    user = await world.with_user(email=A)
    (token,) = await moves(world, user, B)
    before = len(world.audit)
    await undo(world, token)
    assert world.audit[before:] == [
        an_audit_entry(
            action=AuditAction.EMAIL_CHANGE_UNDO,
            at=NOW + DAY,
            actor_id=user.id,
            target_id=user.id,
            client=CLIENT,
            changes=(FieldChange("email", "b@example.com", "a@example.com"),),
        )
    ]


async def test_whatever_the_other_one_had_asked_for_is_off(world: World) -> None:
    user = await world.with_user(email=A)
    (token,) = await moves(world, user, B)
    confirm, forgotten = await world.wants(user, C), await world.forgets(B)
    await undo(world, token)
    assert world.user(user.id).pending_email is None
    with pytest.raises(OneTimeTokenInvalid):
        await world.confirm_email_change().execute(token=confirm, client=CLIENT)
    with pytest.raises(OneTimeTokenInvalid):
        await reset(world, forgotten)


async def test_of_tokens_since_the_change_none_is_good_and_of_those_before_only_what_protects(world: World) -> None:
    user = await world.with_user(email=A)
    before = await issue_all(world, user, A)
    world.clock.advance(MOMENT)
    token = await world.moves(user, B)
    since = await issue_all(world, user, B)
    await undo(world, token)
    tokens = world.database.committed.tokens
    good = {one.id for one in tokens.values() if one.is_good(world.clock.now())}
    (reset_token,) = good - {one.id for one in (*before, *since)}
    assert (tokens[reset_token].purpose, tokens[reset_token].email) == (TokenPurpose.RESET_PASSWORD, A)
    assert {one.purpose for one in before if one.id in good} == {TokenPurpose.UNDO_EMAIL_CHANGE, TokenPurpose.NOT_ME}
    assert not {one.purpose for one in since if one.id in good}


async def issue_all(world: World, user: User, email: EmailAddress) -> list[OneTimeToken]:
    """A token for every purpose."""
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        tokens = [
            await world.tokens.issue(work, purpose, user.id, email, at=world.clock.now()) for purpose in TokenPurpose
        ]
        await work.commit()
    return tokens


async def test_a_mail_on_its_way_to_the_other_address_is_dropped_with_its_token(world: World) -> None:
    user = await world.with_user(email=A)
    (token,) = await moves(world, user, B)
    login = await world.with_login(world.user(user.id))
    await world.change_password().execute(
        ChangePasswordCommand(login=login, current_password=PASSWORD, new_password=ANOTHER, client=CLIENT)
    )
    await world.forgot_password().execute(email=str(B), client=CLIENT)
    await undo(world, token)
    assert [letter.recipient for letter in await world.deliver()] == [A]


async def test_links_that_came_to_the_other_address_shut_nobody_out(world: World) -> None:
    user = await world.with_user(email=A)
    (token,) = await moves(world, user, B)
    login = await world.with_login(world.user(user.id))
    await world.change_password().execute(
        ChangePasswordCommand(login=login, current_password=PASSWORD, new_password=ANOTHER, client=CLIENT)
    )
    not_me = await world.token_to(B, TokenPurpose.NOT_ME)
    await undo(world, token)
    with pytest.raises(OneTimeTokenInvalid):
        await world.report_not_me().execute(token=not_me, client=CLIENT)


async def test_links_that_came_to_the_old_address_before_still_protect(world: World) -> None:
    user = await world.with_user(email=A)
    login = await world.with_login(user)
    await world.change_password().execute(
        ChangePasswordCommand(login=login, current_password=PASSWORD, new_password=ANOTHER, client=CLIENT)
    )
    not_me = await world.token_to(A, TokenPurpose.NOT_ME)
    world.clock.advance(MOMENT)
    await undo(world, await world.moves(user, B, ANOTHER))
    await world.report_not_me().execute(token=not_me, client=CLIENT)


async def test_an_intruder_who_took_the_account_over_loses_it(world: World) -> None:
    user = await world.with_user(email=A)
    (token,) = await moves(world, user, B)
    await reset(world, await world.forgets(B))
    await undo(world, token)
    with pytest.raises(PasswordResetRequired):
        await log_in(world, A, ANOTHER)
    await world.forgot_password().execute(email=str(B), client=CLIENT)
    assert {letter.recipient for letter in await world.deliver()} == {A}


# --- Once, and for a week -------------------------------------------------------------------------------------------


async def test_a_token_is_good_once(world: World) -> None:
    user = await world.with_user(email=A)
    (token,) = await moves(world, user, B)
    await undo(world, token)
    before = world.snapshot()
    with pytest.raises(OneTimeTokenInvalid):
        await undo(world, token)
    refused = an_audit_entry(
        action=AuditAction.TOKEN_REFUSED, at=NOW + DAY, target_id=user.id, reason="token_invalid", client=CLIENT
    )
    assert world.snapshot() == replace(before, audit=[*before.audit, refused])


async def test_of_many_who_undo_one_change_one_does(world: World) -> None:
    user = await world.with_user(email=A)
    (token,) = await moves(world, user, B)
    outcomes = await asyncio.gather(*(undo(world, token) for _ in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(OneTimeTokenInvalid) == 4
    assert len(world.issued(TokenPurpose.RESET_PASSWORD)) == 1


async def test_a_token_is_good_for_a_week_to_the_last_moment(world: World) -> None:
    user = await world.with_user(email=A)
    token = await world.moves(user, B)
    world.clock.advance(WEEK - MOMENT)
    assert (await undo(world, token)).email == A


async def test_after_a_week_it_has_expired(world: World) -> None:
    user = await world.with_user(email=A)
    token = await world.moves(user, B)
    world.clock.advance(WEEK)
    before = world.snapshot()
    with pytest.raises(OneTimeTokenExpired):
        await undo(world, token)
    assert replace(world.snapshot(), audit=before.audit) == before
    assert world.audit[-1].reason == "token_expired"


async def test_neither_another_password_nor_a_reset_makes_it_void(world: World) -> None:
    user = await world.with_user(email=A)
    (token,) = await moves(world, user, B)
    login = await world.with_login(world.user(user.id))
    await world.change_password().execute(
        ChangePasswordCommand(login=login, current_password=PASSWORD, new_password="Third-Pass-1", client=CLIENT)
    )
    await reset(world, await world.forgets(B))
    assert (await undo(world, token)).email == A


@pytest.mark.parametrize("purpose", sorted(set(TokenPurpose) - {TokenPurpose.UNDO_EMAIL_CHANGE}))
async def test_a_token_for_something_else_undoes_nothing(world: World, purpose: TokenPurpose) -> None:
    user = await world.with_user(email=B)
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        token = await world.tokens.issue(work, purpose, user.id, A, at=NOW)
        await work.commit()
    before = world.snapshot()
    with pytest.raises(OneTimeTokenInvalid):
        await undo(world, world.token_codec.derive(token.id))
    assert world.snapshot() == before


# --- The address stays reserved -------------------------------------------------------------------------------------


async def test_as_long_as_a_change_can_be_undone_nobody_else_gets_the_old_address(world: World) -> None:
    user, another = await world.with_user(email=A), await world.with_user(email=D)
    token = await world.moves(user, B)
    world.clock.advance(WEEK - MOMENT)
    with pytest.raises(EmailAlreadyRegistered):
        await registers(world, A)
    with pytest.raises(EmailAlreadyRegistered):
        await world.wants(another, A)
    assert (await undo(world, token)).email == A


async def test_when_it_cannot_be_undone_any_more_the_old_address_is_free(world: World) -> None:
    user = await world.with_user(email=A)
    await world.moves(user, B)
    world.clock.advance(WEEK)
    await registers(world, A)


async def test_one_may_go_back_oneself_to_an_address_that_is_reserved(world: World) -> None:
    user = await world.with_user(email=A)
    await moves(world, user, B, A)
    assert world.user(user.id).email == A


async def test_after_the_undo_the_new_address_is_free(world: World) -> None:
    user = await world.with_user(email=A)
    (token,) = await moves(world, user, B)
    with pytest.raises(EmailAlreadyRegistered):
        await registers(world, B)
    await undo(world, token)
    await registers(world, B)


# --- From A to B to C -----------------------------------------------------------------------------------------------


async def test_a_second_change_does_not_void_the_first_undo(world: World) -> None:
    user = await world.with_user(email=A)
    first, _ = await moves(world, user, B, C)
    assert (await undo(world, first)).email == A


async def test_after_the_second_was_undone_the_first_can_be(world: World) -> None:
    user = await world.with_user(email=A)
    first, second = await moves(world, user, B, C)
    assert (await undo(world, second)).email == B
    with pytest.raises(EmailAlreadyRegistered):
        await registers(world, A)
    assert (await undo(world, first)).email == A


async def test_after_the_first_was_undone_the_second_cannot_be(world: World) -> None:
    user = await world.with_user(email=A)
    first, second = await moves(world, user, B, C)
    await undo(world, first)
    with pytest.raises(OneTimeTokenInvalid):
        await undo(world, second)
    assert world.user(user.id).email == A
    for email in (B, C):
        await registers(world, email)


async def test_of_three_changes_the_middle_one_takes_back_itself_and_the_last(world: World) -> None:
    user = await world.with_user(email=A)
    first, middle, last = await moves(world, user, B, C, D)
    assert (await undo(world, middle)).email == B
    with pytest.raises(OneTimeTokenInvalid):
        await undo(world, last)
    assert (await undo(world, first)).email == A


async def test_an_intruder_does_not_get_rid_of_the_first_undo_by_undoing_changes_of_his_own(world: World) -> None:
    user = await world.with_user(email=A)
    first, own = await moves(world, user, B, C)
    await undo(world, own)
    await reset(world, await world.token_to(B, TokenPurpose.RESET_PASSWORD))
    await world.moves(user, D, ANOTHER)
    assert (await undo(world, first)).email == A


async def test_an_undone_change_can_be_made_again_and_undone_again(world: World) -> None:
    user = await world.with_user(email=A)
    (first,) = await moves(world, user, B)
    await undo(world, first)
    await reset(world, await world.token_to(A, TokenPurpose.RESET_PASSWORD))
    world.clock.advance(MOMENT)
    again = await world.moves(user, B, ANOTHER)
    assert (await undo(world, again)).email == A


async def test_who_went_back_already_is_locked_out_by_the_undo_all_the_same(world: World) -> None:
    """Somebody else may know the password, or there were nothing to undo."""
    user = await world.with_user(email=A)
    first, second = await moves(world, user, B, A)
    session = await world.with_session(user)
    restored = await undo(world, first)
    assert (restored.email, restored.password_reset_required_at) == (A, world.clock.now())
    assert world.ends_of_sessions(user) == {session.handle: EndReason.EMAIL_CHANGE_UNDO}
    with pytest.raises(OneTimeTokenInvalid):
        await undo(world, second)


async def test_the_undo_of_one_user_touches_nothing_of_another(world: World) -> None:
    user, another = await world.with_user(email=A), await world.with_user(email=C)
    (token,) = await moves(world, user, B)
    (others,) = await moves(world, another, D)
    await undo(world, token)
    assert world.user(another.id).email == D
    assert (await undo(world, others)).email == C
