"""Sessions in memory, for writing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.entities.session import Session
from user_domain.ports.session_repository import SessionRepository
from user_domain.value_objects.ids import SessionId

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import EndReason, NewSession
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import SessionHandle, UserId


class InMemorySessionRepository(SessionRepository):
    """Sessions in a unit of work's copy of the state."""

    def __init__(self, state: State) -> None:
        self._sessions = state.sessions

    async def add(self, session: NewSession) -> None:
        self._sessions[session.handle] = Session(
            id=SessionId(len(self._sessions) + 1),
            handle=session.handle,
            user_id=session.user_id,
            started_at=session.started_at,
            expires_at=session.expires_at,
            ended_at=None,
            end_reason=None,
            ip_address=session.ip_address,
            user_agent=session.user_agent,
        )

    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        session = self._sessions.get(handle)
        if session is None or not session.is_live(at):
            return False
        self._sessions[handle] = replace(session, ended_at=at, end_reason=reason)
        return True

    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        handles = [s.handle for s in self._sessions.values() if s.user_id == user_id and s.handle != keep]
        return sum([await self.end(handle, at=at, reason=reason) for handle in handles])
