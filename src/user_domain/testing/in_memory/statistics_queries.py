"""Statistics in memory."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.policies.access import AccessPolicy
from user_domain.ports.statistics_queries import DayCounts, StatisticsQueries, Totals
from user_domain.value_objects.account_status import AccountStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.calendar import Day

_FAILURES = (AuditAction.SESSION_LOGIN_FAILURE, AuditAction.SESSION_LOGIN_DENIED)


class InMemoryStatisticsQueries(StatisticsQueries):
    """Goes through everything that was committed, and counts. Nothing is ever deleted here."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def totals(self, *, at: datetime, today: Day, verified_email_required: bool) -> Totals:
        state = self._database.committed
        access = AccessPolicy(verified_email_required=verified_email_required)
        users = [account.user for account in state.accounts.values()]
        standing = Counter(access.status(user, at=at) for user in users)
        counts = self._counts(today)
        return Totals(
            total_users=len(users),
            active_users=standing[AccountStatus.ACTIVE],
            blocked_users=standing[AccountStatus.BLOCKED],
            suspended_users=standing[AccountStatus.SUSPENDED],
            pending_verification=standing[AccountStatus.PENDING_VERIFICATION],
            admins=sum(user.is_admin for user in users),
            verified_users=sum(user.is_email_verified for user in users),
            active_sessions=sum(
                session.ended_at is None and handle not in state.lapsed for handle, session in state.sessions.items()
            ),
            users_today=counts.registrations,
            logins_today=counts.logins,
            failed_logins_today=counts.failed_logins,
        )

    async def days(self, days: Sequence[Day]) -> list[DayCounts]:
        return [self._counts(day) for day in days]

    def _counts(self, day: Day) -> DayCounts:
        state = self._database.committed
        actions = [entry.action for entry in state.audit if _is_on(day, entry.at)]
        return DayCounts(
            date=day.date,
            registrations=sum(_is_on(day, account.user.created_at) for account in state.accounts.values()),
            logins=actions.count(AuditAction.SESSION_LOGIN_SUCCESS),
            failed_logins=sum(action in _FAILURES for action in actions),
            active_users=len({user_id for user_id, at in state.presence if _is_on(day, at)}),
        )


def _is_on(day: Day, at: datetime) -> bool:
    return day.begins_at <= at < day.ends_at
