"""User repositories that forget, make up or overwrite."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from user_domain.entities.user import User
from user_domain.errors import EmailAlreadyRegistered
from user_domain.ports.password_hasher import PasswordHash
from user_domain.ports.user_repository import Account
from user_domain.testing.in_memory.user_repository import InMemoryUserRepository
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from user_domain.entities.user import NewUser


class AddForgetsTheLanguage(InMemoryUserRepository):
    async def add(self, new: NewUser, password_hash: PasswordHash) -> User:
        return await super().add(replace(new, locale=None), password_hash)


class NumbersGoDown(InMemoryUserRepository):
    async def add(self, new: NewUser, password_hash: PasswordHash) -> User:
        user = User.admitted(UserId(1_000_000 - len(self._accounts)), new)
        self._accounts[user.id] = Account(user, password_hash)
        return user


class AddressesBelongToAnybody(InMemoryUserRepository):
    async def add(self, new: NewUser, password_hash: PasswordHash) -> User:
        user = User.admitted(UserId(max(self._accounts, default=0) + 1), new)
        self._accounts[user.id] = Account(user, password_hash)
        return user


class RefusalsUseUpNumbers(InMemoryUserRepository):
    """As with a sequence that is asked before the address is."""

    _numbers = count(1)

    async def add(self, new: NewUser, password_hash: PasswordHash) -> User:
        number = UserId(next(self._numbers))
        if any(account.user.email == new.email for account in self._accounts.values()):
            raise EmailAlreadyRegistered
        user = User.admitted(number, new)
        self._accounts[user.id] = Account(user, password_hash)
        return user


class AddressesStayTaken(InMemoryUserRepository):
    """Also where the unit of work that took one was rolled back."""

    _taken: set[str] = set()  # noqa: RUF012 - shared by all units of work, that is what is broken

    async def add(self, new: NewUser, password_hash: PasswordHash) -> User:
        if new.email.value in self._taken:
            raise EmailAlreadyRegistered
        self._taken.add(new.email.value)
        return await super().add(new, password_hash)


class LockFindsSomebody(InMemoryUserRepository):
    async def lock(self, user_id: UserId) -> Account | None:
        return await super().lock(user_id) or next(iter(self._accounts.values()))


class SaveNeedsNoLock(InMemoryUserRepository):
    async def save(self, user: User) -> None:
        self._locked.add(user.id)
        await super().save(user)


class SaveForgetsTheSuspension(InMemoryUserRepository):
    async def save(self, user: User) -> None:
        await super().save(replace(user, suspension=None))


class SaveTakesNothingBack(InMemoryUserRepository):
    async def save(self, user: User) -> None:
        stored = self._accounts[user.id].user
        await super().save(replace(user, block=user.block or stored.block))


class SaveMovesTheAddress(InMemoryUserRepository):
    async def save(self, user: User) -> None:
        await super().save(user)
        self._accounts[user.id] = replace(self._accounts[user.id], user=user)


class SaveRuinsThePassword(InMemoryUserRepository):
    async def save(self, user: User) -> None:
        await super().save(user)
        self._accounts[user.id] = Account(user, PasswordHash(""))


class RehashDoesNothing(InMemoryUserRepository):
    async def replace_password_hash(self, user_id: UserId, *, old: PasswordHash, new: PasswordHash) -> None:
        pass


class RehashOverwritesAnyPassword(InMemoryUserRepository):
    async def replace_password_hash(self, user_id: UserId, *, old: PasswordHash, new: PasswordHash) -> None:
        await super().replace_password_hash(user_id, old=self._accounts[user_id].password_hash, new=new)
