"""Days, as they are counted where the service is run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Day:
    """A date, the moment at which it begins, and the one at which it is over; a day may have 23 hours, or 25."""

    date: date
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one time zone."""

    zone: tzinfo = UTC

    def date_of(self, at: datetime) -> date:
        """Which day it is at a moment."""
        return at.astimezone(self.zone).date()

    def day(self, on: date) -> Day:
        """The day of a date."""
        return Day(on, self._begin(on), self._begin(on + timedelta(days=1)))

    def days_until(self, at: datetime, *, count: int) -> tuple[Day, ...]:
        """So many days, the last of which is the one of that moment."""
        today = self.date_of(at)
        return tuple(self.day(today - timedelta(days=ago)) for ago in reversed(range(count)))

    def _begin(self, on: date) -> datetime:
        # Where clocks skip midnight this is the moment they do so; where they pass it twice, the first time.
        return datetime.combine(on, time(), self.zone).astimezone(UTC)
