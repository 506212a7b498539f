"""Session repositories that end sessions for everybody, too many of them, or without a trace."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.testing.in_memory.session_repository import InMemorySessionRepository

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import EndReason, NewSession
    from user_domain.value_objects.ids import SessionHandle


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
