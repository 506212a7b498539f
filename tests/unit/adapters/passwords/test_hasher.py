"""The hasher keeps its contract with either algorithm, does the same work for everybody, and bounds that work."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING

import argon2
import bcrypt
import pytest

from adapters.passwords.algorithms import Argon2id, Bcrypt
from adapters.passwords.hasher import ThreadedPasswordHasher
from user_domain.errors import Overloaded
from user_domain.ports.password_hasher import PasswordHash, PasswordHasher, Verification
from user_domain.testing.contracts.password_hasher import RIGHT, WRONG, PasswordHasherContract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adapters.passwords.algorithms import HashAlgorithm

ARGON2ID = Argon2id(memory_kib=8, passes=1)  # the least there is
BCRYPT = Bcrypt(cost=4)
PATIENCE = 10.0
"""Seconds after which something that must happen counts as not happening. Nothing here waits that long."""


@contextmanager
def running(
    current: HashAlgorithm, *others: HashAlgorithm, concurrency: int = 2, queue_seconds: float = 60
) -> Iterator[ThreadedPasswordHasher]:
    hasher = ThreadedPasswordHasher(
        current=current, others=others, concurrency=concurrency, queue_seconds=queue_seconds
    )
    try:
        yield hasher
    finally:
        hasher.close()


class TestArgon2idThreadedPasswordHasher(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> Iterator[PasswordHasher]:
        with running(ARGON2ID, BCRYPT) as hasher:
            yield hasher

    @pytest.fixture
    def outdated_hash(self) -> PasswordHash:
        return PasswordHash(Argon2id(memory_kib=16, passes=1).hash(RIGHT.value))


class TestBcryptThreadedPasswordHasher(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> Iterator[PasswordHasher]:
        with running(BCRYPT, ARGON2ID) as hasher:
            yield hasher

    @pytest.fixture
    def outdated_hash(self) -> PasswordHash:
        return PasswordHash(Bcrypt(cost=5).hash(RIGHT.value))


# --- Hashes that exist already ----------------------------------------------------------------------------------------


def plain_bcrypt(prefix: str) -> str:
    return prefix + bcrypt.hashpw(RIGHT.value.encode(), bcrypt.gensalt(4)).decode().removeprefix("$2b$")


def argon2_of(kind: argon2.Type, *, memory_kib: int) -> str:
    return argon2.PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1, type=kind).hash(RIGHT.value)


@pytest.mark.parametrize("algorithms", [(ARGON2ID, BCRYPT), (BCRYPT, ARGON2ID)], ids=["argon2id", "bcrypt"])
@pytest.mark.parametrize(
    "existing",
    [
        plain_bcrypt("$2a$"),
        plain_bcrypt("$2b$"),
        plain_bcrypt("$2y$"),
        argon2_of(argon2.Type.I, memory_kib=8),
        argon2_of(argon2.Type.ID, memory_kib=16),
        Bcrypt(cost=5).hash(RIGHT.value),
    ],
    ids=["2a", "2b", "2y", "argon2i", "argon2id of another cost", "bcrypt of another cost"],
)
async def test_a_hash_of_another_system_verifies_and_is_outdated(
    algorithms: tuple[HashAlgorithm, HashAlgorithm], existing: str
) -> None:
    with running(*algorithms) as hasher:
        assert await hasher.verify(RIGHT, PasswordHash(existing)) == Verification(matches=True, outdated=True)
        assert await hasher.verify(WRONG, PasswordHash(existing)) == Verification(matches=False)


async def test_a_hash_of_the_algorithm_before_is_outdated_after_a_switch() -> None:
    with running(ARGON2ID, BCRYPT) as before, running(BCRYPT, ARGON2ID) as after:
        password_hash = await before.hash(RIGHT)
        assert await after.verify(RIGHT, password_hash) == Verification(matches=True, outdated=True)


# --- The same work for everybody --------------------------------------------------------------------------------------


class CountingAlgorithm:
    """Counts what is computed."""

    def __init__(self, algorithm: HashAlgorithm) -> None:
        self._algorithm = algorithm
        self.computed: list[str] = []

    def hash(self, password: str) -> str:
        self.computed.append("hash")
        return self._algorithm.hash(password)

    def recognises(self, password_hash: str) -> bool:
        return self._algorithm.recognises(password_hash)

    def matches(self, password: str, password_hash: str) -> bool:
        assert self.is_current(password_hash), "a computation at another cost than today's takes another time"
        self.computed.append("matches")
        return self._algorithm.matches(password, password_hash)

    def is_current(self, password_hash: str) -> bool:
        return self._algorithm.is_current(password_hash)


@pytest.mark.parametrize("algorithm", [ARGON2ID, BCRYPT], ids=["argon2id", "bcrypt"])
@pytest.mark.parametrize("account", ["right password", "wrong password", "no account", "hash of no known format"])
async def test_an_unknown_account_costs_one_computation_at_todays_cost_like_a_known_one(
    algorithm: HashAlgorithm, account: str
) -> None:
    hashes = {
        "right password": PasswordHash(algorithm.hash(RIGHT.value)),
        "wrong password": PasswordHash(algorithm.hash(WRONG.value)),
        "no account": None,
        "hash of no known format": PasswordHash("$9$unknown"),
    }
    counting = CountingAlgorithm(algorithm)
    with running(counting) as hasher:
        counting.computed.clear()
        verification = await hasher.verify(RIGHT, hashes[account])
    assert counting.computed == ["matches"]
    assert verification.matches == (account == "right password")


async def test_to_hash_costs_one_computation() -> None:
    counting = CountingAlgorithm(ARGON2ID)
    with running(counting) as hasher:
        counting.computed.clear()
        await hasher.hash(RIGHT)
    assert counting.computed == ["hash"]


# --- The queue --------------------------------------------------------------------------------------------------------


class GatedAlgorithm:
    """Each computation begins, waits until it is let go on, and then took `seconds` by its own clock."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._permits = 0
        self._time = 0.0
        self.seconds = 1.0
        self.begun = self.in_progress = 0

    def perf_counter(self) -> float:
        return self._time

    def hash(self, password: str) -> str:
        self._compute()
        return f"gated:{password}"

    def recognises(self, password_hash: str) -> bool:
        return password_hash.startswith("gated:")

    def matches(self, password: str, password_hash: str) -> bool:
        self._compute()
        return password_hash == f"gated:{password}"

    def is_current(self, password_hash: str) -> bool:
        return self.recognises(password_hash)

    def let(self, computations: int) -> None:
        """So many more may go on."""
        with self._changed:
            self._permits += computations
            self._changed.notify_all()

    async def until_begun(self, computations: int) -> None:
        """Wait for the threads, without keeping the event loop."""
        await asyncio.to_thread(self._wait_for, lambda: self.begun >= computations)

    def _compute(self) -> None:
        with self._changed:
            self.begun += 1
            self.in_progress += 1
            self._changed.notify_all()
            self._wait_for(lambda: self._permits > 0)
            self._permits -= 1
            self._time += self.seconds
            self.in_progress -= 1
            self._changed.notify_all()

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE), "it did not happen"


