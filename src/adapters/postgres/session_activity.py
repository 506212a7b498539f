"""When sessions were used, in PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from adapters.postgres.rows import from_hex
from adapters.postgres.statements import statements
from user_domain.policies.session import SEEN_TO
from user_domain.ports.session_activity import SessionActivity
from user_domain.value_objects.ids import SessionHandle

if TYPE_CHECKING:
    from datetime import date, datetime

    from adapters.postgres.database import Database
    from user_domain.value_objects.calendar import Calendar

_SQL = statements("sessions")
_AT_ONCE = 1000
"""Sessions in one statement, so that none of them stays locked for long."""


class PostgresSessionActivity(SessionActivity):
    """Keeps the latest moment of each session on each day, and writes many of them with one statement."""

    def __init__(self, database: Database, calendar: Calendar) -> None:
        self._database = database
        self._calendar = calendar
        self._noted: dict[tuple[date, SessionHandle], datetime] = {}

    def note(self, handle: SessionHandle, *, at: datetime) -> None:
        key = self._calendar.date_of(at), handle
        self._noted[key] = max(at, self._noted.get(key, at))

    async def write_down(self) -> None:
        noted, self._noted = self._noted, {}
        by_day: defaultdict[date, dict[SessionHandle, datetime]] = defaultdict(dict)
        for (day, handle), at in noted.items():
            by_day[day][handle] = at
        for day in sorted(by_day):  # one, but around midnight
            remaining = iter(by_day[day].items())
            while some := dict(islice(remaining, _AT_ONCE)):
                await self._write(some, day)

    async def _write(self, some: dict[SessionHandle, datetime], day: date) -> None:
        parameters = {
            "handles": [from_hex(handle) for handle in some],
            "moments": list(some.values()),
            "seen_to": SEEN_TO,
            "day": day,
        }
        for row in await self._database.fetch_all(_SQL["write_down"], parameters):
            handle = SessionHandle(row["handle"].hex)
            self.note(handle, at=some[handle])
