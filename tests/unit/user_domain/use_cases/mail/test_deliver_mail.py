"""The worker takes the mail that has been due the longest and hands it over; none is ever lost."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.mail import UnsentMail
from user_domain.entities.user import Suspension, User
from user_domain.policies.mail_delivery import LEASE, MAX_ATTEMPTS, pause
from user_domain.ports.device_parser import DeviceParser
from user_domain.ports.mail_queue import ClaimedMail
from user_domain.ports.mailer import MailDeferred, MailRejected
from user_domain.testing.builders import CLIENT, NOW, a_suspension
from user_domain.testing.in_memory import InMemoryMailQueue, InMemorySecretSource
from user_domain.testing.in_memory.mailer import InMemoryMailer
from user_domain.testing.in_memory.one_time_token_codec import InMemoryOneTimeTokenCodec
from user_domain.use_cases.mail.deliver_mail import Delivery
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand
from user_domain.value_objects.device import Device
from user_domain.value_objects.letter import Letter, MailKind
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.one_time_token import TokenPurpose, digest
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

MOMENT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
EMAIL = address("john")
ABOUT_A_LINK = [kind for kind in MailKind if kind.purposes]


async def posted(world: World, kind: MailKind = MailKind.PASSWORD_CHANGED) -> User:
    """A user to whom something is to be mailed."""
    user = await world.with_user(email=EMAIL, locale=Locale("ar"))
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        await world.postbox.post(work, kind, user, at=world.clock.now(), client=CLIENT)
        await work.commit()
    return user


async def asked(world: World, kind: MailKind = MailKind.RESET_PASSWORD) -> None:
    """Somebody asks for a mail to an address."""
    async with world.unit_of_work() as work:
        await world.postbox.request(work, kind, EMAIL, at=world.clock.now(), client=CLIENT)
        await work.commit()


def the_one_waiting(world: World) -> UnsentMail:
    (unsent,) = world.unsent
    return unsent


# --- Handing over ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MailKind)
async def test_a_letter_has_everything_that_its_text_needs(world: World, kind: MailKind) -> None:
    user = await posted(world, kind)
    mail = the_one_waiting(world).mail
    world.clock.advance(MINUTE)
    assert await world.deliver_mail().execute() == Delivery(found=True, mail_id=mail.id, kind=kind)
    assert world.mailer.letters == [
        Letter(
            id=mail.id,
            kind=kind,
            recipient=EMAIL,
            name=user.name,
            locale=Locale("ar"),
            tokens={
                token.purpose: world.token_codec.derive(token.id) for token in world.database.committed.tokens.values()
            },
            occurred_at=NOW,
            ip_address=CLIENT.ip_address,
            device=Device(None, "Linux"),
            registered_at=user.created_at,
            role=user.role,
            suspended_until=None,
        )
    ]
    assert set(world.mailer.letters[0].tokens) == set(kind.purposes)


async def test_a_mail_that_has_left_is_gone_and_not_sent_again(world: World) -> None:
    await posted(world)
    await world.deliver_mail().execute()
    assert world.unsent == []
    assert await world.deliver_mail().execute() == Delivery(found=False)
    assert len(world.mailer.letters) == 1


async def test_a_letter_is_written_to_the_user_as_the_user_is_by_then(world: World) -> None:
    user = await posted(world)
    await world.change(user.with_profile(name=PersonName("Jane Roe"), locale=Locale("fr"), at=NOW))
    (letter,) = await world.deliver()
    assert (letter.name, letter.locale) == (PersonName("Jane Roe"), Locale("fr"))


async def test_a_letter_goes_to_the_address_it_was_decided_for(world: World) -> None:
    user = await posted(world)
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        await work.users.change_email(user.id, address("new"), at=NOW)
        await work.commit()
    assert [letter.recipient for letter in await world.deliver()] == [EMAIL]


async def test_a_token_is_derived_again_after_the_key_was_replaced(world: World) -> None:
    await posted(world)
    world.token_codec = InMemoryOneTimeTokenCodec(generation=2)
    (letter,) = await world.deliver()
    (token,) = world.issued(TokenPurpose.NOT_ME)
    assert digest(letter.tokens[TokenPurpose.NOT_ME]) == token.digest


@pytest.mark.parametrize("kind", [MailKind.PASSWORD_CHANGED, MailKind.VERIFY_EMAIL])
async def test_a_mail_whose_tokens_no_key_derives_is_kept_and_not_sent_without_them(
    world: World, kind: MailKind
) -> None:
    today = world.token_codec
    world.token_codec = InMemoryOneTimeTokenCodec(generation=2)
    await posted(world, kind)
    world.token_codec = today  # which knows of no generation 2
    assert await world.deliver() == []
    assert the_one_waiting(world).dead_at == NOW


async def test_those_that_have_been_due_the_longest_leave_first(world: World) -> None:
    user = await posted(world)
    for kind in (MailKind.NEW_LOGIN, MailKind.EMAIL_CHANGED):
        world.clock.advance(MOMENT)
        async with world.unit_of_work() as work:
            await work.users.lock(user.id)
            await world.postbox.post(work, kind, user, at=world.clock.now(), client=CLIENT)
            await work.commit()
    kinds = [letter.kind for letter in await world.deliver()]
    assert kinds == [MailKind.PASSWORD_CHANGED, MailKind.NEW_LOGIN, MailKind.EMAIL_CHANGED]


async def test_where_nothing_is_due_it_is_told_when_something_will_be(world: World) -> None:
    assert await world.deliver_mail().execute() == Delivery(found=False, next_due=None)
    world.mailer.refuse(MailDeferred("451"))
    await posted(world)
    await world.deliver_mail().execute()
    assert await world.deliver_mail().execute() == Delivery(found=False, next_due=NOW + pause(1, jitter=0))


# --- Requests -------------------------------------------------------------------------------------------------------


async def test_a_request_is_looked_up_and_the_mail_keeps_its_id(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    await asked(world)
    mail = the_one_waiting(world).mail
    delivery = await world.deliver_mail().execute()
    assert delivery == Delivery(found=True, mail_id=mail.id, kind=MailKind.RESET_PASSWORD)
    (letter,) = world.mailer.letters
    assert (letter.id, letter.recipient, letter.name) == (mail.id, EMAIL, user.name)
    assert [(entry.action, entry.target_id) for entry in world.audit] == [(AuditAction.PASSWORD_RESET_REQUEST, user.id)]


@pytest.mark.parametrize("kind", [MailKind.RESET_PASSWORD, MailKind.VERIFY_EMAIL])
async def test_a_request_for_an_address_that_nobody_has_is_dropped_without_a_trace(
    world: World, kind: MailKind
) -> None:
    await world.with_user()
    before = world.snapshot()
    await asked(world, kind)
    assert await world.deliver_mail().execute() == Delivery(found=True)
    assert world.mailer.letters == []
    assert world.snapshot() == before


async def test_a_request_to_verify_what_is_verified_is_dropped_without_a_trace(world: World) -> None:
    await world.with_user(email=EMAIL, email_verified_at=NOW)
    before = world.snapshot()
    await asked(world, MailKind.VERIFY_EMAIL_AGAIN)
    assert await world.deliver_mail().execute() == Delivery(found=True)
    assert world.snapshot() == before


async def test_who_registers_after_the_request_gets_the_mail(world: World) -> None:
    await asked(world)
    await world.with_user(email=EMAIL)
    assert [letter.recipient for letter in await world.deliver()] == [EMAIL]


async def test_a_request_that_was_looked_up_is_retried_with_the_same_tokens(world: World) -> None:
    await world.with_user(email=EMAIL)
    await asked(world)
    world.mailer.refuse(MailDeferred("451"))
    await world.deliver()
    (token,) = world.issued(TokenPurpose.RESET_PASSWORD)
    world.clock.advance(MINUTE)
    (letter,) = await world.deliver()
    assert digest(letter.tokens[TokenPurpose.RESET_PASSWORD]) == token.digest
    assert len(world.audit) == 1


# --- Pointless ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ABOUT_A_LINK)
@pytest.mark.parametrize("fact", [{"used_at": NOW}, {"voided_at": NOW}], ids=["used", "void"])
async def test_a_mail_about_a_link_that_opens_nothing_any_more_is_dropped(
    world: World, kind: MailKind, fact: dict[str, Any]
) -> None:
    await posted(world, kind)
    tokens = world.database.committed.tokens
    about = next(token for token in tokens.values() if token.purpose is kind.purposes[0])
    tokens[about.id] = replace(about, **fact)
    assert await world.deliver_mail().execute() == Delivery(found=True)
    assert (world.mailer.letters, world.unsent) == ([], [])


@pytest.mark.parametrize("kind", ABOUT_A_LINK)
async def test_one_about_a_link_that_has_expired_is_dead_so_that_somebody_sees_it(world: World, kind: MailKind) -> None:
    await posted(world, kind)
    world.clock.advance(kind.purposes[0].lifetime - MOMENT)
    world.mailer.refuse(MailDeferred("451"))
    await world.deliver_mail().execute()
    assert len(world.unsent) == 1
    world.clock.advance(MINUTE)
    assert await world.deliver() == []
    (dead,) = world.unsent
    assert (dead.dead_at, dead.error) == (world.clock.now(), "its link has expired")


async def test_a_mail_without_a_link_leaves_however_long_it_took(world: World) -> None:
    await posted(world, MailKind.ACCOUNT_BLOCKED)
    world.clock.advance(timedelta(days=400))
    (letter,) = await world.deliver()
    assert (letter.kind, letter.tokens) == (MailKind.ACCOUNT_BLOCKED, {})


@pytest.mark.parametrize(
    ("suspension", "until"),
    [
        pytest.param(a_suspension(), NOW + timedelta(days=1), id="the one it tells of"),
        pytest.param(a_suspension(until=None), None, id="without an end"),
        pytest.param(a_suspension(at=NOW + MOMENT), None, id="another one since"),
        pytest.param(None, None, id="lifted since"),
    ],
)
async def test_a_letter_says_until_when_the_suspension_lasts_that_it_tells_of(
    world: World, suspension: Suspension | None, until: datetime | None
) -> None:
    user = await posted(world, MailKind.ACCOUNT_SUSPENDED)
    await world.change(replace(user, suspension=suspension))
    (letter,) = await world.deliver()
    assert letter.suspended_until == until


async def test_a_letter_tells_the_role_as_it_is_by_then(world: World) -> None:
    user = await posted(world, MailKind.ROLE_CHANGED)
    await world.change(user.with_role(Role.ADMIN, at=NOW))
    (letter,) = await world.deliver()
    assert letter.role is Role.ADMIN


async def test_a_mail_about_another_link_leaves_even_if_one_of_its_links_opens_nothing(world: World) -> None:
    await posted(world, MailKind.VERIFY_EMAIL)
    (not_me,) = world.issued(TokenPurpose.NOT_ME)
    world.database.committed.tokens[not_me.id] = replace(not_me, used_at=NOW)
    assert len(await world.deliver()) == 1


async def test_a_request_that_was_overtaken_by_a_newer_one_is_dropped_when_it_is_retried(world: World) -> None:
    await world.with_user(email=EMAIL)
    world.mailer.refuse(MailDeferred("451"))
    await asked(world)
    await world.deliver()
    token = await world.forgets(EMAIL)
    world.clock.advance(MINUTE)
    assert await world.deliver() == []
    await world.reset_password().execute(ResetPasswordCommand(token=token, new_password="Another-1234", client=CLIENT))


# --- Not taken ------------------------------------------------------------------------------------------------------


class Jitter(InMemorySecretSource):
    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share

    def jitter(self) -> float:
        return self._share


@pytest.mark.parametrize("share", [0, 0.5, 0.999])
async def test_a_mail_that_was_not_taken_is_due_again_within_five_seconds(world: World, share: float) -> None:
    await posted(world)
    before = the_one_waiting(world)
    world.mailer.refuse(MailDeferred("451"))
    world.clock.advance(MINUTE)
    delivery = await world.deliver_mail(secrets=Jitter(share)).execute()
    assert delivery == Delivery(found=True, mail_id=before.mail.id, kind=before.mail.kind, error="451")
    due = NOW + MINUTE + pause(1, jitter=share)
    assert the_one_waiting(world) == replace(before, attempts=1, next_attempt_at=due, error="451")
    assert due - world.clock.now() < timedelta(seconds=5)


async def test_it_is_not_tried_before_and_is_tried_then(world: World) -> None:
    await posted(world)
    world.mailer.refuse(MailDeferred("451"))
    await world.deliver()
    world.clock.advance(pause(1, jitter=0) - MOMENT)
    assert await world.deliver() == []
    world.clock.advance(MOMENT)
    assert len(await world.deliver()) == 1


async def test_the_pause_is_counted_from_when_the_mailer_gave_up(world: World) -> None:
    await posted(world)

    class Slow(InMemoryMailer):
        async def send(self, letter: Letter) -> None:
            world.clock.advance(MINUTE)
            raise MailDeferred("timeout")

    await world.deliver_mail(mailer=Slow()).execute()
    assert the_one_waiting(world).next_attempt_at == NOW + MINUTE + pause(1, jitter=0)


async def test_pauses_get_longer_and_after_the_last_attempt_the_mail_is_dead(world: World) -> None:
    await posted(world)
    world.mailer.refuse(*[MailDeferred(f"451 {attempt}") for attempt in range(1, 2 * MAX_ATTEMPTS)])
    waited = []
    for attempt in range(1, MAX_ATTEMPTS):
        delivery = await world.deliver_mail().execute()
        assert (delivery.error, delivery.is_dead) == (f"451 {attempt}", False)
        waited.append(the_one_waiting(world).next_attempt_at - world.clock.now())
        world.clock.advance(waited[-1])
    assert waited == [pause(attempt, jitter=0) for attempt in range(1, MAX_ATTEMPTS)]
    last = await world.deliver_mail().execute()
    assert (last.error, last.is_dead) == (f"451 {MAX_ATTEMPTS}", True)
    dead = the_one_waiting(world)
    assert (dead.attempts, dead.dead_at, dead.error) == (MAX_ATTEMPTS, world.clock.now(), f"451 {MAX_ATTEMPTS}")


async def test_a_mail_that_was_rejected_is_dead_at_once_and_kept(world: World) -> None:
    await posted(world)
    before = the_one_waiting(world)
    world.mailer.refuse(MailRejected("550"))
    delivery = await world.deliver_mail().execute()
    assert delivery == Delivery(found=True, mail_id=before.mail.id, kind=before.mail.kind, error="550", is_dead=True)
    dead = the_one_waiting(world)
    assert (dead.mail, dead.attempts, dead.dead_at, dead.error) == (before.mail, 1, NOW, "550")


async def test_the_dead_are_not_tried_again_by_themselves(world: World) -> None:
    await posted(world)
    world.mailer.refuse(MailRejected("550"))
    await world.deliver()
    world.clock.advance(timedelta(days=6))
    assert await world.deliver_mail().execute() == Delivery(found=False, next_due=None)


async def test_a_mail_that_is_not_taken_keeps_no_other_waiting(world: World) -> None:
    for kind in (MailKind.PASSWORD_CHANGED, MailKind.NEW_LOGIN, MailKind.EMAIL_CHANGED):
        user = await world.with_user()
        async with world.unit_of_work() as work:
            await work.users.lock(user.id)
            await world.postbox.post(work, kind, user, at=NOW, client=CLIENT)
            await work.commit()
    world.mailer.refuse(MailDeferred("451"), MailRejected("550"))
    assert [letter.kind for letter in await world.deliver()] == [MailKind.EMAIL_CHANGED]


# --- Somebody else was quicker --------------------------------------------------------------------------------------


async def test_a_request_that_another_worker_has_looked_up_meanwhile_is_left_to_it(world: World) -> None:
    await world.with_user(email=EMAIL)
    await asked(world)
    queue = world.mail_queue
    slow = await queue.claim(at=NOW, until=NOW + MINUTE)
    assert slow is not None

    class StillHoldsIt(InMemoryMailQueue):
        async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
            return slow

    world.clock.advance(MINUTE)
    (letter,) = await world.deliver()
    before = world.snapshot()
    assert await world.deliver_mail(queue=StillHoldsIt(world.database)).execute() == Delivery(found=True)
    assert world.snapshot() == before
    assert world.mailer.letters == [letter]


# --- Unexpected -----------------------------------------------------------------------------------------------------


class BrokenMailer(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        raise ZeroDivisionError(f"{letter.recipient}")


class BrokenDeviceParser(DeviceParser):
    async def parse(self, user_agent: str | None) -> Device:
        raise ZeroDivisionError(user_agent)


@pytest.mark.parametrize("part", ["mailer", "devices"])
async def test_after_an_unexpected_error_the_mail_is_tried_again_like_any_and_the_error_comes_out(
    world: World, part: str
) -> None:
    await posted(world)
    before = the_one_waiting(world)
    broken = {"mailer": BrokenMailer(), "devices": BrokenDeviceParser()}[part]
    with pytest.raises(ZeroDivisionError):
        await world.deliver_mail(**{part: broken}).execute()
    due = NOW + pause(1, jitter=0)
    assert the_one_waiting(world) == replace(before, attempts=1, next_attempt_at=due, error="ZeroDivisionError")


@pytest.mark.parametrize("part", ["mailer", "devices"])
async def test_a_mail_that_never_comes_through_is_dead_after_as_many_attempts(world: World, part: str) -> None:
    await posted(world)
    broken = {"mailer": BrokenMailer(), "devices": BrokenDeviceParser()}[part]
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            await world.deliver_mail(**{part: broken}).execute()
        world.clock.advance(timedelta(hours=1))
    dead = the_one_waiting(world)
    assert (dead.attempts, dead.dead_at) == (MAX_ATTEMPTS, world.clock.now() - timedelta(hours=1))
    assert dead.error == "ZeroDivisionError"


# --- Many at once ---------------------------------------------------------------------------------------------------


async def test_of_many_workers_each_takes_another_mail(world: World) -> None:
    users = [await world.with_user() for _ in range(20)]
    for user in users:
        await world.forgot_password().execute(email=str(user.email), client=CLIENT)
    await asyncio.gather(*(world.deliver_mail().execute() for _ in range(30)))
    assert sorted(letter.recipient.value for letter in world.mailer.letters) == sorted(
        user.email.value for user in users
    )
    assert world.unsent == []


class InterruptedMailer(InMemoryMailer):
    """Lets something happen before it takes the first letter or refuses it."""

    def __init__(self, world: World, delivery_of_another: InMemoryMailer) -> None:
        super().__init__()
        self._world, self._another = world, delivery_of_another

    async def send(self, letter: Letter) -> None:
        self._world.clock.advance(LEASE)
        await self._world.deliver_mail(mailer=self._another).execute()
        await super().send(letter)


@pytest.mark.parametrize("refusal", [MailDeferred("late"), MailRejected("late")], ids=["deferred", "rejected"])
async def test_what_a_worker_says_that_took_too_long_changes_nothing(
    world: World, refusal: MailDeferred | MailRejected
) -> None:
    await posted(world)
    quick = InMemoryMailer()
    quick.refuse(MailDeferred("451"))
    slow = InterruptedMailer(world, quick)
    slow.refuse(refusal)
    await world.deliver_mail(mailer=slow).execute()
    waiting = the_one_waiting(world)
    assert (waiting.attempts, waiting.dead_at, waiting.error) == (2, None, "451")
    assert waiting.next_attempt_at == world.clock.now() + pause(2, jitter=0)


async def test_except_that_what_has_left_has_left(world: World) -> None:
    await posted(world)
    quick = InMemoryMailer()
    quick.refuse(MailDeferred("451"))
    await world.deliver_mail(mailer=InterruptedMailer(world, quick)).execute()
    assert world.unsent == []


async def test_a_mail_that_left_twice_was_the_same_both_times(world: World) -> None:
    await posted(world)
    quick = InMemoryMailer()
    slow = InterruptedMailer(world, quick)
    await world.deliver_mail(mailer=slow).execute()
    assert len(slow.letters) == 1
    assert slow.letters == quick.letters
