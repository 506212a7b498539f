"""Hearing at once of mail that another process has queued."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NoReturn

import psycopg
import structlog

from adapters.postgres.statements import statements

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_SQL = statements("outgoing_mails")
_AGAIN_AFTER = 5.0  # seconds

_log = structlog.get_logger(__name__)


class MailListener:
    """Listens on a connection of its own, past any pooler. What is missed while that is away is found by whoever looks
    into the queue now and then; `on_mail` is called when it is back, too.
    """

    def __init__(self, conninfo: str, on_mail: Callable[[], object]) -> None:
        self._conninfo = conninfo
        self._on_mail = on_mail

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listens while the block runs."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _run(self) -> NoReturn:
        while True:
            try:
                await self._listen()
            except psycopg.Error:  # also what a standby says, which is no OperationalError
                _log.warning("not listening for mail; trying again", seconds=_AGAIN_AFTER)
            await asyncio.sleep(_AGAIN_AFTER)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, connect_timeout=5, keepalives_idle=30
        )
        async with connection:
            await connection.execute(_SQL["listen"])
            self._on_mail()
            async for _ in connection.notifies():
                self._on_mail()
