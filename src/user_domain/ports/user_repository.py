"""Users, for writing."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import NewUser, User
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId


@dataclass(frozen=True, slots=True)
class Account:
    """A user together with the hash of the password, which nothing but password checks may read."""

    user: User
    password_hash: PasswordHash = field(repr=False)


class UserRepository(Protocol):
    """The users, within a unit of work: nothing written is seen by others before the commit."""

    @abstractmethod
    async def add(self, new: NewUser, password_hash: PasswordHash) -> User:
        """Store a new user and give it the next number.

        Of any number of callers with one address, at the same instant too, exactly one succeeds; the others wait for
        it and are refused. A refusal uses up no number and leaves the unit of work as usable as before.

        Raises:
            EmailAlreadyRegistered: another user has the address, or has it reserved (`change_email`).
        """

    @abstractmethod
    async def lock(self, user_id: UserId) -> Account | None:
        """Read a user as committed last, and keep everybody else from locking it until the unit of work ends.

        Waits for whoever holds the lock, and then answers what that one has left. None: there is no such user.
        """

    @abstractmethod
    async def save(self, user: User) -> None:
        """Store the new state of a user that this unit of work has locked; to save another is a programming error
        (`LookupError`). Number and time of creation do not change, and the address only by `change_email`."""

    @abstractmethod
    async def replace_password_hash(self, user_id: UserId, *, old: PasswordHash, new: PasswordHash) -> None:
        """Store another hash of the *same* password. Where the stored one is not `old` any more, nothing changes:
        the password was changed in the meantime, and that wins."""

    @abstractmethod
    async def set_password_hash(self, user_id: UserId, new: PasswordHash, *, at: datetime) -> None:
        """Store the hash of another password for a user that this unit of work has locked."""

    @abstractmethod
    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        """Give a user that this unit of work has locked another address.

        Of any number of callers who want one address at the same instant, those who register included, exactly one
        gets it. An address is reserved for the user of a good token that undoes a change away from it. A refusal
        leaves the unit of work as usable as before.

        Raises:
            EmailAlreadyRegistered: another user has the address, or has it reserved.
        """
