"""People see how the verification of their own address stands."""

from datetime import timedelta

from tests.unit.user_domain.world import World, address
from user_domain.testing.builders import CLIENT, NOW, PASSWORD
from user_domain.use_cases.registration.get_verification_status import VerificationStatus
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.one_time_token import TokenPurpose

HOUR = timedelta(hours=1)
EMAIL = address("john")
COMMAND = RegisterCommand(name="John Doe", email=str(EMAIL), mobile="1234567890", password=PASSWORD, client=CLIENT)


async def test_who_has_registered_was_sent_a_mail_then(world: World) -> None:
    user = await world.register().execute(COMMAND)
    world.clock.advance(HOUR)
    assert await world.get_verification_status().execute(user) == VerificationStatus(user=user, sent_at=NOW)


async def test_the_last_mail_counts(world: World) -> None:
    user = await world.register().execute(COMMAND)
    world.clock.advance(HOUR)
    await world.resend_verification().execute(email=str(EMAIL), client=CLIENT)
    await world.deliver()
    assert (await world.get_verification_status().execute(user)).sent_at == NOW + HOUR


async def test_who_has_verified_the_address_still_sees_when_that_was_asked_for(world: World) -> None:
    user = await world.register().execute(COMMAND)
    world.clock.advance(HOUR)
    token = await world.token_to(EMAIL, TokenPurpose.VERIFY_EMAIL)
    await world.verify_email().execute(token=token, client=CLIENT)
    status = await world.get_verification_status().execute(world.user(user.id))
    assert (status.user.is_email_verified, status.sent_at) == (True, NOW)


async def test_who_was_never_asked_was_never_sent_a_mail(world: World) -> None:
    await world.register().execute(COMMAND)
    user = await world.with_user()
    assert (await world.get_verification_status().execute(user)).sent_at is None


async def test_a_mail_to_another_address_says_nothing_of_the_present_one(world: World) -> None:
    user = await world.register().execute(COMMAND)
    await world.moves(user, address("new"))
    assert (await world.get_verification_status().execute(world.user(user.id))).sent_at is None
