"""Sessions in PostgreSQL, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_hex, to_session, to_user
from adapters.postgres.statements import statements
from user_domain.ports.session_queries import Login, SessionQueries

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from user_domain.value_objects.ids import SessionHandle

_SQL = statements("sessions")


class PostgresSessionQueries(SessionQueries):
    """One autocommit statement for each question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        row = await self._database.fetch_one(_SQL["login_by_handle"], {"handle": from_hex(handle)})
        return Login(to_user(row), to_session(row)) if row else None
