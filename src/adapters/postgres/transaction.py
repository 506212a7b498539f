"""One transaction, in as few round trips as its answers allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString, TypeAlias

import psycopg

from adapters.postgres.errors import translated

if TYPE_CHECKING:
    from adapters.postgres.database import Connection, Parameters, Row


Statement: TypeAlias = "tuple[LiteralString, Parameters]"


class Transaction:
    """Collects statements and sends them together, in a pipeline, when an answer is needed or at commit.

    The server runs them in order and stops at the first that fails, so a commit behind it is never reached.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[Statement] = [("begin", {})]
        self._begun = False

    def enqueue(self, statement: LiteralString, parameters: Parameters) -> None:
        """Send this with the next statement that needs an answer, or at commit."""
        self._waiting.append((statement, parameters))

    async def fetch_one(self, statement: LiteralString, parameters: Parameters) -> Row | None:
        """Send this and everything that waits, in one round trip; the first row of this."""
        (row,) = await self.fetch_each((statement, parameters))
        return row

    async def fetch_each(self, *statements: Statement) -> list[Row | None]:
        """Send these and everything that waits, in one round trip; the first row of each of these. Each sees what was
        committed when the one before it had its answer, locks included.
        """
        self._waiting += statements
        cursors = await self._send()
        return [await cursor.fetchone() for cursor in cursors[-len(statements) :]]

    async def fetch_all(self, statement: LiteralString, parameters: Parameters) -> list[Row]:
        """Send this and everything that waits, in one round trip; every row of this."""
        self.enqueue(statement, parameters)
        *_, cursor = await self._send()
        return await cursor.fetchall()

    async def commit(self) -> None:
        """Send everything that waits, and the commit, in one round trip; none at all where nothing was ever asked."""
        if not self._begun and len(self._waiting) == 1:
            return
        self.enqueue("commit", {})
        await self._send()
        self._begun = False

    async def roll_back(self) -> None:
        """Undo what was sent. Never raises: the server does the same when the connection is lost."""
        self._waiting.clear()
        if self._begun:
            self._begun = False
            try:
                with self._connection.watched():
                    await self._connection.execute("rollback")
            except psycopg.Error:
                await self._connection.close()

    async def _send(self) -> list[psycopg.AsyncCursor[Row]]:
        statements, self._waiting = self._waiting, []
        self._begun = True
        with translated(), self._connection.watched():
            async with self._connection.pipeline():
                return [
                    await self._connection.execute(statement, parameters or None)
                    for statement, parameters in statements
                ]
