"""Statistics in PostgreSQL, for reading."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from adapters.postgres.statements import statements
from user_domain.ports.statistics_queries import DayCounts, StatisticsQueries, Totals

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from adapters.postgres.database import Database
    from user_domain.value_objects.calendar import Day

_SQL = statements("statistics")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER, _DAY = timedelta(minutes=15), timedelta(days=1)
"""What suspensions are counted by: both begin at the epoch, as buckets of the database do."""


class PostgresStatisticsQueries(StatisticsQueries):
    """The tables `stat_totals` and `stat_deltas`, which triggers fill: what was added up, and what was not yet. One
    autocommit statement for each question, so every answer is of one moment.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def totals(self, *, at: datetime, today: Day, verified_email_required: bool) -> Totals:
        parameters = {
            "at": at,
            "begins_at": today.begins_at,
            "ends_at": today.ends_at,
            "next_quarter": _end_of(_QUARTER, at),
            "next_utc_day": _end_of(_DAY, at),
        }
        rows = await self._database.fetch_all(_SQL["totals"], parameters)
        numbers = defaultdict(int, {row["metric"]: row["amount"] for row in rows})
        # As the access policy has it: a block comes before a suspension, and that before an address to be verified.
        blocked = numbers["blocked"]
        suspended = numbers["suspensions_by_day"] + numbers["suspensions"]
        unverified = numbers["unverified_suspensions_by_day"] + numbers["unverified_suspensions"]
        pending = numbers["open_unverified"] - unverified if verified_email_required else 0
        return Totals(
            total_users=numbers["users"],
            active_users=numbers["users"] - blocked - suspended - pending,
            blocked_users=blocked,
            suspended_users=suspended,
            pending_verification=pending,
            admins=numbers["admins"],
            verified_users=numbers["verified"],
            active_sessions=numbers["active_sessions"],
            users_today=numbers["registrations"],
            logins_today=numbers["logins"],
            failed_logins_today=numbers["failed_logins"],
        )

    async def days(self, days: Sequence[Day]) -> list[DayCounts]:
        begins = [*(day.begins_at for day in days), days[-1].ends_at]
        dates = [_as_bucket(day.date) for day in days]
        dates.append(dates[-1] + timedelta(days=1))
        parameters = {
            "begins": begins,
            "first": begins[0],
            "end": begins[-1],
            "dates": dates,
            "first_date": dates[0],
            "end_date": dates[-1],
        }
        rows = {row["place"]: row for row in await self._database.fetch_all(_SQL["days"], parameters)}
        return [
            DayCounts(
                date=day.date,
                **{
                    number: rows[place][number] if place in rows else 0
                    for number in ("registrations", "logins", "failed_logins", "active_users")
                },
            )
            for place, day in enumerate(days, start=1)
        ]


def _as_bucket(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)


def _end_of(width: timedelta, at: datetime) -> datetime:
    """When the bucket is over that a moment lies in."""
    return _EPOCH + ((at - _EPOCH) // width + 1) * width
