"""Sessions in memory, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.session_queries import Login, SessionQueries

if TYPE_CHECKING:
    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.ids import SessionHandle


class InMemorySessionQueries(SessionQueries):
    """Looks up the committed sessions."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        state = self._database.committed
        session = state.sessions.get(handle)
        return Login(state.accounts[session.user_id].user, session) if session else None
