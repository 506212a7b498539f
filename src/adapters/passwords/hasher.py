"""The password hasher: an algorithm in a bounded pool of threads."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from user_domain.errors import Overloaded
from user_domain.ports.password_hasher import PasswordHash, PasswordHasher, Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.passwords.algorithms import HashAlgorithm
    from user_domain.value_objects.password import Password

T = TypeVar("T")

_SMOOTHING = 0.2


class ThreadedPasswordHasher(PasswordHasher):
    """Hashes with `current`, verifies with whichever algorithm recognises a hash.

    At most `concurrency` hashes are computed at once, each holding the algorithm's memory; both libraries release the
    GIL, so the event loop goes on. A request that would wait longer than `queue_seconds`, by the time recent hashes
    took, is refused at once: late hashes help nobody, and a queue without end is an outage.
    """

    def __init__(
        self,
        *,
        current: HashAlgorithm,
        others: Sequence[HashAlgorithm] = (),
        concurrency: int,
        queue_seconds: float,
    ) -> None:
        self._current = current
        self._algorithms = (current, *others)
        self._concurrency = concurrency
        self._queue_seconds = queue_seconds
        self._threads = ThreadPoolExecutor(concurrency, "password-hashing")
        self._admitted = 0
        started = time.perf_counter()
        self._dummy = current.hash("nobody has this password")
        self._seconds_per_hash = time.perf_counter() - started

    async def hash(self, password: Password) -> PasswordHash:
        return PasswordHash(await self._run(lambda: self._current.hash(password.value)))

    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        return await self._run(lambda: self._verify(password.value, password_hash))

    def close(self) -> None:
        """Let go of the threads; a hash being computed is finished first."""
        self._threads.shutdown()

    def _verify(self, password: str, password_hash: str | None) -> Verification:
        for algorithm in self._algorithms:
            if password_hash is not None and algorithm.recognises(password_hash):
                matches = algorithm.matches(password, password_hash)
                return Verification(matches, outdated=matches and not self._current.is_current(password_hash))
        self._current.matches(password, self._dummy)  # the work that a hash made today would have taken
        return Verification(matches=False)

    async def _run(self, work: Callable[[], T]) -> T:
        rounds_ahead = self._admitted // self._concurrency
        if rounds_ahead * self._seconds_per_hash > self._queue_seconds:
            raise Overloaded
        self._admitted += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, self._timed, work)
        # When the thread is done, not when the caller is: those who hang up must not make room for more.
        future.add_done_callback(self._release)
        return await asyncio.shield(future)

    def _release(self, future: asyncio.Future[T]) -> None:
        self._admitted -= 1
        if not future.cancelled():
            future.exception()  # seen: a caller who hung up leaves nobody to look at it

    def _timed(self, work: Callable[[], T]) -> T:
        started = time.perf_counter()
        try:
            return work()
        finally:
            took = time.perf_counter() - started
            self._seconds_per_hash += _SMOOTHING * (took - self._seconds_per_hash)
