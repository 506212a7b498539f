"""Admins have a user choose a new password."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.unit.user_domain.use_cases.administration.deeds import require_reset
from tests.unit.user_domain.world import address
from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason
from user_domain.errors import AccountBlocked, OneTimeTokenInvalid
from user_domain.testing.builders import CLIENT, NOW, a_block
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World

MOMENT = timedelta(microseconds=1)


def a_reset(token: str) -> ResetPasswordCommand:
    return ResetPasswordCommand(token=token, new_password="Another-1234", client=CLIENT)


async def test_nobody_gets_in_and_the_person_gets_a_link(world: World) -> None:
    admin = await world.with_admin()
    user = await world.with_user(email_verified_at=NOW, pending_email=address("pending"))
    session = await world.with_session(user)
    required = await require_reset(world, admin, user.id)
    assert required == replace(user, password_reset_required_at=NOW, pending_email=None, version=2)
    assert world.user(user.id) == required
    assert world.ends_of_sessions(user) == {session.handle: EndReason.PASSWORD_RESET_REQUIRED}
    assert world.audit == [
        AuditEntry(
            action=AuditAction.USER_REQUIRE_PASSWORD_RESET,
            at=NOW,
            actor_id=admin.id,
            target_id=user.id,
            client=CLIENT,
        )
    ]
    (unsent,) = world.unsent
    assert unsent.mail.client == ClientInfo(request_id=CLIENT.request_id)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient) == (MailKind.RESET_DEMANDED, user.email)
    await world.reset_password().execute(a_reset(letter.tokens[TokenPurpose.RESET_PASSWORD]))
    assert world.user(user.id).password_reset_required_at is None


async def test_what_gives_power_over_the_account_is_void(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    tokens = [await world.wants(user, address("else")), await world.forgets(user.email)]
    await require_reset(world, admin, user.id)
    with pytest.raises(OneTimeTokenInvalid):
        await world.confirm_email_change().execute(token=tokens[0], client=CLIENT)
    with pytest.raises(OneTimeTokenInvalid):
        await world.reset_password().execute(a_reset(tokens[1]))


async def test_what_protects_the_person_is_not(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    undo = await world.moves(user, address("else"))
    world.clock.advance(MOMENT)
    await require_reset(world, admin, user.id)
    restored = await world.undo_email_change().execute(token=undo, client=CLIENT)
    assert restored.email == user.email


async def test_once_more_sends_another_link_and_the_one_before_opens_nothing(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    first = await require_reset(world, admin, user.id)
    token = await world.token_to(user.email, TokenPurpose.RESET_PASSWORD)
    world.clock.advance(MOMENT)
    assert await require_reset(world, admin, user.id) == first
    with pytest.raises(OneTimeTokenInvalid):
        await world.reset_password().execute(a_reset(token))
    assert [entry.action for entry in world.audit][:2] == [AuditAction.USER_REQUIRE_PASSWORD_RESET] * 2
    await world.reset_password().execute(a_reset(await world.token_to(user.email, TokenPurpose.RESET_PASSWORD)))


async def test_of_two_mails_that_wait_only_the_one_with_the_good_link_leaves(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    for _ in range(2):
        await require_reset(world, admin, user.id)
        world.clock.advance(MOMENT)
    assert len(await world.deliver()) == 1
    assert world.unsent == []


async def test_the_link_opens_no_account_that_is_blocked(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user(block=a_block())
    await require_reset(world, admin, user.id)
    token = await world.token_to(user.email, TokenPurpose.RESET_PASSWORD)
    with pytest.raises(AccountBlocked):
        await world.reset_password().execute(a_reset(token))
