"""Sessions in memory, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.session_queries import Login, SessionQueries

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import Session
    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.ids import SessionHandle, SessionId, UserId


class InMemorySessionQueries(SessionQueries):
    """Looks up the committed sessions."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        state = self._database.committed
        session = state.sessions.get(handle)
        return Login(state.accounts[session.user_id].user, session) if session else None

    async def by_id(self, session_id: SessionId) -> Session | None:
        sessions = self._database.committed.sessions.values()
        return next((session for session in sessions if session.id == session_id), None)

    async def live_of_user(
        self,
        user_id: UserId,
        *,
        at: datetime,
        seen_after: datetime | None,
        limit: int,
        before: SessionId | None = None,
    ) -> list[Session]:
        live = self._database.committed.live_sessions(user_id, at=at, seen_after=seen_after)
        return _page(live, limit=limit, before=before)

    async def of_user(self, user_id: UserId, *, limit: int, before: SessionId | None = None) -> list[Session]:
        sessions = self._database.committed.sessions.values()
        own = [session for session in sessions if session.user_id == user_id]
        return _page(own, limit=limit, before=before)


def _page(sessions: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
    page = [session for session in sessions if before is None or session.id < before]
    return sorted(page, key=lambda session: session.id, reverse=True)[:limit]
