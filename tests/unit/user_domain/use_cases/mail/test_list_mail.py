"""Admins, and the operator, see what waits or is dead, and why; never what it says."""

from dataclasses import fields

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.mail import Mail, UnsentMail
from user_domain.entities.user import User
from user_domain.errors import Forbidden
from user_domain.ports.mailer import MailDeferred, MailRejected
from user_domain.testing.builders import CLIENT, NOW
from user_domain.value_objects.role import Role

EMAILS = [address(name) for name in "abcde"]


@pytest.fixture
async def asked(world: World) -> None:
    for email in EMAILS:
        await world.with_user(email=email)
        await world.forgot_password().execute(email=str(email), client=CLIENT)


async def listed(world: World, actor: User | None = None) -> list[UnsentMail]:
    return await world.list_mail().execute(actor=actor, limit=100)


async def test_the_operator_sees_what_waits_in_the_order_it_was_decided(world: World, asked: None) -> None:
    assert [unsent.mail.recipient for unsent in await listed(world)] == EMAILS


async def test_so_does_an_admin(world: World, asked: None) -> None:
    assert await listed(world, await world.with_user(role=Role.ADMIN)) == await listed(world)


async def test_nobody_else_may(world: World, asked: None) -> None:
    with pytest.raises(Forbidden):
        await listed(world, await world.with_user())


async def test_what_has_left_is_not_there_and_the_rest_says_how_it_stands(world: World, asked: None) -> None:
    world.mailer.refuse(MailDeferred("451"), MailRejected("550"))
    await world.deliver()
    deferred, dead = await listed(world)
    assert (deferred.mail.recipient, deferred.attempts, deferred.error, deferred.dead_at) == (EMAILS[0], 1, "451", None)
    assert (dead.mail.recipient, dead.attempts, dead.error, dead.dead_at) == (EMAILS[1], 1, "550", NOW)


async def test_page_follows_page(world: World, asked: None) -> None:
    everything = await listed(world)
    first = await world.list_mail().execute(actor=None, limit=2)
    second = await world.list_mail().execute(actor=None, limit=2, after=first[-1].mail.id)
    third = await world.list_mail().execute(actor=None, limit=2, after=second[-1].mail.id)
    assert [*first, *second, *third] == everything
    assert await world.list_mail().execute(actor=None, limit=2, after=third[-1].mail.id) == []


def test_there_is_nothing_of_the_text_to_see() -> None:
    assert {field.name for field in fields(Mail)} == {
        "id",
        "kind",
        "recipient",
        "user_id",
        "token_ids",
        "occurred_at",
        "client",
    }
