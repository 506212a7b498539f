"""Keeping the numbers quick to read, and right."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that was not what there is. `since` is the quarter of an hour (or day, where the number says so) that it
    is about, for suspensions the one in which they end; None: none in particular. Whether it is what there is now, or
    stays as recorded.
    """

    number: str
    since: datetime | None
    recorded: int
    counted: int
    is_put_right: bool = True


class StatisticsUpkeep(Protocol):
    """Any number of processes may do any of it at once, beside whoever writes and reads."""

    @abstractmethod
    async def fold(self) -> bool:
        """Add up some of what has happened, so that the next reader need not. No number changes by it. Whether there
        may be more to add up."""

    @abstractmethod
    async def settle(self, *, at: datetime, seen_after: datetime | None) -> bool:
        """Stop counting some of the sessions that have expired, or were not seen after a moment where that is not
        None. Whether there may be more of them. One that started when sessions were allowed to lie idle for longer
        may be found only when that time is over, unless by `rearm`; what somebody is changing is left for next time."""

    @abstractmethod
    async def rearm(self, *, at: datetime, seen_after: datetime | None) -> int:
        """The same for every session there is, whatever was allowed when it started; and count those again that have
        come back to life because more is allowed now. How many sessions it was wrong about."""

    @abstractmethod
    async def recount(self, *, take_off_surplus: bool = False) -> list[Difference]:
        """Count users, suspensions, sessions that count as active, failed logins, and registrations and logins: of
        those who are still there, and of those who were deleted or purged since. Say which numbers differ, the earliest
        first, and put them right; no writer waits. Who was there on which day stays as recorded.

        Where more registrations or logins are recorded than that, they stay, and are told of each time, unless the
        surplus is to be taken off: it is likelier that users or sessions were lost past whatever counts than that
        something was counted which never happened.
        """
