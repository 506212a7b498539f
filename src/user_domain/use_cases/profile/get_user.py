"""See a user's record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.errors import UserNotFound
from user_domain.policies.authorization import require_self_or_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.user_queries import UserQueries
    from user_domain.value_objects.ids import UserId


class GetUser:
    """People see their own record, admins everybody's."""

    def __init__(self, *, users: UserQueries) -> None:
        self._users = users

    async def execute(self, *, actor: User, user_id: UserId) -> User:
        """The record.

        Raises:
            Forbidden: it is somebody else's, whether it exists or not.
            UserNotFound: it does not exist; told to admins only.
        """
        require_self_or_admin(actor, user_id)
        if actor.id == user_id:
            return actor  # just read, to recognise the caller
        user = await self._users.by_id(user_id)
        if user is None:
            raise UserNotFound
        return user
