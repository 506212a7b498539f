"""Nobody learns from the time of an answer who has an account.

Counting shows that the same is done for every address (test_enumeration.py); here a clock shows that it takes as long.
Answers for known and unknown addresses are timed in random order, so that whatever else the machine does falls on both
alike, and are only compared with each other. They count as told apart if the difference is no accident (Mann-Whitney)
and large enough to be seen from afar.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

import pytest

from adapters.passwords.algorithms import Argon2id
from adapters.passwords.hasher import ThreadedPasswordHasher
from tests.support.http import FreeHasher, compose_http, running
from user_domain.ports.password_hasher import Verification
from user_domain.value_objects.email_address import EmailAddress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tests.support.http import Service
    from user_domain.ports.password_hasher import PasswordHash, PasswordHasher
    from user_domain.ports.user_queries import UserQueries
    from user_domain.use_cases.passwords.forgot_password import ForgotPassword
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.password import Password

pytestmark = pytest.mark.heavy

_LEAST_Z = 4.0
"""How many standard deviations are no accident: where nothing is to be found, one run in 15 000 has more."""

_LEAST_DIFFERENCE = 0.1
"""What part of the time would be seen over a network."""

_WARM_UP = 10


@dataclass(frozen=True)
class Times:
    """How long answers took (seconds), for addresses somebody has and for others."""

    known: list[float]
    unknown: list[float]

    @property
    def difference(self) -> float:
        """By what part the typical answer takes longer for known addresses; negative if shorter."""
        return statistics.median(self.known) / statistics.median(self.unknown) - 1

    @property
    def advantage(self) -> float:
        """How likely the answer for a known address takes longer than the one for an unknown address."""
        longer = sum((a > b) + (a == b) / 2 for a in self.known for b in self.unknown)
        return longer / (len(self.known) * len(self.unknown))

    @property
    def z(self) -> float:
        """How far that is from even chances, in standard deviations of the Mann-Whitney statistic."""
        m, n = len(self.known), len(self.unknown)
        return (self.advantage - 0.5) * m * n / math.sqrt(m * n * (m + n + 1) / 12)

    @property
    def tell(self) -> bool:
        """Whether known and unknown are told apart."""
        return abs(self.z) > _LEAST_Z and abs(self.difference) > _LEAST_DIFFERENCE

    def __str__(self) -> str:
        return f"{self.difference:+.1%}, a known one takes longer in {self.advantage:.0%} of pairs, z = {self.z:+.1f}"


class People:
    """Who has an account; and others, each met once, whose addresses look the same."""

    def __init__(self) -> None:
        self._random = random.Random(20261122)  # noqa: S311 - in which order to ask is no secret
        self._numbers = count(1)
        self.known: list[str] = []

    def address(self) -> str:
        """One that nobody has been given."""
        return f"person{next(self._numbers):06d}@example.com"

    async def register(self, service: Service, how_many: int) -> None:
        """Have accounts opened."""
        for _ in range(how_many):
            email = self.address()
            await service.register(email=email)
            self.known.append(email)

    async def time(self, service: Service, ask: Callable[[Service, str], Awaitable[None]], *, how_many: int) -> Times:
        """How long answers take for so many of each kind, in random order."""
        order = [True, False] * how_many
        self._random.shuffle(order)
        known = self._random.sample(self.known, min(how_many, len(self.known)))
        times = Times([], [])
        for number, is_known in enumerate([*([False] * _WARM_UP), *order]):
            email = known[len(times.known) % len(known)] if is_known else self.address()
            started = time.perf_counter()
            await ask(service, email)
            took = time.perf_counter() - started
            if number >= _WARM_UP:
                (times.known if is_known else times.unknown).append(took)
        return times


async def log_in(service: Service, email: str) -> None:
    answer = await service.client.post("/auth/login", json={"email": email, "password": "Wrong-Pass-1"})
    assert answer.status_code == 401


async def forget(service: Service, email: str) -> None:
    answer = await service.client.post("/auth/forgot-password", json={"email": email})
    assert answer.status_code == 200


async def ask_again(service: Service, email: str) -> None:
    answer = await service.client.post("/auth/resend-verification", json={"email": email})
    assert answer.status_code == 200


class ForgetfulHasher(ThreadedPasswordHasher):
    """One that does no work where there is no hash."""

    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        if password_hash is None:
            return Verification(matches=False)
        return await super().verify(password, password_hash)


class NaiveForgotPassword:
    """One that looks first whether there is anything to do."""

    def __init__(self, users: UserQueries, forgot_password: ForgotPassword) -> None:
        self._users = users
        self._forgot_password = forgot_password

    async def execute(self, *, email: str, client: ClientInfo) -> None:
        if await self._users.account_by_email(EmailAddress.parse(email)) is not None:
            await self._forgot_password.execute(email=email, client=client)


@asynccontextmanager
async def composed(conninfo: str, folder: Path, hasher: PasswordHasher) -> AsyncIterator[Service]:
    """A service that also sends the mails, into a folder."""
    container = compose_http(conninfo, hasher=hasher, run_worker=True, data_dir=folder)
    container.mailer.reset_override()
    async with running(container) as service:
        yield service


def todays(kind: type[ThreadedPasswordHasher] = ThreadedPasswordHasher) -> ThreadedPasswordHasher:
    """With the cost that hashes have in production."""
    return kind(current=Argon2id(), concurrency=1, queue_seconds=60)


async def test_a_login_takes_as_long_whether_or_not_there_is_an_account(conninfo: str, tmp_path: Path) -> None:
    people = People()
    async with composed(conninfo, tmp_path, todays()) as service:
        await people.register(service, 8)
        times = await people.time(service, log_in, how_many=80)
    assert not times.tell, times


async def test_without_the_dummy_hash_a_login_tells(conninfo: str, tmp_path: Path) -> None:
    """Or the test above would prove nothing."""
    people = People()
    async with composed(conninfo, tmp_path, todays(ForgetfulHasher)) as service:
        await people.register(service, 8)
        times = await people.time(service, log_in, how_many=40)
    assert times.tell, times
    assert times.advantage > 0.95, times


async def test_a_forgotten_password_takes_as_long(conninfo: str, tmp_path: Path) -> None:
    people = People()
    async with composed(conninfo, tmp_path, FreeHasher()) as service:
        await people.register(service, 8)
        times = await people.time(service, forget, how_many=300)
    assert not times.tell, times


async def test_looking_first_whether_there_is_an_account_tells(conninfo: str, tmp_path: Path) -> None:
    people = People()
    async with composed(conninfo, tmp_path, FreeHasher()) as service:
        await people.register(service, 8)
        application = service.app.state.application
        naive = NaiveForgotPassword(service.container.users(), application.forgot_password)
        service.app.state.application = replace(application, forgot_password=naive)
        times = await people.time(service, forget, how_many=300)
    assert times.tell, times


async def test_another_verification_mail_takes_as_long(conninfo: str, tmp_path: Path) -> None:
    people = People()
    async with composed(conninfo, tmp_path, FreeHasher()) as service:
        await people.register(service, 150)  # each may ask once
        times = await people.time(service, ask_again, how_many=150)
    assert not times.tell, times
