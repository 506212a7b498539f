"""Signing keys in PostgreSQL, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import to_signing_key
from adapters.postgres.statements import statements
from user_domain.ports.signing_key_queries import SigningKeyQueries

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from user_domain.entities.signing_key import SigningKey

_SQL = statements("signing_keys")


class PostgresSigningKeyQueries(SigningKeyQueries):
    """One autocommit statement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[SigningKey]:
        return [to_signing_key(row) for row in await self._database.fetch_all(_SQL["all"], {})]
