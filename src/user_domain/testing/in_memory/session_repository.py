"""Sessions in memory, for writing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.entities.session import Session
from user_domain.ports.session_repository import SessionHolder, SessionRepository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from user_domain.entities.session import EndReason, NewSession
    from user_domain.ports.user_repository import UserRepository
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import SessionHandle, SessionId, UserId


class InMemorySessionRepository(SessionRepository):
    """Sessions in a unit of work's copy of the state."""

    def __init__(self, state: State, users: UserRepository) -> None:
        self._state = state
        self._sessions = state.sessions
        self._users = users

    async def lock_holder(
        self, user_id: UserId, *, keep: int, at: datetime, seen_after: datetime | None
    ) -> SessionHolder | None:
        account = await self._users.lock(user_id)
        live = self._state.live_sessions(user_id, at=at, seen_after=seen_after)
        oldest_first = sorted(live, key=lambda session: (session.started_at, session.id))
        surplus = oldest_first[: max(len(live) - keep, 0)]
        return SessionHolder(account, tuple(session.id for session in surplus)) if account else None

    async def evict(self, surplus: Sequence[SessionId], *, at: datetime, reason: EndReason) -> None:
        for session in list(self._sessions.values()):
            if session.id in surplus:
                await self.end(session.handle, at=at, reason=reason)

    async def add(self, session: NewSession) -> None:
        self._sessions[session.handle] = Session.started(self._state.next_session_id(), session)

    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        session = self._sessions.get(handle)
        if session is None or not session.is_live(at):
            return False
        self._sessions[handle] = replace(session, ended_at=at, end_reason=reason)
        return True

    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        sessions = [s for s in self._sessions.values() if s.user_id == user_id and s.handle != keep]
        ended = [session for session in sessions if await self.end(session.handle, at=at, reason=reason)]
        return sum(seen_after is None or session.last_seen_at > seen_after for session in ended)
