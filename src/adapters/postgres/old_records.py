"""What is past its time, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.statements import statements
from user_domain.ports.old_records import OldRecords

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database

_SQL = statements("old_records")


class PostgresOldRecords(OldRecords):
    """One autocommit statement for each batch, which waits for no lock and finds its rows by an index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def delete_ended_sessions(self, *, ended_by: datetime, limit: int) -> int:
        return await self._database.execute(_SQL["delete_ended_sessions"], {"ended_by": ended_by, "limit": limit})

    async def delete_lapsed_sessions(self, *, expired_by: datetime, started_by: datetime, limit: int) -> int:
        parameters = {"expired_by": expired_by, "started_by": started_by, "limit": limit}
        return await self._database.execute(_SQL["delete_lapsed_sessions"], parameters)

    async def delete_tokens(self, *, expired_by: datetime, limit: int) -> int:
        return await self._database.execute(_SQL["delete_tokens"], {"expired_by": expired_by, "limit": limit})

    async def delete_dead_mails(self, *, dead_by: datetime, limit: int) -> int:
        return await self._database.execute(_SQL["delete_dead_mails"], {"dead_by": dead_by, "limit": limit})

    async def delete_pauses(self, *, over_by: datetime, limit: int) -> int:
        return await self._database.execute(_SQL["delete_pauses"], {"over_by": over_by, "limit": limit})
