"""Sessions in PostgreSQL, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_hex, to_session, to_user
from adapters.postgres.shared_lookups import SharedLookups
from adapters.postgres.statements import statements
from user_domain.ports.session_queries import Login, SessionQueries

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database
    from user_domain.entities.session import Session
    from user_domain.value_objects.ids import SessionHandle, SessionId, UserId

_SQL = statements("sessions")


class PostgresSessionQueries(SessionQueries):
    """One autocommit statement for each question; for many at the same time where they ask for logins."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._logins = SharedLookups(self._logins_by_handle)

    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        return await self._logins.get(handle)

    async def by_id(self, session_id: SessionId) -> Session | None:
        row = await self._database.fetch_one(_SQL["by_id"], {"id": session_id})
        return to_session(row) if row else None

    async def live_of_user(
        self,
        user_id: UserId,
        *,
        at: datetime,
        seen_after: datetime | None,
        limit: int,
        before: SessionId | None = None,
    ) -> list[Session]:
        parameters = {"user_id": user_id, "at": at, "seen_after": seen_after, "limit": limit, "before": before}
        return [to_session(row) for row in await self._database.fetch_all(_SQL["live_of_user"], parameters)]

    async def of_user(self, user_id: UserId, *, limit: int, before: SessionId | None = None) -> list[Session]:
        parameters = {"user_id": user_id, "limit": limit, "before": before}
        return [to_session(row) for row in await self._database.fetch_all(_SQL["of_user"], parameters)]

    async def _logins_by_handle(self, handles: list[SessionHandle]) -> dict[SessionHandle, Login]:
        parameters = {"handles": [from_hex(handle) for handle in handles]}
        rows = await self._database.fetch_all(_SQL["logins_by_handle"], parameters)
        logins = (Login(to_user(row), to_session(row)) for row in rows)
        return {login.session.handle: login for login in logins}
