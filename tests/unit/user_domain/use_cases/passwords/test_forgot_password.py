"""Anyone asks for a reset mail to an address; whose it is, is nobody's business."""

from dataclasses import replace

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.mail import UnsentMail
from user_domain.errors import InvalidInput
from user_domain.testing.builders import CLIENT, NOW, a_block, an_audit_entry
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.ids import MailId
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

ANY_ID = MailId("0" * 32)
KNOWN, BLOCKED, PENDING, UNKNOWN = map(address, ("known", "blocked", "pending", "unknown"))


@pytest.fixture
async def people(world: World) -> None:
    await world.with_user(email=KNOWN, pending_email=PENDING)
    await world.with_user(email=BLOCKED, block=a_block())


async def added(world: World, email: EmailAddress) -> UnsentMail:
    """What a request adds to what is stored, with the address and the id of the mail blotted out."""
    before = world.snapshot()
    await world.forgot_password().execute(email=str(email), client=CLIENT)
    after = world.snapshot()
    (mail_id,) = after.mails.keys() - before.mails.keys()
    unsent = after.mails.pop(mail_id)
    assert after == before
    assert unsent.mail.recipient == email
    return replace(unsent, mail=replace(unsent.mail, id=ANY_ID, recipient=address("somebody")))


async def test_known_and_unknown_addresses_leave_the_same_behind(world: World, people: None) -> None:
    first, *others = [await added(world, email) for email in (KNOWN, BLOCKED, PENDING, UNKNOWN)]
    assert others == [first, first, first]


async def test_no_password_is_hashed(world: World, people: None) -> None:
    for email in (KNOWN, UNKNOWN):
        await world.forgot_password().execute(email=str(email), client=CLIENT)
    assert world.password_hasher.calls == 0


async def test_only_who_has_the_address_gets_a_mail(world: World, people: None) -> None:
    for email in (UNKNOWN, PENDING, KNOWN):
        await world.forgot_password().execute(email=str(email), client=CLIENT)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient) == (MailKind.RESET_PASSWORD, KNOWN)
    assert set(letter.tokens) == {TokenPurpose.RESET_PASSWORD}
    assert (letter.occurred_at, letter.ip_address) == (NOW, CLIENT.ip_address)
    assert world.unsent == []


async def test_the_audit_trail_says_that_somebody_asked_but_not_who(world: World, people: None) -> None:
    for email in (UNKNOWN, KNOWN):
        await world.forgot_password().execute(email=str(email), client=CLIENT)
    await world.deliver()
    account = await world.users.account_by_email(KNOWN)
    assert account is not None
    assert world.audit == [
        an_audit_entry(action=AuditAction.PASSWORD_RESET_REQUEST, target_id=account.user.id, client=CLIENT)
    ]


async def test_the_address_is_read_as_at_registration(world: World, people: None) -> None:
    await world.forgot_password().execute(email=f" {KNOWN.value.upper()} ", client=CLIENT)
    assert [letter.recipient for letter in await world.deliver()] == [KNOWN]


async def test_asking_ends_no_session_and_locks_nobody_out(world: World) -> None:
    user = await world.with_user(email=KNOWN)
    session = await world.with_session(user)
    await world.forgets(KNOWN)
    assert world.ends_of_sessions(user) == {session.handle: None}
    assert world.user(user.id) == user


async def test_what_is_no_address_is_refused(world: World) -> None:
    before = world.snapshot()
    with pytest.raises(InvalidInput):
        await world.forgot_password().execute(email="no address", client=CLIENT)
    assert world.snapshot() == before
