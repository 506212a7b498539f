"""The directory of users in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from user_domain.policies.access import AccessPolicy
from user_domain.ports.user_directory import UserDirectory

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.user_directory import StatusTerms, UserCriteria, UserOrder, UserPosition
    from user_domain.testing.in_memory.database import InMemoryDatabase

_NEVER = datetime.min.replace(tzinfo=UTC)


class InMemoryUserDirectory(UserDirectory):
    """Looks at every committed user, and sorts those it found."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def page(
        self,
        criteria: UserCriteria,
        terms: StatusTerms,
        *,
        order: UserOrder,
        limit: int,
        after: UserPosition | None = None,
    ) -> list[User]:
        found = sorted(
            self._matching(criteria, terms),
            key=lambda user: self._rank(order.position_of(user)),
            reverse=order.is_descending,
        )
        return [user for user in found if after is None or self._is_behind(order, user, after)][:limit]

    async def count(self, criteria: UserCriteria, terms: StatusTerms) -> int:
        return len(self._matching(criteria, terms))

    async def estimate(self, criteria: UserCriteria, terms: StatusTerms) -> int:
        return await self.count(criteria, terms)

    def _matching(self, criteria: UserCriteria, terms: StatusTerms) -> list[User]:
        users = (account.user for account in self._database.committed.accounts.values())
        return [user for user in users if self._meets(user, criteria, terms)]

    def _meets(self, user: User, criteria: UserCriteria, terms: StatusTerms) -> bool:
        access = AccessPolicy(verified_email_required=terms.verified_email_required)
        words = criteria.words
        return (
            (words is None or words.match(name=user.name.value, email=user.email.value, mobile=user.mobile.value))
            and access.status(user, at=terms.at) in criteria.statuses
            and criteria.role in {None, user.role}
            and criteria.is_verified in {None, user.is_email_verified}
            and criteria.created.covers(user.created_at)
            and criteria.last_login.covers(user.last_login_at)
        )

    def _is_behind(self, order: UserOrder, user: User, after: UserPosition) -> bool:
        rank, other = self._rank(order.position_of(user)), self._rank(after)
        return rank < other if order.is_descending else rank > other

    @staticmethod
    def _rank(position: UserPosition) -> tuple[datetime | str, int]:
        return position.sorted_by or _NEVER, position.id
