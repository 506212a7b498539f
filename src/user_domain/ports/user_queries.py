"""Users, for reading."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginCandidate:
    """An account somebody tries to log in to. `is_recognised` says whether the account has been logged in to before
    with the same user agent, in whatever version, and before from the same network, as far as those sessions are still
    kept; it is also true of the very first login to an account that was never logged in to (its user has no
    `last_login_at`), and only of that one: that no session is left says nothing. Sessions that ended because the user
    said "this was not me" do not count."""

    account: Account
    is_recognised: bool


class UserQueries(Protocol):
    """Answers what was committed before the question was put; locks nothing."""

    @abstractmethod
    async def by_id(self, user_id: UserId) -> User | None:
        """The user with this number; None where there is none."""

    @abstractmethod
    async def account_by_email(self, email: EmailAddress) -> Account | None:
        """The user with this address, and its password hash; None where there is none."""

    @abstractmethod
    async def account_by_id(self, user_id: UserId) -> Account | None:
        """The user with this number, and its password hash; None where there is none."""

    @abstractmethod
    async def login_candidate(self, email: EmailAddress, *, client: ClientInfo) -> LoginCandidate | None:
        """The user with this address, and what is known of where the login comes from; None where there is none. The
        same work is done for every address."""

    @abstractmethod
    async def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId, at: datetime) -> bool:
        """Whether somebody else has the address, or has it reserved because a change away from it can be undone."""

    @abstractmethod
    async def verification_sent_at(self, user_id: UserId) -> datetime | None:
        """When the last mail that verifies the user's present address was put into the queue; None where none was, or
        where that is so long ago that its token is not kept any more."""
