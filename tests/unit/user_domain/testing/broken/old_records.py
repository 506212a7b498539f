"""Ways to throw away too much, too little, or twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.testing.in_memory import InMemoryMailQueue, InMemoryOldRecords

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.ports.mail_queue import ClaimedMail
    from user_domain.testing.in_memory import InMemoryDatabase

MOMENT = timedelta(microseconds=1)


# --- To the moment --------------------------------------------------------------------------------------------------


class KeepsAnInstantTooLong(InMemoryOldRecords):
    async def delete_ended_sessions(self, *, ended_by: datetime, limit: int) -> int:
        return await super().delete_ended_sessions(ended_by=ended_by - MOMENT, limit=limit)

    async def delete_tokens(self, *, expired_by: datetime, limit: int) -> int:
        return await super().delete_tokens(expired_by=expired_by - MOMENT, limit=limit)

    async def delete_dead_mails(self, *, dead_by: datetime, limit: int) -> int:
        return await super().delete_dead_mails(dead_by=dead_by - MOMENT, limit=limit)

    async def delete_pauses(self, *, over_by: datetime, limit: int) -> int:
        return await super().delete_pauses(over_by=over_by - MOMENT, limit=limit)


class ForgetsAnInstantTooSoon(InMemoryOldRecords):
    async def delete_ended_sessions(self, *, ended_by: datetime, limit: int) -> int:
        return await super().delete_ended_sessions(ended_by=ended_by + MOMENT, limit=limit)

    async def delete_tokens(self, *, expired_by: datetime, limit: int) -> int:
        return await super().delete_tokens(expired_by=expired_by + MOMENT, limit=limit)

    async def delete_dead_mails(self, *, dead_by: datetime, limit: int) -> int:
        return await super().delete_dead_mails(dead_by=dead_by + MOMENT, limit=limit)

    async def delete_pauses(self, *, over_by: datetime, limit: int) -> int:
        return await super().delete_pauses(over_by=over_by + MOMENT, limit=limit)


class LetsSessionsExpireAnInstantTooSoon(InMemoryOldRecords):
    async def delete_lapsed_sessions(self, *, expired_by: datetime, started_by: datetime, limit: int) -> int:
        return await super().delete_lapsed_sessions(expired_by=expired_by + MOMENT, started_by=started_by, limit=limit)


class LetsSessionsStartAnInstantTooLate(InMemoryOldRecords):
    async def delete_lapsed_sessions(self, *, expired_by: datetime, started_by: datetime, limit: int) -> int:
        return await super().delete_lapsed_sessions(expired_by=expired_by, started_by=started_by + MOMENT, limit=limit)


# --- Too much -------------------------------------------------------------------------------------------------------


class TakesExpiredSessionsForEnded(InMemoryOldRecords):
    async def delete_ended_sessions(self, *, ended_by: datetime, limit: int) -> int:
        expired = await super().delete_lapsed_sessions(expired_by=ended_by, started_by=ended_by, limit=limit)
        return expired + await super().delete_ended_sessions(ended_by=ended_by, limit=limit - expired)


class LooksOnlyAtWhenSessionsStarted(InMemoryOldRecords):
    """As if no session had ever been allowed to live for longer than today."""

    async def delete_lapsed_sessions(self, *, expired_by: datetime, started_by: datetime, limit: int) -> int:
        forever = expired_by + timedelta(days=100_000)
        return await super().delete_lapsed_sessions(expired_by=forever, started_by=started_by, limit=limit)


class TakesEndedSessionsForLapsed(InMemoryOldRecords):
    async def delete_lapsed_sessions(self, *, expired_by: datetime, started_by: datetime, limit: int) -> int:
        lapsed = await super().delete_lapsed_sessions(expired_by=expired_by, started_by=started_by, limit=limit)
        return lapsed or await super().delete_ended_sessions(ended_by=expired_by, limit=limit)


class ForgetsSpentTokens(InMemoryOldRecords):
    """Good for nothing, it thinks; but a second try of them has an answer of its own."""

    async def delete_tokens(self, *, expired_by: datetime, limit: int) -> int:
        tokens = self._database.committed.tokens
        spent = [one.id for one in tokens.values() if one.used_at is not None or one.voided_at is not None]
        for token_id in spent:
            del tokens[token_id]
        return len(spent) + await super().delete_tokens(expired_by=expired_by, limit=limit)


class ForgetsMailThatWaits(InMemoryOldRecords):
    async def delete_dead_mails(self, *, dead_by: datetime, limit: int) -> int:
        mails = self._database.committed.mails
        old = [one.mail.id for one in mails.values() if one.mail.occurred_at <= dead_by]
        for mail_id in old[:limit]:
            del mails[mail_id]
        return len(old[:limit])


class CleansUpTheTrail(InMemoryOldRecords):
    async def delete_ended_sessions(self, *, ended_by: datetime, limit: int) -> int:
        audit = self._database.committed.audit
        audit[:] = [entry for entry in audit if entry.at > ended_by]
        return await super().delete_ended_sessions(ended_by=ended_by, limit=limit)


class FindsSomethingWhereThereIsNothing(InMemoryOldRecords):
    async def delete_pauses(self, *, over_by: datetime, limit: int) -> int:
        return max(1, await super().delete_pauses(over_by=over_by, limit=limit))


# --- Too little -----------------------------------------------------------------------------------------------------


class KeepsUndoTokens(InMemoryOldRecords):
    async def delete_tokens(self, *, expired_by: datetime, limit: int) -> int:
        tokens = self._database.committed.tokens
        undo = {token.id: token for token in tokens.values() if token.purpose.is_protective}
        deleted = await super().delete_tokens(expired_by=expired_by, limit=limit)
        back = [token for token_id, token in undo.items() if token_id not in tokens]
        tokens.update({token.id: token for token in back})
        return deleted - len(back)


class NeedsTheTokensOfAMail(InMemoryMailQueue):
    """As an inner join does."""

    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        claimed = await super().claim(at=at, until=until)
        return claimed if claimed and len(claimed.tokens) == len(claimed.mail.token_ids) else None


# --- How ------------------------------------------------------------------------------------------------------------


class _Counts(InMemoryOldRecords):
    """Each kind goes through here."""

    async def _of(self, deleting: int, limit: int) -> int:
        return deleting

    def _limit(self, limit: int) -> int:
        return limit

    async def delete_ended_sessions(self, *, ended_by: datetime, limit: int) -> int:
        deleted = await super().delete_ended_sessions(ended_by=ended_by, limit=self._limit(limit))
        return await self._of(deleted, limit)

    async def delete_lapsed_sessions(self, *, expired_by: datetime, started_by: datetime, limit: int) -> int:
        deleted = await super().delete_lapsed_sessions(
            expired_by=expired_by, started_by=started_by, limit=self._limit(limit)
        )
        return await self._of(deleted, limit)

    async def delete_tokens(self, *, expired_by: datetime, limit: int) -> int:
        deleted = await super().delete_tokens(expired_by=expired_by, limit=self._limit(limit))
        return await self._of(deleted, limit)

    async def delete_dead_mails(self, *, dead_by: datetime, limit: int) -> int:
        deleted = await super().delete_dead_mails(dead_by=dead_by, limit=self._limit(limit))
        return await self._of(deleted, limit)

    async def delete_pauses(self, *, over_by: datetime, limit: int) -> int:
        deleted = await super().delete_pauses(over_by=over_by, limit=self._limit(limit))
        return await self._of(deleted, limit)


class DeletesWithoutLimit(_Counts):
    def _limit(self, limit: int) -> int:
        return 1_000_000


class CountsForEverybody(_Counts):
    """Who comes at the same time is told what all of them have deleted."""

    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._under_way = 0

    async def _of(self, deleting: int, limit: int) -> int:
        self._under_way += deleting
        await asyncio.sleep(0.001)
        told, self._under_way = self._under_way, 0
        await asyncio.sleep(0.001)
        return max(told, deleting)


class DeletesTheNewestFirst(InMemoryOldRecords):
    async def delete_ended_sessions(self, *, ended_by: datetime, limit: int) -> int:
        sessions = self._database.committed.sessions
        old = [s for s in sessions.values() if s.ended_at is not None and s.ended_at <= ended_by]
        for session in old[:limit]:
            del sessions[session.handle]
        return len(old[:limit])
