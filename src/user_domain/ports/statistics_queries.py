"""How many there are of everything, for admins."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from user_domain.value_objects.calendar import Day


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many there are at a moment, and what has happened on its day so far.

    Each user is counted under one status of `AccountStatus`, so active, blocked, suspended and pending ones together
    are all there are. `users_today` are those who were admitted today, in whatever way.
    """

    total_users: int
    active_users: int
    blocked_users: int
    suspended_users: int
    pending_verification: int
    admins: int
    verified_users: int
    active_sessions: int
    users_today: int
    logins_today: int
    failed_logins_today: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """What happened on a day: accounts made in any way, sessions started, attempts that were refused whatever the
    reason; and how many different people logged in, refreshed a session or were seen.
    """

    date: date
    registrations: int
    logins: int
    failed_logins: int
    active_users: int


class StatisticsQueries(Protocol):
    """Answers what was committed before the question was put, to the last one, whether or not anybody looks after the
    numbers (`StatisticsUpkeep`); locks nothing. Costs the same however many users there are and ever were.

    A session counts as active from its start until it is ended, or until `StatisticsUpkeep.settle` has found that it
    is over. What happened stays counted when its users and sessions are deleted.
    """

    @abstractmethod
    async def totals(self, *, at: datetime, today: Day, verified_email_required: bool) -> Totals:
        """The numbers at a moment, which lies in the day. Whether people must have verified their address decides who
        is pending (`AccessPolicy.status`)."""

    @abstractmethod
    async def days(self, days: Sequence[Day]) -> list[DayCounts]:
        """What happened on each of these days, which follow one another; in their order, quiet ones included.

        Who was there is known by the dates of the calendar that was in force then; everything else by moments, to a
        quarter of an hour, at which days begin in every time zone.
        """
