"""Ways to be wrong about why somebody gets in or does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.ports.access_queries import AccessRecord, LoginAttempt, LoginOutcome
from user_domain.testing.builders import a_user
from user_domain.testing.in_memory import InMemoryAccessQueries
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.testing.in_memory import InMemoryDatabase
    from user_domain.value_objects.ids import UserId

LOGINS = {
    AuditAction.SESSION_LOGIN_SUCCESS: LoginOutcome.SUCCESS,
    AuditAction.SESSION_LOGIN_FAILURE: LoginOutcome.FAILURE,
    AuditAction.SESSION_LOGIN_DENIED: LoginOutcome.DENIED,
}


class _Records(InMemoryAccessQueries):
    """Answers in parts, so that one of them can be broken."""

    async def record_of(
        self, user_id: UserId, *, at: datetime, seen_after: datetime | None, attempts: int
    ) -> AccessRecord | None:
        record = await super().record_of(user_id, at=at, seen_after=seen_after, attempts=attempts)
        if record is None:
            return self._none(user_id)
        return replace(
            record,
            live_sessions=self._live(user_id, at=at, seen_after=seen_after),
            attempts=self._cut([self._attempt(entry) for entry in self._entries(user_id)], attempts),
        )

    def _none(self, user_id: UserId) -> AccessRecord | None:
        return None

    def _live(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> int:
        return len(self._database.committed.live_sessions(user_id, at=at, seen_after=seen_after))

    def _entries(self, user_id: UserId) -> list[AuditEntry]:
        return [one for one in self._database.committed.audit if one.target_id == user_id and one.action in LOGINS]

    def _attempt(self, entry: AuditEntry) -> LoginAttempt:
        outcome = LOGINS.get(entry.action, LoginOutcome.FAILURE)
        return LoginAttempt(at=entry.at, outcome=outcome, client=entry.client, reason=entry.reason)

    def _cut(self, attempts: list[LoginAttempt], number: int) -> tuple[LoginAttempt, ...]:
        newest_first = attempts[::-1]  # as written; of one moment it stays that way
        newest_first.sort(key=lambda attempt: attempt.at, reverse=True)
        return tuple(newest_first[:number])


class InventsARecord(_Records):
    def _none(self, user_id: UserId) -> AccessRecord | None:
        return AccessRecord(user=replace(a_user(), id=user_id), live_sessions=0, attempts=())


class InventsAnAttempt(_Records):
    """As an outer join answers where there is none."""

    def _cut(self, attempts: list[LoginAttempt], number: int) -> tuple[LoginAttempt, ...]:
        found = super()._cut(attempts, number)
        return found or (
            LoginAttempt(at=a_user().created_at, outcome=LoginOutcome.FAILURE, client=ClientInfo(), reason=None),
        )


class ForgetsTheSuspension(InMemoryAccessQueries):
    async def record_of(
        self, user_id: UserId, *, at: datetime, seen_after: datetime | None, attempts: int
    ) -> AccessRecord | None:
        record = await super().record_of(user_id, at=at, seen_after=seen_after, attempts=attempts)
        return record and replace(record, user=replace(record.user, suspension=None))


class CountsEndedSessions(_Records):
    def _live(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> int:
        return sum(s.user_id == user_id and at < s.expires_at for s in self._database.committed.sessions.values())


class CountsEverybodysSessions(_Records):
    def _live(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> int:
        return sum(session.is_live(at) for session in self._database.committed.sessions.values())


class CountsAnInstantTooLong(_Records):
    def _live(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> int:
        return super()._live(user_id, at=at - timedelta(microseconds=1), seen_after=seen_after)


class CountsWhatLiesIdle(_Records):
    def _live(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> int:
        return super()._live(user_id, at=at, seen_after=None)


class HidesTheReason(_Records):
    def _attempt(self, entry: AuditEntry) -> LoginAttempt:
        return replace(super()._attempt(entry), reason=None)


class TakesEverythingForAnAttempt(_Records):
    def _entries(self, user_id: UserId) -> list[AuditEntry]:
        return [entry for entry in self._database.committed.audit if entry.target_id == user_id]


class TakesActorsForTargets(_Records):
    def _entries(self, user_id: UserId) -> list[AuditEntry]:
        entries = self._database.committed.audit
        return [one for one in entries if user_id in {one.actor_id, one.target_id} and one.action in LOGINS]


class TellsAttemptsAsWritten(_Records):
    def _cut(self, attempts: list[LoginAttempt], number: int) -> tuple[LoginAttempt, ...]:
        return tuple(attempts[::-1][:number])


class CutsBeforeItSorts(_Records):
    def _cut(self, attempts: list[LoginAttempt], number: int) -> tuple[LoginAttempt, ...]:
        return super()._cut(attempts[:number], number)


class TellsThisYearOnly(_Records):
    def _entries(self, user_id: UserId) -> list[AuditEntry]:
        entries = super()._entries(user_id)
        return [entry for entry in entries if abs(entry.at - entries[0].at) < timedelta(days=365)]


class TellsTheFirstOfAMomentFirst(_Records):
    def _cut(self, attempts: list[LoginAttempt], number: int) -> tuple[LoginAttempt, ...]:
        return tuple(sorted(attempts, key=lambda attempt: attempt.at, reverse=True)[:number])


class RemembersRecords(InMemoryAccessQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: dict[UserId, AccessRecord | None] = {}

    async def record_of(
        self, user_id: UserId, *, at: datetime, seen_after: datetime | None, attempts: int
    ) -> AccessRecord | None:
        if user_id not in self._remembered:
            found = await super().record_of(user_id, at=at, seen_after=seen_after, attempts=attempts)
            self._remembered[user_id] = found
        return self._remembered[user_id]


class KnowsNobodyWhileSomebodyWrites(InMemoryAccessQueries):
    async def record_of(
        self, user_id: UserId, *, at: datetime, seen_after: datetime | None, attempts: int
    ) -> AccessRecord | None:
        if self._database.lock.locked():
            return None
        return await super().record_of(user_id, at=at, seen_after=seen_after, attempts=attempts)
