"""See how an account stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.errors import UserNotFound
from user_domain.policies.authorization import require_admin
from user_domain.policies.status_history import periods

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.policies.status_history import StatusPeriod
    from user_domain.ports.status_history_queries import StatusHistoryQueries
    from user_domain.ports.user_queries import UserQueries
    from user_domain.value_objects.ids import StatusChangeId, UserId


class ListStatusHistory:
    """Admins see when an account was shut and opened again, until when, by whom and why. What admins did is there:
    an account that nobody ever shut has no history.
    """

    def __init__(self, *, users: UserQueries, history: StatusHistoryQueries) -> None:
        self._users = users
        self._history = history

    async def execute(
        self, *, actor: User, user_id: UserId, limit: int, after: StatusChangeId | None = None
    ) -> list[StatusPeriod]:
        """The periods, the newest first, beginning after the one of a change.

        Raises:
            Forbidden: the actor is no admin, whether the user exists or not.
            UserNotFound: there is no such user.
        """
        require_admin(actor)
        # With the change to begin after: when it came is when the one before it ended.
        known = 0 if after is None else 1
        changes = await self._history.of_user(user_id, limit=known + limit, up_to=after)
        if not changes and await self._users.by_id(user_id) is None:
            raise UserNotFound
        return periods(changes)[known:]
