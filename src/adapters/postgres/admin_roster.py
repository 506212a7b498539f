"""Who administers, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.statements import statements
from user_domain.ports.admin_roster import AdminRoster, RosterPlace

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.transaction import Transaction
    from adapters.postgres.user_repository import PostgresUserRepository
    from user_domain.value_objects.ids import UserId

_SQL = statements("admins")


class PostgresAdminRoster(AdminRoster):
    """The admins among `users`, behind an advisory lock: to lock all of their rows would keep each of them from logging
    in, and two who do so in different orders would wait for each other.
    """

    def __init__(self, transaction: Transaction, users: PostgresUserRepository) -> None:
        self._transaction = transaction
        self._users = users

    async def lock(self, user_id: UserId, *, at: datetime, verified_email_required: bool) -> RosterPlace | None:
        # Three statements, one round trip: only one that starts after the wait sees what the other one did.
        self._transaction.enqueue(_SQL["claim"], {})
        parameters = {"user_id": user_id, "at": at, "verified_email_required": verified_email_required}
        account, (admins,) = await self._users.lock_and_fetch(user_id, (_SQL["count_others"], parameters))
        return RosterPlace(account, admins["others"]) if account and admins else None
