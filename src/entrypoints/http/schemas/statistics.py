"""Statistics on the wire."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date as Date  # noqa: N812 - the field has to be called date
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from user_domain.ports.statistics_queries import DayCounts, Totals


class Statistics(BaseModel):
    """How many there are now, and what has happened today. Each user has one status, so active, blocked, suspended and
    pending ones together are all there are.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "total_users": 12480,
                "active_users": 12411,
                "blocked_users": 23,
                "suspended_users": 4,
                "pending_verification": 42,
                "users_today": 57,
                "admins": 5,
                "verified_users": 11902,
                "active_sessions": 3127,
                "logins_today": 846,
                "failed_logins_today": 31,
            }
        }
    )

    total_users: int
    active_users: int
    blocked_users: int
    suspended_users: int = Field(description="Suspensions that hold now; they lift themselves.")
    pending_verification: int = Field(description="Where an address has to be verified (`EMAIL_VERIFICATION`).")
    users_today: int = Field(description="Accounts created today, in any way.")
    admins: int
    verified_users: int
    active_sessions: int = Field(description="Sessions that are not over; may be a minute old.")
    logins_today: int
    failed_logins_today: int = Field(description="Attempts that were refused, whatever the reason.")

    @classmethod
    def of(cls, totals: Totals) -> Statistics:
        """The numbers."""
        return cls(**asdict(totals))


class DayStatistics(BaseModel):
    """What happened on a day."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "date": "2026-03-14",
                "registrations": 57,
                "logins": 846,
                "failed_logins": 31,
                "active_users": 1204,
            }
        }
    )

    date: Date = Field(description="In the time zone `STATS_TIMEZONE`.")
    registrations: int = Field(description="Accounts created in any way.")
    logins: int
    failed_logins: int = Field(description="Attempts that were refused, whatever the reason.")
    active_users: int = Field(description="Different people who logged in, refreshed a session or were seen.")

    @classmethod
    def of(cls, counts: DayCounts) -> DayStatistics:
        """The numbers of a day."""
        return cls(**asdict(counts))
