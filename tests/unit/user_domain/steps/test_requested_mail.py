"""Finding out whose address a requested mail goes to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.interference import AfterReading
from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.mail import Mail
from user_domain.ports.mail_queue import MailTaken
from user_domain.ports.mailer import MailRejected
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

HOUR = timedelta(hours=1)
EMAIL = address("john")

each_request = pytest.mark.parametrize("kind", [MailKind.VERIFY_EMAIL_AGAIN, MailKind.RESET_PASSWORD])


async def requested(world: World, kind: MailKind = MailKind.RESET_PASSWORD) -> Mail:
    async with world.unit_of_work() as work:
        await world.postbox.request(work, kind, EMAIL, at=world.clock.now(), client=CLIENT)
        await work.commit()
    return world.unsent[-1].mail


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (MailKind.VERIFY_EMAIL_AGAIN, AuditAction.USER_VERIFICATION_REQUEST),
        (MailKind.RESET_PASSWORD, AuditAction.PASSWORD_RESET_REQUEST),
    ],
)
async def test_the_mail_is_the_users_from_now_on_and_the_audit_trail_says_that_somebody_asked(
    world: World, kind: MailKind, action: AuditAction
) -> None:
    user = await world.with_user(email=EMAIL)
    mail = await requested(world, kind)
    later = kind.purposes[0].lifetime - timedelta(microseconds=1)
    world.clock.advance(later)
    found = await world.requested_mail.look_up(mail)
    assert found is not None
    assert found[0] == user
    assert [(token.purpose, token.email, token.issued_at) for token in found[1]] == [
        (purpose, EMAIL, NOW + later) for purpose in kind.purposes
    ]
    assert world.unsent[0].mail == replace(mail, user_id=user.id, token_ids=tuple(token.id for token in found[1]))
    assert world.audit == [an_audit_entry(action=action, at=NOW + later, target_id=user.id, client=CLIENT)]


@each_request
async def test_what_was_asked_for_too_long_ago_is_not_mailed_any_more(world: World, kind: MailKind) -> None:
    await world.with_user(email=EMAIL)
    mail = await requested(world, kind)
    world.clock.advance(kind.purposes[0].lifetime)
    before = world.snapshot()
    with pytest.raises(MailRejected, match="asked for too long ago"):
        await world.requested_mail.look_up(mail)
    assert world.snapshot() == before


@each_request
async def test_what_another_worker_has_looked_up_meanwhile_is_left_to_it(world: World, kind: MailKind) -> None:
    await world.with_user(email=EMAIL)
    mail = await requested(world, kind)
    assert await world.requested_mail.look_up(mail) is not None
    before = world.snapshot()
    with pytest.raises(MailTaken):
        await world.requested_mail.look_up(mail)
    assert world.snapshot() == before


@each_request
async def test_where_nobody_has_the_address_nothing_is_written(world: World, kind: MailKind) -> None:
    await world.with_user(pending_email=EMAIL)
    mail = await requested(world, kind)
    before = world.snapshot()
    assert await world.requested_mail.look_up(mail) is None
    assert world.snapshot() == before


async def test_who_is_verified_need_not_verify_and_nothing_is_written(world: World) -> None:
    await world.with_user(email=EMAIL, email_verified_at=NOW)
    mail = await requested(world, MailKind.VERIFY_EMAIL_AGAIN)
    before = world.snapshot()
    assert await world.requested_mail.look_up(mail) is None
    assert world.snapshot() == before


@pytest.mark.parametrize("verified_at", [None, NOW], ids=["not verified", "verified"])
async def test_a_password_is_reset_by_mail_whether_the_address_is_verified_or_not(
    world: World, verified_at: object
) -> None:
    await world.with_user(email=EMAIL, email_verified_at=verified_at)
    assert await world.requested_mail.look_up(await requested(world)) is not None


@each_request
async def test_whoever_loses_the_address_meanwhile_gets_no_token(world: World, kind: MailKind) -> None:
    user = await world.with_user(email=EMAIL)
    mail = await requested(world, kind)

    async def moved() -> None:
        async with world.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.change_email(user.id, address("new"), at=NOW)
            await work.commit()

    world.users = AfterReading(world.users, moved)
    assert await world.requested_mail.look_up(mail) is None
    assert world.database.committed.tokens == {}
    assert world.audit == []


@each_request
async def test_whoever_is_erased_meanwhile_gets_no_token(world: World, kind: MailKind) -> None:
    user = await world.with_user(email=EMAIL)
    mail = await requested(world, kind)
    world.users = AfterReading(world.users, lambda: world.erase(user.id))
    assert await world.requested_mail.look_up(mail) is None
    assert world.database.committed.tokens == {}


async def test_who_verifies_meanwhile_gets_no_token(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    mail = await requested(world, MailKind.VERIFY_EMAIL_AGAIN)
    world.users = AfterReading(world.users, lambda: world.change(user.with_verified_email(EMAIL, at=NOW)))
    assert await world.requested_mail.look_up(mail) is None
    assert world.database.committed.tokens == {}


async def test_the_newest_request_has_the_token_that_is_good(world: World) -> None:
    await world.with_user(email=EMAIL)
    for mail in [await requested(world), await requested(world)]:
        await world.requested_mail.look_up(mail)
    first, second = world.issued(TokenPurpose.RESET_PASSWORD)
    assert (first.is_good(NOW), second.is_good(NOW)) == (False, True)
