"""Users in PostgreSQL, for writing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.postgres.rows import from_new_user, from_user, to_account
from adapters.postgres.statements import statements
from user_domain.entities.user import User
from user_domain.errors import EmailAlreadyRegistered
from user_domain.ports.user_repository import Account, UserRepository

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.audit_keys import AuditKeys
    from adapters.postgres.database import Row
    from adapters.postgres.transaction import Statement, Transaction
    from user_domain.entities.user import NewUser
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.value_objects.calendar import Calendar
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId

_SQL = statements("users")


class PostgresUserRepository(UserRepository):
    """The tables `users`, `passwords` and `user_activity`."""

    def __init__(self, transaction: Transaction, calendar: Calendar, audit_keys: AuditKeys) -> None:
        self._transaction = transaction
        self._calendar = calendar
        self._audit_keys = audit_keys
        self._locked: dict[UserId, User] = {}

    async def add(self, new: NewUser, password_hash: PasswordHash) -> User:
        # Three statements, one round trip: only a statement that starts after the wait sees what the other one did, and
        # only one that starts after the user is there the salt that came along.
        parameters = {**from_new_user(new), "hash": password_hash, "at": new.created_at}
        self._transaction.enqueue(_SQL["claim_email"], parameters)
        row, key = await self._transaction.fetch_each((_SQL["add"], parameters), (_SQL["audit_salt"], parameters))
        if row is None or key is None:
            raise EmailAlreadyRegistered
        self._audit_keys.learn(row["id"], key["audit_salt"])
        return User.admitted(row["id"], new)

    async def lock(self, user_id: UserId) -> Account | None:
        account, _ = await self.lock_and_fetch(user_id)
        return account

    async def lock_and_fetch(self, user_id: UserId, *statements: Statement) -> tuple[Account | None, list[Row | None]]:
        """Lock a user and then, in the same round trip, fetch the first row of each of these statements; they see what
        was committed before the lock was had.
        """
        row, *rows = await self._transaction.fetch_each((_SQL["lock"], {"id": user_id}), *statements)
        account = to_account(row) if row else None
        if row is not None and account is not None:
            self._locked[user_id] = account.user
            self._audit_keys.learn(user_id, row["audit_salt"])
        return account, rows

    async def save(self, user: User) -> None:
        self._require_locked(user.id)
        before, self._locked[user.id] = self._locked[user.id], user
        # A login leaves the wide row, and all of its indexes, alone.
        if user.last_login_at is not None and user.last_login_at != before.last_login_at:
            day = self._calendar.date_of(user.last_login_at)
            self._transaction.enqueue(_SQL["log_in"], {"id": user.id, "at": user.last_login_at, "day": day})
        if replace(user, last_login_at=before.last_login_at) != before:
            self._transaction.enqueue(_SQL["save"], from_user(user))

    async def replace_password_hash(self, user_id: UserId, *, old: PasswordHash, new: PasswordHash) -> None:
        self._transaction.enqueue(_SQL["replace_password_hash"], {"id": user_id, "old": old, "new": new})

    async def set_password_hash(self, user_id: UserId, new: PasswordHash, *, at: datetime) -> None:
        self._require_locked(user_id)
        self._transaction.enqueue(_SQL["set_password_hash"], {"id": user_id, "new": new, "at": at})

    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        self._require_locked(user_id)
        self._transaction.enqueue(_SQL["claim_email"], {"email": new.value})
        parameters = {"id": user_id, "email": new.value, "at": at}
        if await self._transaction.fetch_one(_SQL["change_email"], parameters) is None:
            raise EmailAlreadyRegistered

    def _require_locked(self, user_id: UserId) -> None:
        if user_id not in self._locked:
            message = f"user {user_id} is not locked in this unit of work"
            raise LookupError(message)
