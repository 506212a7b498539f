"""A worker dies at every step of a delivery: the mail is sent nevertheless, once more at the most, and is the same."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.policies.mail_delivery import LEASE, MAX_ATTEMPTS
from user_domain.testing.builders import CLIENT, NOW, PASSWORD
from user_domain.testing.in_memory import InMemoryUnitOfWork
from user_domain.use_cases.mail.deliver_mail import Delivery
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

EMAIL = address("john")
MOST_STEPS = 100


class Killed(BaseException):
    """The process is gone: nobody catches this and nobody tidies up."""


class Fate:
    """Lets a process die at a step: right before or right after one of the calls it makes."""

    def __init__(self, step: int) -> None:
        self._left = step

    def step(self) -> None:
        if self._left == 0:
            raise Killed
        self._left -= 1

    def over(self, part: T) -> T:
        """The part, with a step before and after every call."""
        return cast("T", _Mortal(part, self))


class _Mortal:
    def __init__(self, part: object, fate: Fate) -> None:
        self._part, self._fate = part, fate

    def __getattr__(self, name: str) -> Callable[..., Any]:
        called = getattr(self._part, name)
        if inspect.iscoroutinefunction(called):

            async def wait(*args: Any, **kwargs: Any) -> object:
                self._fate.step()
                answer = await called(*args, **kwargs)
                self._fate.step()
                return answer

            return wait

        def call(*args: Any, **kwargs: Any) -> object:
            self._fate.step()
            answer = called(*args, **kwargs)
            self._fate.step()
            return answer

        return call


class DoomedWorld(World):
    """Its units of work have steps too."""

    fate = Fate(-1)

    def unit_of_work(self) -> InMemoryUnitOfWork:
        world = self

        class UnitOfWork(InMemoryUnitOfWork):
            async def commit(self) -> None:
                world.fate.step()
                await super().commit()
                world.fate.step()

        return UnitOfWork(self.database)

    async def attempt(self, step: int) -> bool:
        """One delivery by a worker that dies at a step; whether it got that far."""
        self.fate = fate = Fate(step)
        living = self.users
        self.users = fate.over(living)
        parts: dict[str, Any] = {
            "queue": fate.over(self.mail_queue),
            "mailer": fate.over(self.mailer),
            "codec": fate.over(self.token_codec),
            "devices": fate.over(self.devices),
        }
        try:
            await self.deliver_mail(**parts).execute()
        except Killed:
            return True
        finally:
            self.fate, self.users = Fate(-1), living
        return False


async def a_registration(world: World) -> None:
    command = RegisterCommand(name="John Doe", email=str(EMAIL), mobile="1234567890", password=PASSWORD, client=CLIENT)
    await world.register().execute(command)


async def a_request(world: World) -> None:
    await world.with_user(email=EMAIL, email_verified_at=NOW)
    await world.forgot_password().execute(email=str(EMAIL), client=CLIENT)


async def verify(world: World, token: str) -> None:
    await world.verify_email().execute(token=token, client=CLIENT)


async def reset(world: World, token: str) -> None:
    await world.reset_password().execute(ResetPasswordCommand(token=token, new_password="Another-1234", client=CLIENT))


@pytest.mark.parametrize(
    ("decide", "kind", "use"),
    [(a_registration, MailKind.VERIFY_EMAIL, verify), (a_request, MailKind.RESET_PASSWORD, reset)],
    ids=["decided for a user", "requested by anybody"],
)
async def test_whenever_a_worker_dies_another_one_sends_the_same_mail(
    decide: Callable[[World], Awaitable[None]], kind: MailKind, use: Callable[[World, str], Awaitable[None]]
) -> None:
    outcomes = set()
    for step in range(MOST_STEPS):
        world = DoomedWorld()
        await decide(world)
        (unsent,) = world.unsent
        died = await world.attempt(step)
        left_before = len(world.mailer.letters)
        world.clock.advance(LEASE)
        await world.deliver()
        assert world.unsent == []
        letters = world.mailer.letters
        assert [(letter.id, letter.kind) for letter in letters] == [(unsent.mail.id, kind)] * len(letters)
        assert letters == [letters[0]] * len(letters)
        await use(world, letters[-1].tokens[kind.purposes[0]])
        outcomes.add((died, left_before, len(letters)))
        if not died:
            break
    # Lost never; twice only where it had left, and nobody had heard of it.
    assert outcomes == {(True, 0, 1), (True, 1, 2), (True, 1, 1), (False, 1, 1)}


async def test_nobody_else_takes_the_mail_while_the_one_who_has_it_may_still_live() -> None:
    world = DoomedWorld()
    await a_registration(world)
    assert await world.attempt(step=1)  # right after the claim
    assert await world.deliver_mail().execute() == Delivery(found=False, next_due=NOW + LEASE)
    world.clock.advance(LEASE)
    assert (await world.deliver_mail().execute()).found


async def test_who_dies_before_the_claim_has_claimed_nothing() -> None:
    world = DoomedWorld()
    await a_registration(world)
    before = world.snapshot()
    assert await world.attempt(step=0)
    assert world.snapshot() == before


async def test_a_mail_that_kills_every_worker_is_dead_after_as_many_attempts() -> None:
    world = DoomedWorld()
    await a_registration(world)
    for _ in range(MAX_ATTEMPTS):
        assert await world.attempt(step=1)
        world.clock.advance(LEASE)
    await world.deliver_mail().execute()
    assert world.mailer.letters == []
    (dead,) = world.unsent
    assert dead.dead_at == world.clock.now()


async def test_work_that_was_rolled_back_is_not_mailed() -> None:
    world = DoomedWorld()
    world.fate = Fate(0)  # right before the commit
    with pytest.raises(Killed):
        await a_registration(world)
    world.fate = Fate(-1)
    assert await world.deliver() == []
    assert world.issued(TokenPurpose.VERIFY_EMAIL) == []
