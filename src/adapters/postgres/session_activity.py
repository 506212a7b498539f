"""When sessions were used, in PostgreSQL."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from adapters.postgres.rows import from_hex
from adapters.postgres.statements import statements
from user_domain.policies.session import SEEN_TO
from user_domain.ports.session_activity import SessionActivity

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database
    from user_domain.value_objects.ids import SessionHandle

_SQL = statements("sessions")
_AT_ONCE = 1000
"""Sessions in one statement, so that none of them stays locked for long."""


class PostgresSessionActivity(SessionActivity):
    """Keeps the latest moment of each session, and writes many of them with one statement."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[SessionHandle, datetime] = {}

    def note(self, handle: SessionHandle, *, at: datetime) -> None:
        self._noted[handle] = max(at, self._noted.get(handle, at))

    async def write_down(self) -> None:
        noted, self._noted = self._noted, {}
        remaining = iter(noted.items())
        while some := dict(islice(remaining, _AT_ONCE)):
            parameters = {
                "handles": [from_hex(handle) for handle in some],
                "moments": list(some.values()),
                "seen_to": SEEN_TO,
            }
            await self._database.execute(_SQL["write_down"], parameters)
