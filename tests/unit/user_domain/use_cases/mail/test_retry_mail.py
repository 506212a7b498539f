"""Admins, and the operator, have a mail tried again at once, dead or waiting."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.errors import Forbidden, MailNotFound
from user_domain.policies.mail_delivery import MAX_ATTEMPTS
from user_domain.ports.mailer import MailDeferred, MailNotSent, MailRejected
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import MailId, UserId
from user_domain.value_objects.role import Role

MINUTE = timedelta(minutes=1)
EMAIL = address("john")


async def refused(world: World, *refusals: MailNotSent) -> MailId:
    """A mail that was refused so often."""
    await world.with_user(email=EMAIL)
    await world.forgot_password().execute(email=str(EMAIL), client=CLIENT)
    world.mailer.refuse(*refusals)
    await world.deliver()
    return world.unsent[0].mail.id


@pytest.mark.parametrize("refusal", [MailRejected("550"), MailDeferred("451")], ids=["dead", "waiting"])
async def test_the_mail_is_due_now_with_all_its_attempts_before_it(world: World, refusal: MailNotSent) -> None:
    mail_id = await refused(world, refusal)
    world.clock.advance(timedelta(seconds=1))
    await world.retry_mail().execute(mail_id, actor=None, client=ClientInfo())
    (unsent,) = world.unsent
    assert (unsent.attempts, unsent.next_attempt_at, unsent.dead_at) == (0, world.clock.now(), None)
    assert [(letter.id, letter.recipient) for letter in await world.deliver()] == [(mail_id, EMAIL)]


async def test_one_that_is_refused_again_begins_with_the_shortest_pause(world: World) -> None:
    mail_id = await refused(world, MailRejected("550"), MailDeferred("451"))
    await world.retry_mail().execute(mail_id, actor=None, client=ClientInfo())
    await world.deliver()
    (unsent,) = world.unsent
    assert (unsent.attempts, unsent.error) == (1, "451")
    assert unsent.next_attempt_at < NOW + timedelta(seconds=5)
    assert unsent.attempts < MAX_ATTEMPTS


@pytest.mark.parametrize("role", [None, Role.ADMIN], ids=["the operator", "an admin"])
async def test_the_audit_trail_says_who_wanted_it(world: World, role: Role | None) -> None:
    mail_id = await refused(world, MailRejected("550"))
    actor = await world.with_user(role=role) if role else None
    before = len(world.audit)
    await world.retry_mail().execute(mail_id, actor=actor, client=CLIENT)
    actor_id: UserId | None = actor.id if actor else None
    assert [replace(entry, changes=()) for entry in world.audit[before:]] == [
        an_audit_entry(action=AuditAction.MAIL_RETRY, actor_id=actor_id, target_id=None, client=CLIENT)
    ]


async def test_nobody_else_may_and_nothing_is_written(world: World) -> None:
    mail_id, user = await refused(world, MailRejected("550")), await world.with_user()
    before = world.snapshot()
    for wanted in (mail_id, MailId("f" * 32)):
        with pytest.raises(Forbidden):
            await world.retry_mail().execute(wanted, actor=user, client=CLIENT)
    assert world.snapshot() == before


async def test_a_mail_that_has_left_or_never_was_is_not_found_and_nothing_is_written(world: World) -> None:
    mail_id = await refused(world, MailDeferred("451"))
    world.clock.advance(MINUTE)
    await world.deliver()
    before = world.snapshot()
    for wanted in (mail_id, MailId("f" * 32)):
        with pytest.raises(MailNotFound):
            await world.retry_mail().execute(wanted, actor=None, client=ClientInfo())
    assert world.snapshot() == before
