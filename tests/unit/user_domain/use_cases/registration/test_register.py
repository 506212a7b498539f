"""Anyone opens an account for themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import World
from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.errors import EmailAlreadyRegistered, InvalidInput
from user_domain.ports.password_hasher import Verification
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, an_audit_entry
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.password import Password
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

COMMAND = RegisterCommand(
    name=" John Doe ",
    email="John@Example.com",
    mobile="+1 (555) 010-0199",
    password=PASSWORD,
    locale="en-us",
    client=CLIENT,
)


async def test_whoever_registers_is_a_user_whose_address_is_not_yet_verified(world: World) -> None:
    user = await world.register().execute(COMMAND)
    assert user.name == PersonName("John Doe")
    assert user.email == EmailAddress("john@example.com")
    assert user.mobile == MobileNumber("+15550100199")
    assert user.locale == Locale("en-US")
    assert user.role is Role.USER
    assert user.created_at == user.updated_at == NOW
    assert not user.is_email_verified
    assert await world.users.by_id(user.id) == user


async def test_only_a_hash_of_the_password_is_kept(world: World) -> None:
    user = await world.register().execute(COMMAND)
    kept = world.account(user.id).password_hash
    assert PASSWORD not in kept
    assert await world.password_hasher.verify(Password(PASSWORD), kept) == Verification(matches=True)


async def test_a_registration_is_in_the_audit_trail(world: World) -> None:
    user = await world.register().execute(COMMAND)
    assert world.audit == [
        AuditEntry(action=AuditAction.USER_REGISTER, at=NOW, actor_id=user.id, target_id=user.id, client=CLIENT)
    ]


async def test_a_mail_asks_for_the_address_to_be_verified_and_says_when_and_from_where_somebody_registered(
    world: World,
) -> None:
    user = await world.register().execute(COMMAND)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient, letter.name) == (MailKind.VERIFY_EMAIL, user.email, user.name)
    assert letter.locale == Locale("en-US")
    assert (letter.occurred_at, letter.ip_address) == (NOW, CLIENT.ip_address)
    assert letter.device == await world.devices.parse(CLIENT.user_agent)
    assert set(letter.tokens) == {TokenPurpose.VERIFY_EMAIL, TokenPurpose.NOT_ME}


async def test_an_address_is_registered_once_and_the_second_try_is_in_the_audit_trail(world: World) -> None:
    first = await world.with_user(email=EmailAddress("john@example.com"))
    before = world.snapshot()
    with pytest.raises(EmailAlreadyRegistered):
        await world.register().execute(replace(COMMAND, name="Somebody Else"))
    refused = an_audit_entry(action=AuditAction.USER_REGISTER_REFUSED, reason="email_already_registered")
    assert world.snapshot() == replace(before, audit=[refused])
    assert await world.users.by_id(first.id) == first


@pytest.mark.parametrize(("password", "code"), [("Password1!", "too_common"), ("Breached-1234", "breached")])
async def test_a_password_that_others_have_too_is_refused(world: World, password: str, code: str) -> None:
    before = world.snapshot()
    with pytest.raises(InvalidInput) as caught:
        await world.register().execute(replace(COMMAND, password=password))
    assert [(one.field, one.code) for one in caught.value.violations] == [("password", code)]
    assert world.snapshot() == before


async def test_an_address_that_somebody_can_take_back_is_not_free_for_a_week(world: World) -> None:
    user = await world.with_user(email=EmailAddress("john@example.com"))
    await world.moves(user, EmailAddress("new@example.com"))
    world.clock.advance(timedelta(days=7) - timedelta(microseconds=1))
    with pytest.raises(EmailAlreadyRegistered):
        await world.register().execute(COMMAND)
    world.clock.advance(timedelta(microseconds=1))
    await world.register().execute(COMMAND)


async def test_an_address_that_is_only_wanted_by_somebody_is_free(world: World) -> None:
    await world.wants(await world.with_user(), EmailAddress("john@example.com"))
    await world.register().execute(COMMAND)


async def test_everything_that_is_wrong_is_told_and_nothing_is_hashed_or_written(world: World) -> None:
    before = world.snapshot()
    with pytest.raises(InvalidInput) as caught:
        await world.register().execute(replace(COMMAND, name="J", email="john", mobile="12", password="Secret 1"))
    assert {violation.field for violation in caught.value.violations} == {"name", "email", "mobile"}
    assert world.snapshot() == before
    assert world.password_hasher.calls == 0
