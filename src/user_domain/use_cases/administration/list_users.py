"""See who there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.policies.authorization import require_admin
from user_domain.ports.user_directory import Counting, StatusTerms

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.policies.access import AccessPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.user_directory import UserCriteria, UserDirectory, UserOrder, UserPosition


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPage:
    """Some users of a list, as they stood at a moment; where the next page begins, if there is one; and how many there
    are in all, where that was asked for.
    """

    users: list[User]
    at: datetime
    next_page: UserPosition | None
    total: int | None


class ListUsers:
    """Admins see who there is, all or those they look for."""

    def __init__(self, *, directory: UserDirectory, access: AccessPolicy, clock: Clock) -> None:
        self._directory = directory
        self._access = access
        self._clock = clock

    async def execute(
        self,
        *,
        actor: User,
        criteria: UserCriteria,
        order: UserOrder,
        limit: int,
        after: UserPosition | None = None,
        counting: Counting | None = None,
    ) -> UserPage:
        """A page of them.

        Raises:
            Forbidden: the actor is no admin.
        """
        require_admin(actor)
        now = self._clock.now()
        terms = StatusTerms(at=now, verified_email_required=self._access.verified_email_required)
        found = await self._directory.page(criteria, terms, order=order, limit=limit + 1, after=after)
        users, has_more = found[:limit], len(found) > limit
        total: int | None = None
        if counting is not None and after is None and not has_more:
            total = len(users)  # everybody is on this page
        elif counting is Counting.EXACT:
            total = await self._directory.count(criteria, terms)
        elif counting is Counting.ESTIMATE:
            total = max(await self._directory.estimate(criteria, terms), len(found))
        next_page = order.position_of(users[-1]) if has_more else None
        return UserPage(users=users, at=now, next_page=next_page, total=total)
