"""What is past its time, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from user_domain.ports.old_records import OldRecords

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from user_domain.testing.in_memory.database import InMemoryDatabase

K = TypeVar("K")
V = TypeVar("V")


class InMemoryOldRecords(OldRecords):
    """Works on what is committed, between units of work."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def delete_ended_sessions(self, *, ended_by: datetime, limit: int) -> int:
        async with self._database.lock:
            sessions = self._database.committed.sessions
            over = [(s.ended_at, s.handle) for s in sessions.values() if s.ended_at is not None]
            return _delete(sessions, over, by=ended_by, limit=limit)

    async def delete_lapsed_sessions(self, *, expired_by: datetime, started_by: datetime, limit: int) -> int:
        async with self._database.lock:
            sessions = self._database.committed.sessions
            lapsed = (s for s in sessions.values() if s.ended_at is None and s.expires_at <= expired_by)
            return _delete(sessions, [(s.started_at, s.handle) for s in lapsed], by=started_by, limit=limit)

    async def delete_tokens(self, *, expired_by: datetime, limit: int) -> int:
        async with self._database.lock:
            tokens = self._database.committed.tokens
            return _delete(tokens, [(t.expires_at, t.id) for t in tokens.values()], by=expired_by, limit=limit)

    async def delete_dead_mails(self, *, dead_by: datetime, limit: int) -> int:
        async with self._database.lock:
            mails = self._database.committed.mails
            dead = [(m.dead_at, m.mail.id) for m in mails.values() if m.dead_at is not None]
            return _delete(mails, dead, by=dead_by, limit=limit)

    async def delete_pauses(self, *, over_by: datetime, limit: int) -> int:
        async with self._database.lock:
            pauses = self._database.committed.cool_downs
            return _delete(pauses, [(until, name) for name, until in pauses.items()], by=over_by, limit=limit)


def _delete(records: dict[K, V], by_age: Iterable[tuple[datetime, K]], *, by: datetime, limit: int) -> int:
    old = sorted((moment, key) for moment, key in by_age if moment <= by)[:limit]
    for _, key in old:
        del records[key]
    return len(old)
