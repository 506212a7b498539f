"""Users, for reading."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId


class UserQueries(Protocol):
    """Answers what was committed before the question was put; locks nothing."""

    @abstractmethod
    async def by_id(self, user_id: UserId) -> User | None:
        """The user with this number; None where there is none."""

    @abstractmethod
    async def account_by_email(self, email: EmailAddress) -> Account | None:
        """The user with this address, and its password hash; None where there is none."""
