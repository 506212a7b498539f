"""Users in memory, for writing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.entities.user import User
from user_domain.errors import EmailAlreadyRegistered
from user_domain.ports.user_repository import Account, UserRepository
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import NewUser
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.email_address import EmailAddress


class InMemoryUserRepository(UserRepository):
    """Users in a unit of work's copy of the state."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._accounts = state.accounts
        self._locked: set[UserId] = set()

    async def add(self, new: NewUser, password_hash: PasswordHash) -> User:
        if self._state.email_is_taken(new.email, at=new.created_at):
            raise EmailAlreadyRegistered
        user = User.admitted(UserId(max(self._accounts, default=0) + 1), new)
        self._accounts[user.id] = Account(user, password_hash)
        return user

    async def lock(self, user_id: UserId) -> Account | None:
        self._locked.add(user_id)
        return self._accounts.get(user_id)

    async def save(self, user: User) -> None:
        self._require_locked(user.id)
        account = self._accounts[user.id]
        if user.last_login_at not in (None, account.user.last_login_at):
            self._state.presence.add((user.id, user.last_login_at))
        kept = replace(user, email=account.user.email, created_at=account.user.created_at)
        self._accounts[user.id] = replace(account, user=kept)

    async def replace_password_hash(self, user_id: UserId, *, old: PasswordHash, new: PasswordHash) -> None:
        account = self._accounts.get(user_id)
        if account is not None and account.password_hash == old:
            self._accounts[user_id] = replace(account, password_hash=new)

    async def set_password_hash(
        self,
        user_id: UserId,
        new: PasswordHash,
        *,
        at: datetime,  # noqa: ARG002 - kept for operators; no port reads it
    ) -> None:
        self._require_locked(user_id)
        self._accounts[user_id] = replace(self._accounts[user_id], password_hash=new)

    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        self._require_locked(user_id)
        if self._state.email_is_taken(new, by_others_than=user_id, at=at):
            raise EmailAlreadyRegistered
        account = self._accounts[user_id]
        self._accounts[user_id] = replace(account, user=replace(account.user, email=new))

    def _require_locked(self, user_id: UserId) -> None:
        if user_id not in self._locked:
            message = f"user {user_id} is not locked in this unit of work"
            raise LookupError(message)
