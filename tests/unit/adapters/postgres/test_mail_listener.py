"""Whatever the database answers, the listener tries again. (That it hears: tests/integration/entrypoints/worker.)"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg

from adapters.postgres import mail_listener
from adapters.postgres.mail_listener import MailListener

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


class Unlucky(MailListener):
    """Is refused in one way after another, and then waits for good."""

    def __init__(self, refusals: Iterator[psycopg.Error]) -> None:
        super().__init__("", lambda: None)
        self._refusals = refusals
        self.waits = asyncio.Event()

    async def _listen(self) -> None:
        for refusal in self._refusals:
            raise refusal
        self.waits.set()
        await asyncio.Event().wait()


async def test_it_tries_again_whether_the_database_is_away_or_a_standby(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_listener, "_AGAIN_AFTER", 0.0)
    refusals = [psycopg.OperationalError(), psycopg.errors.ReadOnlySqlTransaction(), psycopg.InterfaceError()]
    listener = Unlucky(iter(refusals))
    async with listener.listening():
        await asyncio.wait_for(listener.waits.wait(), 30)