@pytest.fixture
def gated(monkeypatch: pytest.MonkeyPatch) -> GatedAlgorithm:
    """An algorithm whose hashes take one second, by the hasher's clock and no other."""
    algorithm = GatedAlgorithm()
    monkeypatch.setattr("adapters.passwords.hasher.time", SimpleNamespace(perf_counter=algorithm.perf_counter))
    return algorithm


@contextmanager
def gated_hasher(
    algorithm: GatedAlgorithm, *, concurrency: int, queue_seconds: float
) -> Iterator[ThreadedPasswordHasher]:
    algorithm.let(1)  # the hash that stands for nobody's
    with running(algorithm, concurrency=concurrency, queue_seconds=queue_seconds) as hasher:
        algorithm.begun = 0
        try:
            yield hasher
        finally:
            algorithm.let(1000)  # a test that failed leaves no thread waiting


async def test_never_more_than_concurrency_hashes_are_computed_at_once(gated: GatedAlgorithm) -> None:
    with gated_hasher(gated, concurrency=2, queue_seconds=60) as hasher:
        callers = [asyncio.create_task(hasher.hash(RIGHT)) for _ in range(6)]
        for finished in range(5):
            await gated.until_begun(finished + 2)
            assert gated.begun == finished + 2
            assert gated.in_progress == 2
            gated.let(1)
        gated.let(1)
        assert await asyncio.gather(*callers) == ["gated:" + RIGHT.value] * 6


