"""See a user as admins do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.errors import UserNotFound
from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.user_queries import UserQueries
    from user_domain.value_objects.ids import UserId


class SeeUser:
    """Admins see everybody, themselves included."""

    def __init__(self, *, users: UserQueries) -> None:
        self._users = users

    async def execute(self, *, actor: User, user_id: UserId) -> User:
        """The user.

        Raises:
            Forbidden: the actor is no admin, whether the user exists or not.
            UserNotFound: there is no such user.
        """
        require_admin(actor)
        user = await self._users.by_id(user_id)
        if user is None:
            raise UserNotFound
        return user
