"""Why somebody gets in or does not, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import to_login_attempt, to_user
from adapters.postgres.statements import statements
from user_domain.ports.access_queries import AccessQueries, AccessRecord

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.audit_keys import AuditKeys
    from adapters.postgres.database import Database
    from user_domain.value_objects.ids import UserId

_SQL = statements("access")


class PostgresAccessQueries(AccessQueries):
    """One autocommit statement, so that all of the answer is of one moment."""

    def __init__(self, database: Database, audit_keys: AuditKeys) -> None:
        self._database = database
        self._audit_keys = audit_keys

    async def record_of(
        self, user_id: UserId, *, at: datetime, seen_after: datetime | None, attempts: int
    ) -> AccessRecord | None:
        parameters = {"id": user_id, "at": at, "seen_after": seen_after, "attempts": attempts}
        cipher = await self._audit_keys.cipher()
        rows = await self._database.fetch_all(_SQL["record_of"], parameters)
        if not rows:
            return None
        return AccessRecord(
            user=to_user(rows[0]),
            live_sessions=rows[0]["live"],
            attempts=tuple(to_login_attempt(row, cipher) for row in rows if row["attempted_at"] is not None),
        )
