"""Days of a time zone, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from user_domain.value_objects.calendar import Calendar

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        ("UTC", date(2026, 3, 29), 24),
        ("Europe/Berlin", date(2026, 3, 28), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # begins at one o'clock
        ("Africa/Cairo", date(2026, 10, 29), 25),  # ends with the hour before midnight, twice
        ("America/Havana", date(2026, 11, 1), 25),  # begins with the hour after midnight, twice
        ("Pacific/Apia", date(2011, 12, 30), 0),  # there was none
    ],
)
def test_a_day_has_as_many_hours_as_its_clocks_show(zone: str, on: date, hours: float) -> None:
    day = Calendar(ZoneInfo(zone)).day(on)
    assert day.ends_at - day.begins_at == hours * HOUR


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Africa/Cairo", "America/Havana", "Asia/Kathmandu"])
def test_days_follow_one_another_and_each_moment_is_on_its_own(zone: str) -> None:
    calendar = Calendar(ZoneInfo(zone))
    days = calendar.days_until(datetime(2026, 12, 31, tzinfo=UTC), count=366)
    assert len(days) == 366
    for day, following in pairwise(days):
        assert (following.date, following.begins_at) == (day.date + timedelta(days=1), day.ends_at)
    for day in days:
        assert calendar.date_of(day.begins_at) == calendar.date_of(day.ends_at - MOMENT) == day.date
        assert day.begins_at.tzinfo is UTC
        assert (day.begins_at.minute % 15, day.begins_at.second) == (0, 0), "which numbers are kept by"


def test_the_last_of_the_days_is_the_one_of_the_moment() -> None:
    before_midnight_in_utc = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)
    assert [day.date.day for day in Calendar().days_until(before_midnight_in_utc, count=2)] == [13, 14]
    berlin = Calendar(ZoneInfo("Europe/Berlin"))
    assert [day.date.day for day in berlin.days_until(before_midnight_in_utc, count=1)] == [15]


def test_without_more_ado_days_are_those_of_utc() -> None:
    day = Calendar().day(date(2026, 3, 14))
    assert (day.begins_at, day.ends_at) == (datetime(2026, 3, 14, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))
