"""Users, for whoever looks for some among all of them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from user_domain.value_objects.account_status import AccountStatus

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.value_objects.ids import UserId
    from user_domain.value_objects.role import Role
    from user_domain.value_objects.search_words import SearchWords


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment on, and up to (not including) another; None: without a bound. One that ends before it begins
    covers nothing.
    """

    since: datetime | None = None
    until: datetime | None = None

    def covers(self, moment: datetime | None) -> bool:
        """Whether a moment lies in it. What never happened lies in no period but the one without bounds."""
        if moment is None:
            return self == Period()
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCriteria:
    """Who is looked for: those of whom all of it is true. Nothing named, everybody."""

    words: SearchWords | None = None
    statuses: frozenset[AccountStatus] = frozenset(AccountStatus)
    role: Role | None = None
    is_verified: bool | None = None
    created: Period = Period()
    last_login: Period = Period()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTerms:
    """What the statuses go by: a moment, and whether people must have verified their address."""

    at: datetime
    verified_email_required: bool


class UserOrder(StrEnum):
    """What a list is sorted by; with a minus the highest first. Equals follow their number, in the same direction.
    Whoever never logged in comes before all who did.
    """

    ID = "id"
    ID_DESCENDING = "-id"
    CREATED_AT = "created_at"
    CREATED_AT_DESCENDING = "-created_at"
    LAST_LOGIN = "last_login"
    LAST_LOGIN_DESCENDING = "-last_login"
    EMAIL = "email"

    @property
    def is_descending(self) -> bool:
        """Whether the highest comes first."""
        return self.value.startswith("-")

    @property
    def field(self) -> str:
        """What it sorts by."""
        return self.value.removeprefix("-")

    def position_of(self, user: User) -> UserPosition:
        """Where a user stands in the list."""
        keys: dict[str, datetime | str | None] = {
            "id": None,
            "created_at": user.created_at,
            "last_login": user.last_login_at,
            "email": user.email.value,
        }
        return UserPosition(user.id, keys[self.field])


@dataclass(frozen=True, slots=True)
class UserPosition:
    """A place in a list: a user's number, and besides what the list is sorted by, where that is something else."""

    id: UserId
    sorted_by: datetime | str | None = None


class Counting(StrEnum):
    """How a total is found: by counting, which takes the longer the more there are, or by a quick guess."""

    EXACT = "exact"
    ESTIMATE = "estimate"


class UserDirectory(Protocol):
    """Answers what was committed before the question was put; locks nothing."""

    @abstractmethod
    async def page(
        self,
        criteria: UserCriteria,
        terms: StatusTerms,
        *,
        order: UserOrder,
        limit: int,
        after: UserPosition | None = None,
    ) -> list[User]:
        """The first of those who meet the criteria, in this order; those behind a position, where one is given. There
        need not be a user at it any more. The statuses are what the access policy says under these terms.

        Whoever does not move in the list comes on exactly one page, whatever happens to others between pages. Every
        page costs the same. Addresses are compared character by character.
        """

    @abstractmethod
    async def count(self, criteria: UserCriteria, terms: StatusTerms) -> int:
        """How many meet the criteria. The more there are, the longer it takes."""

    @abstractmethod
    async def estimate(self, criteria: UserCriteria, terms: StatusTerms) -> int:
        """About how many that may be, quickly; it may be far off. None of them where the words can find nobody."""
