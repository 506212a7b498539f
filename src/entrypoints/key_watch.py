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
    from entrypoints.worker.bell import Bell
    from user_domain.use_cases.maintenance.tend_signing_keys import TendSigningKeys

_log = structlog.get_logger(__name__)

_INTERVAL = 10.0
"""Seconds between two looks that nobody rings for: how soon a process learns that a key was stolen and taken away."""

_INTERVAL_WITHOUT_KEYS = 1.0
"""The same as long as the first look has not succeeded: until then nobody gets in under RS256, ES256 and EdDSA."""

_BREATH = 1.0
"""Seconds between two looks at least: whoever sends tokens with made-up keys has the database asked no more often."""

_PATIENCE = 2.0
"""Seconds the start waits for the first look. A service whose database is away starts nevertheless, and recovers."""


class KeyWatch:
    """Has what is due done, and looks which keys there are, again and again. What fails is logged, and tried again.

    `bell` is rung when a token names a key that is not known: another process may have made it just now. Who rings
    does not wait; the next token is judged by what was found.
    """

    def __init__(self, *, tend: TendSigningKeys, key_set: KeySet, bell: Bell) -> None:
        self._tend = tend
        self._key_set = key_set
        self._bell = bell
        self._rings = bell.rings
        self._pause = 0.0
        self._is_starting = True
        self._first_look = asyncio.Event()
        self._troubles: dict[str, str] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watches while the block runs; before that, as long as it may take, for the first time."""
        async with repeated(self._look_when_due):
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

    async def _look_when_due(self) -> float:
        """Wait for the bell or the end of the pause, then look; for how long nobody shall ask for another one."""
        await self._bell.wait(since=self._rings, seconds=self._pause)
        self._rings = self._bell.rings  # before the look, which need not see what somebody rings for during it
        await self.look()
        self._first_look.set()
        is_up = self._key_set.is_loaded and not self._is_starting
        interval = _INTERVAL if is_up else _INTERVAL_WITHOUT_KEYS
        breath = min(_BREATH, interval)
        self._pause = interval - breath
        return breath
