"""Work that is done again and again while the service runs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


@asynccontextmanager
async def repeated(work: Callable[[], Awaitable[float]]) -> AsyncIterator[None]:
    """Does the work while the block runs, at once and then each time after as many seconds as it answers. At the end
    of the block it is cut off.
    """
    is_over = asyncio.Event()
    task = asyncio.create_task(_repeat(work, is_over))
    try:
        yield
    finally:
        # Not by cancelling alone: Python 3.11 can lose that where an answer comes at the same instant.
        is_over.set()
        task.cancel()
        await asyncio.wait({task})


async def _repeat(work: Callable[[], Awaitable[float]], is_over: asyncio.Event) -> None:
    while not is_over.is_set():
        pause = await work()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await is_over.wait()
