"""See where a user is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.errors import UserNotFound
from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.session_queries import SessionQueries
    from user_domain.ports.user_queries import UserQueries
    from user_domain.steps.session_list import ListedSession, SessionList
    from user_domain.value_objects.ids import SessionId, UserId


class ListUserSessions:
    """Admins see anybody's sessions, their own and other admins' included: those that live, or all there are."""

    def __init__(
        self,
        *,
        sessions: SessionQueries,
        users: UserQueries,
        session_policy: SessionPolicy,
        session_list: SessionList,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._users = users
        self._session_policy = session_policy
        self._session_list = session_list
        self._clock = clock

    async def execute(
        self, user_id: UserId, *, actor: User, include_ended: bool, limit: int, before: SessionId | None = None
    ) -> list[ListedSession]:
        """A page of them, the newest first.

        Raises:
            Forbidden: the actor is no admin.
            UserNotFound: there is no such user.
        """
        require_admin(actor)
        now = self._clock.now()
        if include_ended:
            found = await self._sessions.of_user(user_id, limit=limit, before=before)
        else:
            seen_after = self._session_policy.seen_after(now)
            found = await self._sessions.live_of_user(
                user_id, at=now, seen_after=seen_after, limit=limit, before=before
            )
        if not found and await self._users.by_id(user_id) is None:  # whoever has sessions is there
            raise UserNotFound
        return await self._session_list.of(found, at=now)