async def test_the_event_loop_is_free_while_a_hash_is_computed(gated: GatedAlgorithm) -> None:
    with gated_hasher(gated, concurrency=1, queue_seconds=60) as hasher:
        hashing = asyncio.create_task(hasher.hash(RIGHT))
        verifying = asyncio.create_task(hasher.verify(RIGHT, None))
        await asyncio.sleep(0)  # both have begun
        gated.let(2)  # nobody would come here if they held the loop
        await asyncio.gather(hashing, verifying)


async def test_who_would_wait_beyond_the_deadline_is_refused_at_once_and_nothing_is_computed(
    gated: GatedAlgorithm,
) -> None:
    with gated_hasher(gated, concurrency=2, queue_seconds=2) as hasher:
        # Two are computed, two wait for one second and two for two.
        callers = [asyncio.create_task(hasher.hash(RIGHT)) for _ in range(6)]
        await gated.until_begun(2)
        for refused in (hasher.hash(RIGHT), hasher.verify(RIGHT, None)):
            with pytest.raises(Overloaded):
                await refused
        gated.let(6)
        await asyncio.gather(*callers)
        assert gated.begun == 6


async def test_after_an_overload_everybody_is_admitted_again(gated: GatedAlgorithm) -> None:
    with gated_hasher(gated, concurrency=1, queue_seconds=0.5) as hasher:
        caller = asyncio.create_task(hasher.hash(RIGHT))
        await gated.until_begun(1)
        with pytest.raises(Overloaded):
            await hasher.hash(RIGHT)
        gated.let(2)
        await caller
        assert await hasher.hash(RIGHT)


async def test_the_deadline_is_reckoned_with_the_time_recent_hashes_took(gated: GatedAlgorithm) -> None:
    with gated_hasher(gated, concurrency=1, queue_seconds=2) as hasher:
        gated.seconds = 10
        gated.let(20)
        for _ in range(20):
            await hasher.hash(RIGHT)
        caller = asyncio.create_task(hasher.hash(RIGHT))
        await gated.until_begun(21)
        with pytest.raises(Overloaded):  # a second's wait when hashes took a second, ten now
            await hasher.hash(RIGHT)
        gated.let(1)
        await caller


async def test_somebody_is_admitted_even_if_hashes_take_longer_than_anybody_may_wait(gated: GatedAlgorithm) -> None:
    gated.seconds = 100
    with gated_hasher(gated, concurrency=1, queue_seconds=1) as hasher:
        gated.let(2)
        assert await hasher.hash(RIGHT)
        assert await hasher.hash(RIGHT)


async def test_who_hangs_up_makes_no_room_before_the_computation_is_done(gated: GatedAlgorithm) -> None:
    with gated_hasher(gated, concurrency=1, queue_seconds=0.5) as hasher:
        caller = asyncio.create_task(hasher.hash(RIGHT))
        await gated.until_begun(1)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        for _ in range(3):
            with pytest.raises(Overloaded):
                await hasher.hash(RIGHT)
        assert gated.begun == 1

        gated.let(2)
        async with asyncio.timeout(PATIENCE):
            await admitted(hasher)
        assert gated.begun == 2


async def admitted(hasher: PasswordHasher) -> PasswordHash:
    """The first hash that is not refused: the thread is done, and the event loop hears of it in its next rounds."""
    while True:
        try:
            return await hasher.hash(RIGHT)
        except Overloaded:
            await asyncio.sleep(0)


class FailingAlgorithm(CountingAlgorithm):
    """Fails to compute anything but the hash that stands for nobody's."""

    def hash(self, password: str) -> str:
        if self.computed:
            raise MemoryError
        return super().hash(password)


async def test_a_computation_that_fails_fails_its_caller_and_nobody_else() -> None:
    with running(FailingAlgorithm(ARGON2ID), concurrency=1, queue_seconds=1e-9) as hasher:
        for _ in range(3):
            with pytest.raises(MemoryError):
                await hasher.hash(RIGHT)
        assert await hasher.verify(RIGHT, None) == Verification(matches=False)


async def test_closing_finishes_the_computation_in_progress(gated: GatedAlgorithm) -> None:
    with gated_hasher(gated, concurrency=1, queue_seconds=60) as hasher:
        caller = asyncio.create_task(hasher.hash(RIGHT))
        await gated.until_begun(1)
        closing = asyncio.create_task(asyncio.to_thread(hasher.close))
        closed, _ = await asyncio.wait({closing}, timeout=0.02)
        assert not closed
        gated.let(1)
        await closing
        assert await caller == "gated:" + RIGHT.value
