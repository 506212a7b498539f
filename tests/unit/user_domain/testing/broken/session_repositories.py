"""Session repositories that end sessions for everybody, too many of them, or without a trace."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.testing.in_memory.session_repository import InMemorySessionRepository

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import EndReason, NewSession
    from user_domain.value_objects.ids import SessionHandle, UserId


class AddForgetsTheClient(InMemorySessionRepository):
    async def add(self, session: NewSession) -> None:
        await super().add(replace(session, ip_address=None, user_agent=None))


class EndsForEverybody(InMemorySessionRepository):
    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        await super().end(handle, at=at, reason=reason)
        return True


class EndsForNobody(InMemorySessionRepository):
    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        return False


class EndForgetsWhy(InMemorySessionRepository):
    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        ended = await super().end(handle, at=at, reason=reason)
        if ended:
            self._sessions[handle] = replace(self._sessions[handle], end_reason=None)
        return ended


class EndMovesAnEarlierEnd(InMemorySessionRepository):
    """Says rightly that the session was over, and ends it once more all the same."""

    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        ended = await super().end(handle, at=at, reason=reason)
        if handle in self._sessions:
            self._sessions[handle] = replace(self._sessions[handle], ended_at=at, end_reason=reason)
        return ended


class EndsAllOfThem(InMemorySessionRepository):
    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        for other in set(self._sessions) - {handle}:
            await super().end(other, at=at, reason=reason)
        return await super().end(handle, at=at, reason=reason)


class EndAllEndsOne(InMemorySessionRepository):
    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        for session in list(self._sessions.values()):
            if (
                session.user_id == user_id
                and session.handle != keep
                and await self.end(session.handle, at=at, reason=reason)
            ):
                return 1
        return 0


class EndAllCountsWhatIsOver(InMemorySessionRepository):
    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        await super().end_all(user_id, at=at, reason=reason, keep=keep)
        return len([s for s in self._sessions.values() if s.user_id == user_id and s.handle != keep])


class EndAllCountsTheOneItKeeps(InMemorySessionRepository):
    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        return await super().end_all(user_id, at=at, reason=reason, keep=keep) + 1


class EndAllForgetsWhy(InMemorySessionRepository):
    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        ended = await super().end_all(user_id, at=at, reason=reason, keep=keep)
        for session in list(self._sessions.values()):
            self._sessions[session.handle] = replace(session, end_reason=None)
        return ended


class EndAllKeepsNone(InMemorySessionRepository):
    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        return await super().end_all(user_id, at=at, reason=reason)


class EndsAllOnlyIfOneIsKept(InMemorySessionRepository):
    """Where nothing is to be kept, nothing ends: `handle <> null` is not true of any handle."""

    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        return 0 if keep is None else await super().end_all(user_id, at=at, reason=reason, keep=keep)


class EndsAllOfEverybody(InMemorySessionRepository):
    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        for owner in {session.user_id for session in self._sessions.values()} - {user_id}:
            await super().end_all(owner, at=at, reason=reason, keep=keep)
        return await super().end_all(user_id, at=at, reason=reason, keep=keep)


class EndAllMovesEarlierEnds(InMemorySessionRepository):
    """Expired ones too, and counts rightly all the same."""

    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        ended = await super().end_all(user_id, at=at, reason=reason, keep=keep)
        for session in list(self._sessions.values()):
            if session.user_id == user_id and session.handle != keep:
                self._sessions[session.handle] = replace(session, ended_at=at, end_reason=reason)
        return ended
