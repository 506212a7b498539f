"""One query for many who ask at the same time."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

K = TypeVar("K")
V = TypeVar("V")

_IN_FLIGHT = 2
"""Queries at once. With one, everybody would wait for the slowest; with more, fewer would share."""


class SharedLookups(Generic[K, V]):
    """Looks up by key. While queries are in flight, those who come gather and share the next one: it begins after they
    came, so each reads what was committed before. Nothing is kept once it is answered.

    For reading outside of transactions, and on one event loop.
    """

    def __init__(self, look_up: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._look_up = look_up
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._queries: set[asyncio.Task[None]] = set()
        self._is_called = False

    async def get(self, key: K) -> V | None:
        """What belongs to a key; None where nothing does. Whatever the query raises, everybody who shared it gets."""
        future = self._waiting.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._waiting[key] = loop.create_future()
            future.add_done_callback(_retrieve)
            if not self._is_called and len(self._queries) < _IN_FLIGHT:
                self._is_called = True
                loop.call_soon(self._begin)  # not at once: whoever asks in the same turn of the loop joins
        # A caller that gives up leaves the others alone. Not `shield`: newer Pythons report what it then does not see.
        await asyncio.wait((future,))
        return future.result()

    def _begin(self) -> None:
        self._is_called = False
        if not self._waiting or len(self._queries) >= _IN_FLIGHT:
            return
        asked, self._waiting = self._waiting, {}
        query = asyncio.create_task(self._answer(asked))
        self._queries.add(query)
        query.add_done_callback(partial(self._end, asked))

    def _end(self, asked: dict[K, asyncio.Future[V | None]], query: asyncio.Task[None]) -> None:
        for future in asked.values():
            future.cancel()  # where the query itself was cancelled, begun or not: nobody waits for ever
        self._queries.discard(query)
        self._begin()

    async def _answer(self, asked: dict[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await self._look_up(list(asked))
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
            for future in asked.values():
                future.set_exception(error)
        else:
            for key, future in asked.items():
                future.set_result(found.get(key))


def _retrieve(future: asyncio.Future[V | None]) -> None:
    """Look at an error that nobody may be left to look at, or asyncio complains."""
    if not future.cancelled():
        future.exception()
