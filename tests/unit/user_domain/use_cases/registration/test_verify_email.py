"""Whoever reads the account's mail shows it by the token in it. Twice is as good as once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.user import User
from user_domain.errors import OneTimeTokenExpired, OneTimeTokenInvalid
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, an_audit_entry
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.one_time_token import TokenPurpose

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
EMAIL = address("john")


async def registered(world: World) -> tuple[User, str]:
    command = RegisterCommand(name="John Doe", email=str(EMAIL), mobile="1234567890", password=PASSWORD, client=CLIENT)
    user = await world.register().execute(command)
    return user, await world.token_to(EMAIL, TokenPurpose.VERIFY_EMAIL)


async def asked_again(world: World) -> str:
    await world.resend_verification().execute(email=str(EMAIL), client=CLIENT)
    return await world.token_to(EMAIL, TokenPurpose.VERIFY_EMAIL)


async def test_with_the_token_from_the_mail_the_address_is_verified(world: World) -> None:
    user, token = await registered(world)
    world.clock.advance(MOMENT)
    await world.verify_email().execute(token=token, client=CLIENT)
    assert await world.users.by_id(user.id) == replace(
        user, email_verified_at=NOW + MOMENT, updated_at=NOW + MOMENT, version=2
    )
    assert world.audit[1:] == [
        AuditEntry(
            action=AuditAction.USER_VERIFY_EMAIL,
            at=NOW + MOMENT,
            actor_id=user.id,
            target_id=user.id,
            client=CLIENT,
        )
    ]


async def test_a_second_try_of_a_token_that_worked_is_fine_however_late_and_changes_nothing(world: World) -> None:
    _, token = await registered(world)
    await world.verify_email().execute(token=token, client=CLIENT)
    before = world.snapshot()
    for pause in (MOMENT, 2 * DAY, 9999 * DAY):
        world.clock.advance(pause)
        await world.verify_email().execute(token=token, client=CLIENT)
    assert world.snapshot() == before


async def test_a_second_try_says_nothing_of_an_address_the_token_was_not_mailed_to(world: World) -> None:
    user, token = await registered(world)
    await world.verify_email().execute(token=token, client=CLIENT)
    await world.moves(user, address("new"))
    with pytest.raises(OneTimeTokenInvalid):
        await world.verify_email().execute(token=token, client=CLIENT)


async def test_a_token_is_good_for_a_day_to_the_last_moment(world: World) -> None:
    user, token = await registered(world)
    world.clock.advance(DAY - MOMENT)
    await world.verify_email().execute(token=token, client=CLIENT)
    assert world.user(user.id).is_email_verified


async def test_after_a_day_it_has_expired_and_the_attempt_is_in_the_audit_trail(world: World) -> None:
    user, token = await registered(world)
    world.clock.advance(DAY)
    before = world.snapshot()
    with pytest.raises(OneTimeTokenExpired):
        await world.verify_email().execute(token=token, client=CLIENT)
    refused = an_audit_entry(
        action=AuditAction.TOKEN_REFUSED, at=NOW + DAY, target_id=user.id, reason="token_expired", client=CLIENT
    )
    assert world.snapshot() == replace(before, audit=[*before.audit, refused])


async def test_a_newer_token_takes_the_place_of_an_older_one(world: World) -> None:
    user, first = await registered(world)
    second = await asked_again(world)
    with pytest.raises(OneTimeTokenInvalid):
        await world.verify_email().execute(token=first, client=CLIENT)
    assert not world.user(user.id).is_email_verified
    await world.verify_email().execute(token=second, client=CLIENT)
    assert world.user(user.id).is_email_verified


async def test_a_token_does_not_verify_the_address_that_came_after_its_own(world: World) -> None:
    user, token = await registered(world)
    await world.moves(user, address("new"))
    before = world.snapshot()
    with pytest.raises(OneTimeTokenInvalid):
        await world.verify_email().execute(token=token, client=CLIENT)
    assert replace(world.snapshot(), audit=before.audit) == before


@pytest.mark.parametrize("purpose", sorted(set(TokenPurpose) - {TokenPurpose.VERIFY_EMAIL}))
async def test_a_token_for_something_else_verifies_nothing(world: World, purpose: TokenPurpose) -> None:
    user = await world.with_user()
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        token = await world.tokens.issue(work, purpose, user.id, user.email, at=NOW)
        await work.commit()
    with pytest.raises(OneTimeTokenInvalid):
        await world.verify_email().execute(token=world.token_codec.derive(token.id), client=CLIENT)


async def test_a_wanted_address_stays_pending_when_the_present_one_is_verified(world: World) -> None:
    """They are two mails, and may be answered in either order."""
    user, token = await registered(world)
    confirm = await world.wants(user, address("new"))
    await world.verify_email().execute(token=token, client=CLIENT)
    assert world.user(user.id).pending_email == address("new")
    await world.confirm_email_change().execute(token=confirm, client=CLIENT)
    assert world.user(user.id).email == address("new")
