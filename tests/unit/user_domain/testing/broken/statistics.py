"""Statistics that leave something out, count it twice or on another day; upkeep that changes what it looks after."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.ports.statistics_upkeep import Difference
from user_domain.testing.builders import NOW
from user_domain.testing.in_memory import (
    InMemorySessionActivity,
    InMemorySessionRefreshes,
    InMemoryStatisticsQueries,
    InMemoryStatisticsUpkeep,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from user_domain.ports.session_refreshes import Refresh, RefreshTerms
    from user_domain.ports.statistics_queries import DayCounts, Totals
    from user_domain.testing.in_memory import InMemoryDatabase
    from user_domain.value_objects.calendar import Day
    from user_domain.value_objects.ids import UserId
    from user_domain.value_objects.refresh_token import RefreshToken


# --- Totals -----------------------------------------------------------------------------------------------------------


class CountsFromOne(InMemoryStatisticsQueries):
    async def totals(self, **terms: Any) -> Totals:
        totals = await super().totals(**terms)
        return replace(totals, total_users=totals.total_users + 1)


class CountsWhoeverIsBlockedAsSuspendedToo(InMemoryStatisticsQueries):
    async def totals(self, *, at: datetime, **terms: Any) -> Totals:
        totals = await super().totals(at=at, **terms)
        users = [account.user for account in self._database.committed.accounts.values()]
        return replace(totals, suspended_users=sum(bool(one.suspension and one.suspension.holds(at)) for one in users))


class RequiresVerifiedAddressesAlways(InMemoryStatisticsQueries):
    async def totals(self, **terms: Any) -> Totals:
        return await super().totals(**{**terms, "verified_email_required": True})


class SuspensionsHoldOn(InMemoryStatisticsQueries):
    """Until somebody asks a day later."""

    async def totals(self, *, at: datetime, **terms: Any) -> Totals:
        return await super().totals(at=at - timedelta(days=1), **terms)


class SuspensionsHoldForWholeQuarters(InMemoryStatisticsQueries):
    """What is counted by quarters of an hour only, rounded either way."""

    async def totals(self, *, at: datetime, **terms: Any) -> Totals:
        at = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
        return await super().totals(at=at, **terms)


class CountsSuspensionsOfToday(InMemoryStatisticsQueries):
    """And forgets those that end later, or never."""

    async def totals(self, *, at: datetime, today: Day, **terms: Any) -> Totals:
        totals = await super().totals(at=at, today=today, **terms)
        suspensions = [account.user.suspension_at(at) for account in self._database.committed.accounts.values()]
        ending = [one for one in suspensions if one and one.until and one.until < today.ends_at]
        return replace(totals, suspended_users=len(ending))


class ForgetsThatABlockWasLifted(InMemoryStatisticsQueries):
    """From those who were blocked while they were suspended."""

    _blocked: frozenset[UserId] = frozenset()

    async def totals(self, *, at: datetime, **terms: Any) -> Totals:
        totals = await super().totals(at=at, **terms)
        users = [account.user for account in self._database.committed.accounts.values()]
        self._blocked |= {user.id for user in users if user.block and user.suspension}
        forgotten = [user for user in users if not user.block and user.suspension_at(at) and user.id in self._blocked]
        return replace(totals, suspended_users=totals.suspended_users - len(forgotten))


class OnlyCountsUp(InMemoryStatisticsQueries):
    _most = 0

    async def totals(self, **terms: Any) -> Totals:
        totals = await super().totals(**terms)
        self._most = max(self._most, totals.blocked_users)
        return replace(totals, blocked_users=self._most)


class CountsEndedSessions(InMemoryStatisticsQueries):
    async def totals(self, **terms: Any) -> Totals:
        state = self._database.committed
        return replace(await super().totals(**terms), active_sessions=len(state.sessions) - len(state.lapsed))


class TakesOffTwice(InMemoryStatisticsQueries):
    """A session that was found to be over, and ended after that."""

    async def totals(self, **terms: Any) -> Totals:
        state = self._database.committed
        open_ones = sum(session.ended_at is None for session in state.sessions.values())
        return replace(await super().totals(**terms), active_sessions=open_ones - len(state.lapsed))


class RemembersTotals(InMemoryStatisticsQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: Totals | None = None

    async def totals(self, **terms: Any) -> Totals:
        self._remembered = self._remembered or await super().totals(**terms)
        return self._remembered


class CountsWhatIsRolledBack(InMemoryStatisticsQueries):
    """Numbers that were drawn from a sequence, by their last one."""

    _asked = 0

    async def totals(self, **terms: Any) -> Totals:
        totals = await super().totals(**terms)
        self._asked += 1
        return replace(totals, total_users=totals.total_users + self._asked)


# --- Days -------------------------------------------------------------------------------------------------------------


class MovesDays(InMemoryStatisticsQueries):
    """By a moment."""

    def _counts(self, day: Day) -> DayCounts:
        late = timedelta(microseconds=1)
        return super()._counts(replace(day, begins_at=day.begins_at + late, ends_at=day.ends_at + late))


class CountsByHours(InMemoryStatisticsQueries):
    def _counts(self, day: Day) -> DayCounts:
        begins_at, ends_at = (moment.replace(minute=0) for moment in (day.begins_at, day.ends_at))
        return super()._counts(replace(day, begins_at=begins_at, ends_at=ends_at))


class ForgetsThoseDenied(InMemoryStatisticsQueries):
    def _counts(self, day: Day) -> DayCounts:
        actions = [entry.action for entry in self._database.committed.audit if entry.at >= day.begins_at]
        counts = super()._counts(day)
        return replace(counts, failed_logins=counts.failed_logins - actions.count(AuditAction.SESSION_LOGIN_DENIED))


class LeavesOutQuietDays(InMemoryStatisticsQueries):
    async def days(self, days: Sequence[Day]) -> list[DayCounts]:
        return [day for day in await super().days(days) if day.registrations]


class NewestDayFirst(InMemoryStatisticsQueries):
    async def days(self, days: Sequence[Day]) -> list[DayCounts]:
        return (await super().days(days))[::-1]


class KnowsAYear(InMemoryStatisticsQueries):
    async def days(self, days: Sequence[Day]) -> list[DayCounts]:
        return await super().days(days[-365:])


class CountsVisits(InMemoryStatisticsQueries):
    def _counts(self, day: Day) -> DayCounts:
        visits = [at for _, at in self._database.committed.presence if day.begins_at <= at < day.ends_at]
        return replace(super()._counts(day), active_users=len(visits))


class CountsSessions(InMemoryStatisticsQueries):
    def _counts(self, day: Day) -> DayCounts:
        sessions = self._database.committed.sessions.values()
        there = [session for session in sessions if day.begins_at <= session.last_seen_at < day.ends_at]
        return replace(super()._counts(day), active_users=len(there))


class KnowsWhoLoggedInOnly(InMemoryStatisticsQueries):
    def _counts(self, day: Day) -> DayCounts:
        started = self._database.committed.sessions.values()
        there = {session.user_id for session in started if day.begins_at <= session.started_at < day.ends_at}
        return replace(super()._counts(day), active_users=len(there))


# --- Who was there ----------------------------------------------------------------------------------------------------


class KeepsTheLatestMomentOnly(InMemorySessionActivity):
    async def write_down(self) -> None:
        self._present = set(self._noted.items())
        await super().write_down()


class ForgetsWhoHasLoggedOut(InMemorySessionActivity):
    async def write_down(self) -> None:
        sessions = self._database.committed.sessions
        self._present = {(handle, at) for handle, at in self._present if sessions[handle].ended_at is None}
        await super().write_down()


class OverForGoodThoughSeen(InMemorySessionActivity):
    async def write_down(self) -> None:
        lapsed = set(self._database.committed.lapsed)
        await super().write_down()
        self._database.committed.lapsed |= lapsed


class OverForGoodThoughRefreshed(InMemorySessionRefreshes):
    async def advance(self, token: RefreshToken, terms: RefreshTerms) -> Refresh | None:
        lapsed = set(self._database.committed.lapsed)
        refresh = await super().advance(token, terms)
        self._database.committed.lapsed |= lapsed
        return refresh


# --- Upkeep -----------------------------------------------------------------------------------------------------------


class FoldingLosesLogins(InMemoryStatisticsUpkeep):
    async def fold(self) -> bool:
        audit = self._database.committed.audit
        audit[:] = [entry for entry in audit if entry.action is not AuditAction.SESSION_LOGIN_SUCCESS]
        return False


class AlwaysHasMore(InMemoryStatisticsUpkeep):
    _left = 100

    async def fold(self) -> bool:
        self._left -= 1
        return self._left > 0


class SettlesNothing(InMemoryStatisticsUpkeep):
    async def settle(self, *, at: datetime, seen_after: datetime | None) -> bool:
        return False


class SettlesByTheirStart(InMemoryStatisticsUpkeep):
    async def settle(self, *, at: datetime, seen_after: datetime | None) -> bool:
        state = self._database.committed
        for handle, session in state.sessions.items():
            if seen_after is not None and session.started_at <= seen_after:
                state.lapsed.add(handle)
        return await super().settle(at=at, seen_after=seen_after)


class EndsWhatIsOver(InMemoryStatisticsUpkeep):
    """So that other services are told of sessions whose tokens expired with them."""

    async def settle(self, *, at: datetime, seen_after: datetime | None) -> bool:
        more = await super().settle(at=at, seen_after=seen_after)
        sessions = self._database.committed.sessions
        for handle in self._database.committed.lapsed:
            sessions[handle] = replace(sessions[handle], ended_at=at, end_reason=EndReason.OTHER)
        return more


class RearmsNothing(InMemoryStatisticsUpkeep):
    async def rearm(self, *, at: datetime, seen_after: datetime | None) -> int:
        return 0


class OnlyTakesOff(InMemoryStatisticsUpkeep):
    async def rearm(self, *, at: datetime, seen_after: datetime | None) -> int:
        before = set(self._database.committed.lapsed)
        wrong = await super().rearm(at=at, seen_after=seen_after)
        self._database.committed.lapsed |= before
        return wrong


class TakesOffWhatWasPurged(InMemoryStatisticsUpkeep):
    """Logins whose sessions are not there any more."""

    async def recount(self, *, take_off_surplus: bool = False) -> list[Difference]:
        state = self._database.committed
        logins = [entry for entry in state.audit if entry.action is AuditAction.SESSION_LOGIN_SUCCESS]
        if take_off_surplus:
            for entry in logins[len(state.sessions) :]:
                state.audit.remove(entry)
        return []


class MissesWhatWasPurged(InMemoryStatisticsUpkeep):
    async def recount(self, *, take_off_surplus: bool = False) -> list[Difference]:
        state = self._database.committed
        logins = [entry for entry in state.audit if entry.action is AuditAction.SESSION_LOGIN_SUCCESS]
        surplus = len(logins) > len(state.sessions)
        return [Difference("logins", NOW, len(logins), len(state.sessions), is_put_right=False)] if surplus else []


class FindsFault(InMemoryStatisticsUpkeep):
    async def recount(self, *, take_off_surplus: bool = False) -> list[Difference]:
        return [Difference("users", None, 0, 0)]

    async def rearm(self, *, at: datetime, seen_after: datetime | None) -> int:
        return 1
