"""What keeps the service in order, done again and again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from entrypoints.background import repeated
from user_domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from entrypoints.application import Application

_log = structlog.get_logger(__name__)

_FOLD_EVERY = 5.0
"""Seconds; whoever reads the statistics adds up what has happened in the meantime."""

_SETTLE_EVERY = 30.0
"""Seconds; the number of active sessions may be a minute old."""


class Chore:
    """Something to do every so many seconds. What fails is done the next time; that is told of when it begins, not each
    time it goes on.
    """

    def __init__(self, what: str, work: Callable[[], Awaitable[None]], *, every: float) -> None:
        self._what = what
        self._work = work
        self._every = every
        self._trouble: str | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Does it while the block runs, at once for the first time."""
        async with repeated(self._do):
            yield

    async def _do(self) -> float:
        trouble = None
        try:
            await self._work()
        except Unavailable as error:
            trouble = error.code
            if trouble != self._trouble:
                _log.warning("trouble with the upkeep", what=self._what, code=trouble)
        except Exception as error:  # noqa: BLE001 - told of as such; the next time may be better
            trouble = type(error).__name__
            if trouble != self._trouble:
                _log.exception("unexpected trouble with the upkeep", what=self._what)
        self._trouble = trouble
        return self._every


def upkeep(application: Application) -> list[Chore]:
    """Everything there is to do. Any number of processes may; none waits for another."""
    return [
        Chore("adding up the statistics", application.fold_statistics.execute, every=_FOLD_EVERY),
        Chore("noticing sessions that are over", application.settle_sessions.execute, every=_SETTLE_EVERY),
    ]
