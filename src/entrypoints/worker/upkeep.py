"""What keeps the service in order, done again and again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import structlog

from entrypoints.background import repeated
from user_domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from entrypoints.application import Application
    from user_domain.use_cases.audit.seal_audit_trail import SealAuditTrail
    from user_domain.use_cases.maintenance.create_audit_months import CreateAuditMonths

_log = structlog.get_logger(__name__)

_FOLD_EVERY = 5.0
"""Seconds; whoever reads the statistics adds up what has happened in the meantime."""

_SETTLE_EVERY = 30.0
"""Seconds; the number of active sessions may be a minute old."""

_CREATE_MONTHS_EVERY = 6 * 3600.0
"""Seconds; there is a year for it."""


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


async def seal(sealing: SealAuditTrail) -> None:
    """Seal all that can be, and tell of each seal: whoever keeps the log elsewhere keeps what proves that no seal was
    cut off.
    """
    is_done = False
    while not is_done:
        sealed = await sealing.execute()
        for one in sealed.seals:
            statement = one.statement
            _log.info(
                "audit sealed",
                seal=statement.number,
                month=f"{statement.month:%Y-%m}",
                entries=statement.entries,
                head=statement.head.hex(),
            )
        is_done = sealed.is_done


async def create_months(creation: CreateAuditMonths) -> None:
    """Make room for the months of the audit trail, and tell of those that should have some by now."""
    for month in await creation.execute():
        _log.warning("a month of the audit trail has no partition of its own", month=f"{month:%Y-%m}")


def upkeep(application: Application, *, seal_every: float) -> list[Chore]:
    """Everything there is to do. Any number of processes may; none waits for another."""
    return [
        Chore("adding up the statistics", application.fold_statistics.execute, every=_FOLD_EVERY),
        Chore("noticing sessions that are over", application.settle_sessions.execute, every=_SETTLE_EVERY),
        Chore("sealing the audit trail", partial(seal, application.seal_audit_trail), every=seal_every),
        Chore(
            "creating months of the audit trail",
            partial(create_months, application.create_audit_months),
            every=_CREATE_MONTHS_EVERY,
        ),
    ]
