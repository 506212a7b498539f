"""User repositories that forget, make up or overwrite."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from user_domain.entities.user import User
from user_domain.errors import EmailAlreadyRegistered
from user_domain.ports.password_hasher import PasswordHash
from user_domain.ports.user_repository import Account
from user_domain.testing.in_memory.user_repository import InMemoryUserRepository
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.user import NewUser
    from user_domain.value_objects.email_address import EmailAddress


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

    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        self._taken.add(new.value)
        await super().change_email(user_id, new, at=at)


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


class SaveForgetsThePendingAddress(InMemoryUserRepository):
    async def save(self, user: User) -> None:
        await super().save(replace(user, pending_email=None))


class SaveForgetsThatAResetIsRequired(InMemoryUserRepository):
    async def save(self, user: User) -> None:
        await super().save(replace(user, password_reset_required_at=None))


class SaveTakesNothingBack(InMemoryUserRepository):
    async def save(self, user: User) -> None:
        stored = self._accounts[user.id].user
        await super().save(replace(user, block=user.block or stored.block))


class SaveKeepsAddressesPending(InMemoryUserRepository):
    async def save(self, user: User) -> None:
        stored = self._accounts[user.id].user
        await super().save(replace(user, pending_email=user.pending_email or stored.pending_email))


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


# --- Another password -----------------------------------------------------------------------------------------------


class SetsNoPassword(InMemoryUserRepository):
    async def set_password_hash(self, user_id: UserId, new: PasswordHash, *, at: datetime) -> None:
        self._require_locked(user_id)


class SetsEverybodysPassword(InMemoryUserRepository):
    async def set_password_hash(self, user_id: UserId, new: PasswordHash, *, at: datetime) -> None:
        for other in self._accounts:
            self._locked.add(other)
            await super().set_password_hash(other, new, at=at)


class PasswordsNeedNoLock(InMemoryUserRepository):
    async def set_password_hash(self, user_id: UserId, new: PasswordHash, *, at: datetime) -> None:
        self._locked.add(user_id)
        await super().set_password_hash(user_id, new, at=at)


# --- Another address ------------------------------------------------------------------------------------------------


class ChangesNoAddress(InMemoryUserRepository):
    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        self._require_locked(user_id)


class DoubtsEveryNewAddress(InMemoryUserRepository):
    """Whether it is verified is not for the store to decide."""

    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        await super().change_email(user_id, new, at=at)
        account = self._accounts[user_id]
        self._accounts[user_id] = replace(account, user=replace(account.user, email_verified_at=None))


class ChangesOfAddressAreLostWithTheNextSave(InMemoryUserRepository):
    """As where the whole entity is stored, as it was before."""

    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        self._before = self._accounts[user_id].user.email
        await super().change_email(user_id, new, at=at)

    async def save(self, user: User) -> None:
        await super().save(user)
        account = self._accounts[user.id]
        self._accounts[user.id] = replace(account, user=replace(account.user, email=self._before))


class AddressesNeedNoLock(InMemoryUserRepository):
    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        self._locked.add(user_id)
        await super().change_email(user_id, new, at=at)


class ChangesToAnyAddress(InMemoryUserRepository):
    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        self._require_locked(user_id)
        account = self._accounts[user_id]
        self._accounts[user_id] = replace(account, user=replace(account.user, email=new))


class RefusesOnesOwnAddress(InMemoryUserRepository):
    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        if self._accounts[user_id].user.email == new:
            raise EmailAlreadyRegistered
        await super().change_email(user_id, new, at=at)


class AddressesAreNeverGivenUp(InMemoryUserRepository):
    """Whoever had one keeps it with the new one."""

    _former: set[str] = set()  # noqa: RUF012 - shared by all units of work, like the table it stands for

    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        if new.value in self._former:
            raise EmailAlreadyRegistered
        self._former.add(self._accounts[user_id].user.email.value)
        await super().change_email(user_id, new, at=at)


class RefusesAfterTheFact(InMemoryUserRepository):
    """And leaves what it has done."""

    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        try:
            await super().change_email(user_id, new, at=at)
        except EmailAlreadyRegistered:
            account = self._accounts[user_id]
            self._accounts[user_id] = replace(account, user=replace(account.user, email=new))
            raise


# --- Reserved addresses ---------------------------------------------------------------------------------------------


class _SeesOtherTokens(InMemoryUserRepository):
    def _seen(self, token: OneTimeToken) -> OneTimeToken | None:
        raise NotImplementedError

    @contextmanager
    def _seeing(self) -> Iterator[None]:
        stored = self._state.tokens
        seen = [self._seen(token) for token in stored.values()]
        self._state.tokens = {token.id: token for token in seen if token}
        try:
            yield
        finally:
            self._state.tokens = stored

    async def add(self, new: NewUser, password_hash: PasswordHash) -> User:
        with self._seeing():
            return await super().add(new, password_hash)

    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        with self._seeing():
            await super().change_email(user_id, new, at=at)


class ReservesNothing(_SeesOtherTokens):
    def _seen(self, token: OneTimeToken) -> OneTimeToken | None:
        return None


class ReservesForNobody(_SeesOtherTokens):
    """Not even for whoever can take the address back."""

    def _seen(self, token: OneTimeToken) -> OneTimeToken | None:
        return replace(token, user_id=UserId(0))


class ReservesWhatWasUsed(_SeesOtherTokens):
    def _seen(self, token: OneTimeToken) -> OneTimeToken | None:
        return replace(token, used_at=None)


class ReservesWhatIsVoid(_SeesOtherTokens):
    def _seen(self, token: OneTimeToken) -> OneTimeToken | None:
        return replace(token, voided_at=None)


class ReservesWhatExpired(_SeesOtherTokens):
    def _seen(self, token: OneTimeToken) -> OneTimeToken | None:
        return replace(token, expires_at=token.expires_at + timedelta(microseconds=1))


class ReservesForAnyPurpose(_SeesOtherTokens):
    def _seen(self, token: OneTimeToken) -> OneTimeToken | None:
        return replace(token, purpose=TokenPurpose.UNDO_EMAIL_CHANGE)
