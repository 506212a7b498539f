"""Deciding to send a mail: it and its tokens stand or fall with what it tells of."""

from dataclasses import replace

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.mail import Mail, UnsentMail
from user_domain.testing.builders import CLIENT, NOW
from user_domain.value_objects.letter import MailKind

every_kind = pytest.mark.parametrize("kind", MailKind)


@every_kind
async def test_a_mail_goes_to_the_users_address_with_a_token_for_each_of_its_links(
    world: World, kind: MailKind
) -> None:
    user = await world.with_user()
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        await world.postbox.post(work, kind, user, at=NOW, client=CLIENT)
        await work.commit()
    tokens = list(world.database.committed.tokens.values())
    assert [(token.purpose, token.user_id, token.email) for token in tokens] == [
        (purpose, user.id, user.email) for purpose in kind.purposes
    ]
    (unsent,) = world.unsent
    assert unsent == UnsentMail(
        mail=Mail(
            id=unsent.mail.id,
            kind=kind,
            recipient=user.email,
            user_id=user.id,
            token_ids=tuple(token.id for token in tokens),
            occurred_at=NOW,
            client=CLIENT,
        ),
        attempts=0,
        next_attempt_at=NOW,
        dead_at=None,
        error=None,
    )


@every_kind
async def test_a_mail_to_another_address_has_tokens_bound_to_that_one(world: World, kind: MailKind) -> None:
    user = await world.with_user()
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        await world.postbox.post(work, kind, user, at=NOW, client=CLIENT, to=address("new"))
        await work.commit()
    assert {token.email for token in world.database.committed.tokens.values()} <= {address("new")}
    assert [unsent.mail.recipient for unsent in world.unsent] == [address("new")]


@every_kind
async def test_neither_mail_nor_tokens_are_there_where_the_change_is_rolled_back(world: World, kind: MailKind) -> None:
    user = await world.with_user()
    before = world.snapshot()
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        await world.postbox.post(work, kind, user, at=NOW, client=CLIENT)
        await world.postbox.request(work, kind, address("nobody"), at=NOW, client=CLIENT)
    assert world.snapshot() == before


@every_kind
async def test_a_requested_mail_is_nobodys_and_has_no_tokens_whoever_has_the_address(
    world: World, kind: MailKind
) -> None:
    user = await world.with_user()
    async with world.unit_of_work() as work:
        await world.postbox.request(work, kind, user.email, at=NOW, client=CLIENT)
        await work.commit()
    (unsent,) = world.unsent
    assert unsent.mail == Mail(
        id=unsent.mail.id,
        kind=kind,
        recipient=user.email,
        user_id=None,
        token_ids=(),
        occurred_at=NOW,
        client=CLIENT,
    )
    assert world.database.committed.tokens == {}


@every_kind
async def test_a_requested_mail_becomes_a_users_with_tokens_and_stays_the_same_mail(
    world: World, kind: MailKind
) -> None:
    user = await world.with_user()
    async with world.unit_of_work() as work:
        await world.postbox.request(work, kind, user.email, at=NOW, client=CLIENT)
        await work.commit()
    (requested,) = world.unsent
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        tokens = await world.postbox.address(work, requested.mail, user, at=NOW)
        await work.commit()
    assert [token.purpose for token in tokens] == list(kind.purposes)
    assert list(world.database.committed.tokens.values()) == list(tokens)
    addressed = replace(requested.mail, user_id=user.id, token_ids=tuple(token.id for token in tokens))
    assert world.unsent == [replace(requested, mail=addressed)]


async def test_mails_are_queued_in_the_order_they_were_decided(world: World) -> None:
    user = await world.with_user()
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        for kind in MailKind:
            await world.postbox.post(work, kind, user, at=NOW, client=CLIENT)
        await work.commit()
    assert [unsent.mail.kind for unsent in await world.mails.unsent(limit=100)] == list(MailKind)
