"""Whoever reads the new address's mail makes it the account's."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.errors import (
    AccessDenied,
    AccountBlocked,
    AccountSuspended,
    EmailAlreadyRegistered,
    OneTimeTokenExpired,
    OneTimeTokenInvalid,
)
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, a_block, a_suspension, an_audit_entry
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.profile.change_profile import ChangeProfileCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.role import Role

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
OLD, NEW, OTHER = address("old"), address("new"), address("other")


async def confirm(world: World, token: str) -> None:
    await world.confirm_email_change().execute(token=token, client=CLIENT)


async def test_the_new_address_is_the_accounts_and_verified(world: World) -> None:
    user = await world.with_user(email=OLD)
    token = await world.wants(user, NEW)
    pending = world.user(user.id)
    world.clock.advance(MOMENT)
    changed = await world.confirm_email_change().execute(token=token, client=CLIENT)
    assert changed == world.user(user.id)
    assert changed == replace(
        pending,
        email=NEW,
        email_verified_at=NOW + MOMENT,
        pending_email=None,
        updated_at=NOW + MOMENT,
        version=3,
    )


async def test_one_logs_in_with_the_new_address_and_no_longer_with_the_old_one(world: World) -> None:
    user = await world.with_user(email=OLD)
    await world.moves(user, NEW)
    await world.log_in().execute(LogInCommand(email=str(NEW), password=PASSWORD, client=CLIENT))
    assert await world.users.account_by_email(OLD) is None


async def test_the_sessions_of_the_account_go_on(world: World) -> None:
    user = await world.with_user(email=OLD)
    session = await world.with_session(user)
    await world.moves(user, NEW)
    assert world.ends_of_sessions(user) == {session.handle: None}


async def test_the_old_address_is_told_when_and_from_where_and_can_undo_it(world: World) -> None:
    user = await world.with_user(email=OLD)
    token = await world.wants(user, NEW)
    world.clock.advance(MOMENT)
    await confirm(world, token)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient) == (MailKind.EMAIL_CHANGED, OLD)
    assert set(letter.tokens) == {TokenPurpose.UNDO_EMAIL_CHANGE}
    assert (letter.occurred_at, letter.ip_address) == (NOW + MOMENT, CLIENT.ip_address)


async def test_the_audit_trail_has_both_addresses(world: World) -> None:
    user = await world.with_user(email=OLD)
    token = await world.wants(user, NEW)
    await confirm(world, token)
    assert world.audit[1:] == [
        an_audit_entry(
            action=AuditAction.EMAIL_CHANGE,
            actor_id=user.id,
            target_id=user.id,
            client=CLIENT,
            changes=(FieldChange("email", "old@example.com", "new@example.com"),),
        )
    ]


# --- Once, and for a while ------------------------------------------------------------------------------------------


async def test_a_token_is_good_once(world: World) -> None:
    user = await world.with_user(email=OLD)
    token = await world.wants(user, NEW)
    await confirm(world, token)
    before = world.snapshot()
    with pytest.raises(OneTimeTokenInvalid):
        await confirm(world, token)
    refused = an_audit_entry(action=AuditAction.TOKEN_REFUSED, target_id=user.id, reason="token_invalid", client=CLIENT)
    assert world.snapshot() == replace(before, audit=[*before.audit, refused])


async def test_a_token_is_good_for_a_day_to_the_last_moment(world: World) -> None:
    user = await world.with_user(email=OLD)
    token = await world.wants(user, NEW)
    world.clock.advance(DAY - MOMENT)
    await confirm(world, token)
    assert world.user(user.id).email == NEW


async def test_after_a_day_it_has_expired(world: World) -> None:
    user = await world.with_user(email=OLD)
    token = await world.wants(user, NEW)
    world.clock.advance(DAY)
    before = world.snapshot()
    with pytest.raises(OneTimeTokenExpired):
        await confirm(world, token)
    assert [entry.reason for entry in world.audit[1:]] == ["token_expired"]
    assert replace(world.snapshot(), audit=before.audit) == before


async def test_who_wants_another_address_since_cannot_confirm_the_one_before(world: World) -> None:
    user = await world.with_user(email=OLD)
    first, second = await world.wants(user, NEW), await world.wants(user, OTHER)
    with pytest.raises(OneTimeTokenInvalid):
        await confirm(world, first)
    await confirm(world, second)
    assert world.user(user.id).email == OTHER


async def test_a_token_of_an_address_that_is_not_pending_any_more_is_invalid(world: World) -> None:
    user = await world.with_user(email=OLD)
    token = await world.wants(user, NEW)
    await world.change(replace(world.user(user.id), pending_email=None))
    with pytest.raises(OneTimeTokenInvalid):
        await confirm(world, token)
    assert world.user(user.id).email == OLD


async def test_a_change_by_an_admin_since_makes_it_void(world: World) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user(email=OLD)
    token = await world.wants(user, NEW)
    await world.change_profile().execute(
        ChangeProfileCommand(actor=admin, user_id=user.id, email=str(OTHER), client=CLIENT)
    )
    with pytest.raises(OneTimeTokenInvalid):
        await confirm(world, token)
    assert world.user(user.id).email == OTHER


@pytest.mark.parametrize("purpose", sorted(set(TokenPurpose) - {TokenPurpose.CONFIRM_EMAIL_CHANGE}))
async def test_a_token_for_something_else_confirms_nothing(world: World, purpose: TokenPurpose) -> None:
    user = await world.with_user(email=OLD, pending_email=NEW)
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        token = await world.tokens.issue(work, purpose, user.id, NEW, at=NOW)
        await work.commit()
    with pytest.raises(OneTimeTokenInvalid):
        await confirm(world, world.token_codec.derive(token.id))
    assert world.user(user.id) == user


# --- Who is first ---------------------------------------------------------------------------------------------------


async def test_of_two_who_want_one_address_the_first_to_confirm_gets_it(world: World) -> None:
    late, early = await world.with_user(), await world.with_user()
    tokens = [await world.wants(late, NEW), await world.wants(early, NEW)]
    await confirm(world, tokens[1])
    before = world.snapshot()
    with pytest.raises(EmailAlreadyRegistered):
        await confirm(world, tokens[0])
    refused = an_audit_entry(
        action=AuditAction.EMAIL_CHANGE_REFUSED,
        actor_id=late.id,
        target_id=late.id,
        reason="email_already_registered",
        client=CLIENT,
    )
    assert world.snapshot() == replace(before, audit=[*before.audit, refused])
    assert world.user(early.id).email == NEW


async def test_at_the_same_instant_too_one_gets_it(world: World) -> None:
    users = [await world.with_user() for _ in range(5)]
    tokens = [await world.wants(user, NEW) for user in users]
    outcomes = await asyncio.gather(*(confirm(world, token) for token in tokens), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [EmailAlreadyRegistered] * 4
    assert [world.user(user.id).email for user in users].count(NEW) == 1


async def test_the_other_one_may_try_again_when_the_address_is_free(world: World) -> None:
    late, early = await world.with_user(), await world.with_user(email=OLD)
    token, other = await world.wants(late, NEW), await world.wants(early, NEW)
    await confirm(world, other)
    with pytest.raises(EmailAlreadyRegistered):
        await confirm(world, token)
    await world.undo_email_change().execute(
        token=await world.token_to(OLD, TokenPurpose.UNDO_EMAIL_CHANGE), client=CLIENT
    )
    await confirm(world, token)
    assert world.user(late.id).email == NEW


async def test_an_address_that_somebody_registered_since_is_refused(world: World) -> None:
    user = await world.with_user(email=OLD)
    token = await world.wants(user, NEW)
    await world.register().execute(
        RegisterCommand(name="Jane Roe", email=str(NEW), mobile="1234567890", password=PASSWORD, client=CLIENT)
    )
    with pytest.raises(EmailAlreadyRegistered):
        await confirm(world, token)
    assert world.user(user.id).pending_email == NEW


async def test_an_address_that_somebody_can_take_back_since_is_refused(world: World) -> None:
    user, another = await world.with_user(email=OLD), await world.with_user()
    token = await world.wants(user, NEW)
    await world.moves(another, NEW)
    await world.moves(another, OTHER)
    with pytest.raises(EmailAlreadyRegistered):
        await confirm(world, token)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [({"block": a_block()}, AccountBlocked), ({"suspension": a_suspension()}, AccountSuspended)],
    ids=["blocked", "suspended"],
)
async def test_an_account_that_was_shut_keeps_its_address_and_the_token_stays_good(
    world: World, facts: dict[str, Any], refusal: type[AccessDenied]
) -> None:
    """Or whoever had asked for the change before the block would be mailed the way back in after it."""
    user = await world.with_user()
    wanted = address("wanted")
    token = await world.wants(user, wanted)
    await world.change(replace(world.user(user.id), **facts))
    with pytest.raises(refusal):
        await world.confirm_email_change().execute(token=token, client=CLIENT)
    assert world.user(user.id).email == user.email
    assert (world.audit[-1].action, world.audit[-1].reason) == (AuditAction.EMAIL_CHANGE_REFUSED, refusal.code)
    await world.change(replace(world.user(user.id), block=None, suspension=None))
    assert (await world.confirm_email_change().execute(token=token, client=CLIENT)).email == wanted
