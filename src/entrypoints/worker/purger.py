"""Throwing away what is past its time, beside other work."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from entrypoints.background import repeated
from user_domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from user_domain.use_cases.maintenance.purge_old_records import PurgeOldRecords

_log = structlog.get_logger(__name__)

_AFTER_THE_START = 60.0
"""Seconds: who starts has more urgent things to do. As all below."""

_INTERVAL = 3600.0
_BETWEEN_BATCHES = 1.0
"""Up to two thousand sessions a second, with which the database is busy for less than a tenth of the time."""

_AFTER_TROUBLE = 60.0


class Purger:
    """Purges every hour, in batches with pauses between them. What fails is logged, and tried again."""

    def __init__(self, *, purge: PurgeOldRecords) -> None:
        self._purge = purge
        self._is_starting = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Purges now and then while the block runs. At its end a batch under way is cut off, and done another time."""
        async with repeated(self._purge_and_say_when_next):
            yield

    async def _purge_and_say_when_next(self) -> float:
        if self._is_starting:
            self._is_starting = False
            return _AFTER_THE_START
        try:
            purged = await self._purge.execute()
        except Unavailable as error:
            _log.warning("what is past its time was not thrown away", code=error.code)
            return _AFTER_TROUBLE
        except Exception:  # noqa: BLE001 - the next time may be better
            _log.exception("unexpected error while throwing away what is past its time")
            return _AFTER_TROUBLE
        if purged.total:
            _log.info(
                "thrown away",
                sessions=purged.sessions,
                tokens=purged.tokens,
                mails=purged.mails,
                pauses=purged.pauses,
            )
        return _INTERVAL if purged.is_done else _BETWEEN_BATCHES
