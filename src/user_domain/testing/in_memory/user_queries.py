"""Users in memory, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.user_queries import UserQueries

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.user_repository import Account
    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId


class InMemoryUserQueries(UserQueries):
    """Looks through the committed accounts, one by one."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def by_id(self, user_id: UserId) -> User | None:
        account = self._database.committed.accounts.get(user_id)
        return account.user if account else None

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        accounts = self._database.committed.accounts.values()
        return next((account for account in accounts if account.user.email == email), None)
