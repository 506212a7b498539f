"""Counting what goes over the wire to PostgreSQL."""

from __future__ import annotations

import re
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

_FRONTEND = re.compile(r"^[^\t\n]+\tF\t\d+\t(\w+)(.*?)(?=^\d{4}-\d\d-\d\d |\Z)", re.MULTILINE | re.DOTALL)
"""A message to the server in libpq's trace: time, F, length, kind, content. A statement may go over several lines."""

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.database import Database


@dataclass
class Traffic:
    """What one connection did: round trips, and the statements sent in them for the first time (later, by name)."""

    round_trips: int = 0
    statements: list[str] = field(default_factory=list)


@asynccontextmanager
async def traffic(database: Database) -> AsyncIterator[Traffic]:
    """Watches a pool of one connection, by libpq's own trace. The numbers are there when the block ends."""
    seen = Traffic()
    with tempfile.TemporaryFile("w+") as file:
        async with database.connection() as connection:
            connection.pgconn.trace(file.fileno())
        yield seen
        async with database.connection() as connection:
            connection.pgconn.untrace()
        file.seek(0)
        for kind, rest in _FRONTEND.findall(file.read()):
            # Each Sync or simple Query is a point at which the client waits for an answer.
            seen.round_trips += kind in {"Sync", "Query"}
            if kind in {"Parse", "Query"}:
                seen.statements.append(rest.partition(' "')[2].rpartition('"')[0])
