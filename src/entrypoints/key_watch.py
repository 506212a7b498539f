"""Keeping the key set in order, and what this process knows of it up to date."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from entrypoints.background import repeated
from user_domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from adapters.jwt.key_set import KeySet
    from user_domain.use_cases.maintenance.tend_signing_keys import TendSigningKeys

_log = structlog.get_logger(__name__)

_INTERVAL = 10.0
"""Seconds between two looks: how soon a process learns of a key, and of one that was stolen and taken away."""

_INTERVAL_WITHOUT_KEYS = 1.0
"""The same as long as the first look has not succeeded: until then nobody gets in under RS256, ES256 and EdDSA."""

_PATIENCE = 2.0
"""Seconds the start waits for the first look. A service whose database is away starts nevertheless, and recovers."""


class KeyWatch:
    """Has what is due done, and looks which keys there are, again and again. What fails is logged, and tried again."""

    def __init__(self, *, tend: TendSigningKeys, key_set: KeySet) -> None:
        self._tend = tend
        self._key_set = key_set
        self._is_starting = True
        self._first_look = asyncio.Event()
        self._troubles: dict[str, str] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watches while the block runs; before that, as long as it may take, for the first time."""
        async with repeated(self._look_and_say_when_next):
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._first_look.wait()
            except TimeoutError:
                _log.warning("starting without signing keys: the database does not answer yet")
            yield

    async def look(self) -> None:
        """Tend the keys, then look at them. Neither needs the other: who cannot write can read, and who cannot tend
        now can the next time.
        """
        if await self._went_well("tending the signing keys", self._tend.execute(starting=self._is_starting)):
            self._is_starting = False
        await self._went_well("looking up the signing keys", self._key_set.reload())

    async def _went_well(self, what: str, work: Awaitable[None]) -> bool:
        """Whether it did. Trouble is told of when it begins, not each time it goes on; keys that are known stay so."""
        try:
            await work
        except Unavailable as error:
            trouble = error.code
            if self._troubles.get(what) != trouble:
                _log.warning("trouble with the signing keys", what=what, code=trouble)
        except Exception as error:  # noqa: BLE001 - told of as such; the service goes on with the keys it has
            trouble = type(error).__name__
            if self._troubles.get(what) != trouble:
                _log.exception("unexpected trouble with the signing keys", what=what)
        else:
            self._troubles.pop(what, None)
            return True
        self._troubles[what] = trouble
        return False

    async def _look_and_say_when_next(self) -> float:
        await self.look()
        self._first_look.set()
        is_up = self._key_set.is_loaded and not self._is_starting
        return _INTERVAL if is_up else _INTERVAL_WITHOUT_KEYS
