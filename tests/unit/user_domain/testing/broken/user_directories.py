"""Directories of users that find too many, too few, the wrong ones, or in an order nobody can go on from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from user_domain.policies.access import AccessPolicy
from user_domain.ports.user_directory import Period, StatusTerms, UserCriteria, UserOrder, UserPosition
from user_domain.testing.builders import a_user
from user_domain.testing.in_memory import InMemoryDatabase, InMemoryUserDirectory
from user_domain.value_objects.account_status import SHUT, AccountStatus
from user_domain.value_objects.search_words import words_of

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User

MOMENT = timedelta(microseconds=1)


class InventsUsers(InMemoryUserDirectory):
    async def page(self, *args: Any, **kwargs: Any) -> list[User]:
        return await super().page(*args, **kwargs) or [a_user()]


class HidesTheShut(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        return user.block is None and super()._meets(user, criteria, terms)


class ForgetsLogins(InMemoryUserDirectory):
    async def page(self, *args: Any, **kwargs: Any) -> list[User]:
        return [replace(user, last_login_at=None) for user in await super().page(*args, **kwargs)]


class SortsByNumber(InMemoryUserDirectory):
    async def page(self, *args: Any, order: UserOrder, **kwargs: Any) -> list[User]:
        by_number = UserOrder.ID_DESCENDING if order.is_descending else UserOrder.ID
        return await super().page(*args, order=by_number, **kwargs)


class KnowsNoDirection(InMemoryUserDirectory):
    async def page(self, *args: Any, order: UserOrder, **kwargs: Any) -> list[User]:
        ascending = UserOrder(order.field)
        return await super().page(*args, order=ascending, **kwargs)


class PutsThoseWhoNeverCameLast(InMemoryUserDirectory):
    @staticmethod
    def _rank(position: UserPosition) -> tuple[datetime | str, int]:
        rank, number = InMemoryUserDirectory._rank(position)  # noqa: SLF001 - the intact one
        return (rank if position.sorted_by else "~", number) if isinstance(rank, str) else (_turned(rank), number)


def _turned(moment: datetime) -> datetime:
    return moment.replace(year=9999) if moment.year == 1 else moment


class GoesOnAmongEqualsAtRandom(InMemoryUserDirectory):
    def _is_behind(self, order: UserOrder, user: User, after: UserPosition) -> bool:
        is_equal = self._rank(order.position_of(user))[0] == self._rank(after)[0]
        return super()._is_behind(order, user, after) and (order.field == "id" or not is_equal)


class BeginsWithTheLastAgain(InMemoryUserDirectory):
    def _is_behind(self, order: UserOrder, user: User, after: UserPosition) -> bool:
        return order.position_of(user) == after or super()._is_behind(order, user, after)


class CountsPages(InMemoryUserDirectory):
    """As `offset` does: whoever comes in between pushes the others on."""

    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._seen = 0

    async def page(
        self,
        criteria: UserCriteria,
        terms: StatusTerms,
        *,
        order: UserOrder,
        limit: int,
        after: UserPosition | None = None,
    ) -> list[User]:
        self._seen = 0 if after is None else self._seen
        page = (await super().page(criteria, terms, order=order, limit=10**6))[self._seen : self._seen + limit]
        self._seen += len(page)
        return page


class LooksForTheLastOne(InMemoryUserDirectory):
    async def page(self, *args: Any, order: UserOrder, after: UserPosition | None = None, **kwargs: Any) -> list[User]:
        users = [account.user for account in self._database.committed.accounts.values()]
        if after is not None and after not in [order.position_of(user) for user in users]:
            return []
        return await super().page(*args, order=order, after=after, **kwargs)


class KnowsNoLimitOfPages(InMemoryUserDirectory):
    async def page(self, *args: Any, limit: int, **kwargs: Any) -> list[User]:
        return await super().page(*args, limit=limit + 1, **kwargs)


class SortsAddressesAsPeopleDo(InMemoryUserDirectory):
    @staticmethod
    def _rank(position: UserPosition) -> tuple[datetime | str, int]:
        rank, number = InMemoryUserDirectory._rank(position)  # noqa: SLF001 - the intact one
        return ("".join(filter(str.isalnum, rank)) if isinstance(rank, str) else rank, number)


class FindsAnywhereInAWord(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        found_by = words_of(name=user.name.value, email=user.email.value, mobile=user.mobile.value)
        words = criteria.words.words if criteria.words else ()
        return all(any(word in one for one in found_by) for word in words) and super()._meets(
            user, replace(criteria, words=None), terms
        )


class NeedsOneWordOnly(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        found_by = words_of(name=user.name.value, email=user.email.value, mobile=user.mobile.value)
        words = criteria.words.words if criteria.words else ("",)
        return any(one.startswith(word.lower()) for word in words for one in found_by) and super()._meets(
            user, replace(criteria, words=None), terms
        )


class MindsCase(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        text = f"{user.name.value} {user.email.value} {user.mobile.value}"
        words = criteria.words.words if criteria.words else ()
        return all(word in text for word in words) and super()._meets(user, criteria, terms)


class RemembersTheFirstName(InMemoryUserDirectory):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._first: dict[int, User] = {}

    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        for account in self._database.committed.accounts.values():
            self._first.setdefault(account.user.id, account.user)
        return super()._meets(self._first[user.id], criteria, terms)

    def _matching(self, criteria: UserCriteria, terms: StatusTerms) -> list[User]:
        self._first = self._first or {
            number: replace(account.user, name=replace(account.user.name, value="John Doe"))
            for number, account in self._database.committed.accounts.items()
        }
        return super()._matching(criteria, terms)


class JudgesWithoutTheSetting(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        return super()._meets(user, criteria, replace(terms, verified_email_required=False))


class SuspendsForever(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        status = AccessPolicy(verified_email_required=terms.verified_email_required).status(user, at=terms.at)
        if user.suspension is not None and user.block is None:
            status = AccountStatus.SUSPENDED
        return status in criteria.statuses and super()._meets(
            user, replace(criteria, statuses=frozenset(AccountStatus)), terms
        )


class KnowsNoRoles(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        return super()._meets(user, replace(criteria, role=None), terms)


class CannotAskForTheUnverified(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        return super()._meets(user, replace(criteria, is_verified=criteria.is_verified or None), terms)


class IncludesTheEnd(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        return super()._meets(
            user,
            replace(criteria, created=_longer(criteria.created), last_login=_longer(criteria.last_login)),
            terms,
        )


def _longer(period: Period) -> Period:
    return Period(period.since, period.until and period.until + MOMENT)


class TakesNeverForLongAgo(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        if user.last_login_at is None and criteria.last_login.since is None:
            criteria = replace(criteria, last_login=Period())
        return super()._meets(user, criteria, terms)


class CountsOnePage(InMemoryUserDirectory):
    async def count(self, criteria: UserCriteria, terms: StatusTerms) -> int:
        return min(await super().count(criteria, terms), 4)


class GuessesAlways(InMemoryUserDirectory):
    async def estimate(self, criteria: UserCriteria, terms: StatusTerms) -> int:
        return await super().estimate(criteria, terms) or 1


class RemembersTheList(InMemoryUserDirectory):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: list[User] | None = None

    async def page(self, *args: Any, **kwargs: Any) -> list[User]:
        self._remembered = self._remembered or await super().page(*args, **kwargs)
        return self._remembered


class ShowsNobodyWhileSomebodyWrites(InMemoryUserDirectory):
    async def page(self, *args: Any, **kwargs: Any) -> list[User]:
        return [] if self._database.lock.locked() else await super().page(*args, **kwargs)


class FindsWhoeverMeetsMost(InMemoryUserDirectory):
    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        eased = [
            replace(criteria, words=None),
            replace(criteria, statuses=criteria.statuses | SHUT),
            replace(criteria, role=None),
        ]
        return any(super(FindsWhoeverMeetsMost, self)._meets(user, one, terms) for one in eased)
