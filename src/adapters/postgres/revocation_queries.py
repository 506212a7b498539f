"""Revocations in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_hex, to_revocation
from adapters.postgres.statements import statements
from user_domain.ports.revocation_queries import RevocationQueries

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from user_domain.ports.revocation_queries import Revocation, RevocationPosition

_SQL = statements("revocations")


class PostgresRevocationQueries(RevocationQueries):
    """One autocommit statement for each question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        parameters = {
            "at": position.at,
            "handle": from_hex(position.handle),
            "user_id": position.user_id,
            "limit": limit,
        }
        return [to_revocation(row) for row in await self._database.fetch_all(_SQL["after"], parameters)]
