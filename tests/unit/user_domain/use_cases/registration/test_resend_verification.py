"""Anyone asks for a verification mail to an address, once in five minutes; whose it is, is nobody's business."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.errors import InvalidInput, RateLimited
from user_domain.testing.builders import CLIENT, NOW
from user_domain.testing.in_memory.database import State
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.ids import MailId
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

MOMENT = timedelta(microseconds=1)
COOL_DOWN = timedelta(minutes=5)
UNVERIFIED, VERIFIED, PENDING, UNKNOWN = map(address, ("unverified", "verified", "pending", "unknown"))
ANY_ID = MailId("0" * 32)

EVERYBODY = [UNVERIFIED, VERIFIED, PENDING, UNKNOWN]


@pytest.fixture
async def people(world: World) -> None:
    await world.with_user(email=UNVERIFIED)
    await world.with_user(email=VERIFIED, email_verified_at=NOW, pending_email=PENDING)


async def ask(world: World, email: object) -> None:
    await world.resend_verification().execute(email=str(email), client=CLIENT)


async def added(world: World, email: EmailAddress) -> State:
    """What a request adds to what is stored, with the address and the id of the mail blotted out."""
    before = world.snapshot()
    await ask(world, email)
    after = world.snapshot()
    (mail_id,) = after.mails.keys() - before.mails.keys()
    (pause,) = after.cool_downs.keys() - before.cool_downs.keys()
    assert str(email) in pause
    unsent = after.mails.pop(mail_id)
    assert unsent.mail.recipient == email
    blotted = replace(unsent, mail=replace(unsent.mail, id=ANY_ID, recipient=address("somebody")))
    until = after.cool_downs.pop(pause)
    assert after == before
    return State(mails={ANY_ID: blotted}, cool_downs={"somebody": until})


async def test_known_and_unknown_addresses_leave_the_same_behind(world: World, people: None) -> None:
    first, *others = [await added(world, email) for email in EVERYBODY]
    assert others == [first, first, first]


async def test_only_who_has_not_verified_the_address_gets_a_mail(world: World, people: None) -> None:
    for email in EVERYBODY:
        await ask(world, email)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient) == (MailKind.VERIFY_EMAIL_AGAIN, UNVERIFIED)
    assert world.unsent == []
    (entry,) = world.audit
    assert (entry.action, entry.actor_id) == (AuditAction.USER_VERIFICATION_REQUEST, None)


async def test_the_token_in_it_verifies_the_address(world: World, people: None) -> None:
    await ask(world, f" {UNVERIFIED.value.upper()} ")
    token = await world.token_to(UNVERIFIED, TokenPurpose.VERIFY_EMAIL)
    await world.verify_email().execute(token=token, client=CLIENT)
    account = await world.users.account_by_email(UNVERIFIED)
    assert account is not None
    assert account.user.is_email_verified


@pytest.mark.parametrize("email", EVERYBODY, ids=str)
async def test_within_five_minutes_no_address_is_mailed_again(world: World, people: None, email: EmailAddress) -> None:
    await ask(world, email)
    before = world.snapshot()
    world.clock.advance(COOL_DOWN - MOMENT)
    with pytest.raises(RateLimited) as caught:
        await ask(world, f" {email.value.upper()} ")
    assert caught.value.retry_after == 1
    assert world.snapshot() == before
    world.clock.advance(MOMENT)
    await ask(world, email)
    assert len(world.unsent) == 2


@pytest.mark.parametrize("email", EVERYBODY, ids=str)
async def test_how_long_to_wait_is_told_in_whole_seconds_and_is_enough(
    world: World, people: None, email: EmailAddress
) -> None:
    await ask(world, email)
    world.clock.advance(timedelta(seconds=10, microseconds=1))
    with pytest.raises(RateLimited) as caught:
        await ask(world, email)
    assert caught.value.retry_after == 290
    world.clock.advance(timedelta(seconds=290))
    await ask(world, email)


async def test_asking_too_soon_does_not_make_the_pause_longer(world: World, people: None) -> None:
    await ask(world, UNKNOWN)
    for _ in range(5):
        world.clock.advance(COOL_DOWN / 6)
        with pytest.raises(RateLimited):
            await ask(world, UNKNOWN)
    world.clock.advance(COOL_DOWN / 6)
    await ask(world, UNKNOWN)


async def test_addresses_do_not_wait_for_one_another(world: World, people: None) -> None:
    for email in EVERYBODY:
        await ask(world, email)
    assert len(world.unsent) == 4


async def test_what_is_no_address_is_refused(world: World) -> None:
    before = world.snapshot()
    with pytest.raises(InvalidInput):
        await ask(world, "no address")
    assert world.snapshot() == before
