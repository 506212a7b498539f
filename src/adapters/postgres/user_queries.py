"""Users in PostgreSQL, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import to_account, to_user
from adapters.postgres.statements import statements
from user_domain.ports.user_queries import LoginCandidate, UserQueries

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.audit_keys import AuditKeys
    from adapters.postgres.database import Database
    from user_domain.entities.user import User
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId

_SQL = statements("users")


class PostgresUserQueries(UserQueries):
    """One autocommit statement for each question. Who is about to log in or to prove a password will be told of in the
    audit trail: the salt for that comes along.
    """

    def __init__(self, database: Database, audit_keys: AuditKeys) -> None:
        self._database = database
        self._audit_keys = audit_keys

    async def by_id(self, user_id: UserId) -> User | None:
        row = await self._database.fetch_one(_SQL["by_id"], {"id": user_id})
        return to_user(row) if row else None

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        row = await self._database.fetch_one(_SQL["account_by_email"], {"email": email.value})
        return to_account(row) if row else None

    async def account_by_id(self, user_id: UserId) -> Account | None:
        row = await self._database.fetch_one(_SQL["account_by_id"], {"id": user_id})
        if row is None:
            return None
        self._audit_keys.learn(user_id, row["audit_salt"])
        return to_account(row)

    async def login_candidate(self, email: EmailAddress, *, client: ClientInfo) -> LoginCandidate | None:
        parameters = {"email": email.value, "user_agent": client.user_agent, "network": client.network}
        row = await self._database.fetch_one(_SQL["login_candidate"], parameters)
        if row is None:
            return None
        account = to_account(row)
        self._audit_keys.learn(account.user.id, row["audit_salt"])
        is_first = account.user.last_login_at is None
        return LoginCandidate(
            account=account, is_recognised=is_first or (row["knows_user_agent"] and row["knows_network"])
        )

    async def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId, at: datetime) -> bool:
        parameters = {"email": email.value, "id": by_others_than, "at": at}
        row = await self._database.fetch_one(_SQL["email_is_taken"], parameters)
        return row is not None and row["taken"]

    async def verification_sent_at(self, user_id: UserId) -> datetime | None:
        row = await self._database.fetch_one(_SQL["verification_sent_at"], {"id": user_id})
        return row["sent_at"] if row else None
