"""Users in PostgreSQL, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import to_account, to_user
from adapters.postgres.statements import statements
from user_domain.ports.user_queries import UserQueries

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from user_domain.entities.user import User
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId

_SQL = statements("users")


class PostgresUserQueries(UserQueries):
    """One autocommit statement for each question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_id(self, user_id: UserId) -> User | None:
        row = await self._database.fetch_one(_SQL["by_id"], {"id": user_id})
        return to_user(row) if row else None

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        row = await self._database.fetch_one(_SQL["account_by_email"], {"email": email.value})
        return to_account(row) if row else None
