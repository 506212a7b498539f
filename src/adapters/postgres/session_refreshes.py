"""Sessions in PostgreSQL, for refreshing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_hex, to_session, to_user
from adapters.postgres.statements import statements
from user_domain.ports.session_queries import Login
from user_domain.ports.session_refreshes import Refresh, SessionRefreshes

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from user_domain.ports.session_refreshes import RefreshTerms
    from user_domain.value_objects.refresh_token import RefreshToken

_SQL = statements("sessions")


class PostgresSessionRefreshes(SessionRefreshes):
    """One autocommit statement. Whoever else changes the session makes it wait, and then it looks again at the row it
    changes; only the session it shows when it did not advance may be from before that.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def advance(self, token: RefreshToken, terms: RefreshTerms) -> Refresh | None:
        parameters = {
            "handle": from_hex(token.session),
            "generation": token.generation,
            "at": terms.at,
            "sliding": terms.sliding,
            "absolute": terms.absolute,
            "seen_after": terms.seen_after,
            "verified_email_required": terms.verified_email_required,
        }
        row = await self._database.fetch_one(_SQL["advance"], parameters)
        return Refresh(has_advanced=row["has_advanced"], login=Login(to_user(row), to_session(row))) if row else None
