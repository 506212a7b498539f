"""End a session of a user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.session import EndReason
from user_domain.errors import SessionNotFound
from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.session_queries import SessionQueries
    from user_domain.steps.session_end import SessionEnd
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import SessionId


class EndUserSession:
    """Admins end anybody's session, their own and other admins' included, everywhere and at once. Twice is as good as
    once. The person is not mailed: the next request says so, and the account and its password are as they were.
    """

    def __init__(self, *, sessions: SessionQueries, session_end: SessionEnd) -> None:
        self._sessions = sessions
        self._session_end = session_end

    async def execute(self, session_id: SessionId, *, actor: User, client: ClientInfo) -> None:
        """End it.

        Raises:
            Forbidden: the actor is no admin.
            SessionNotFound: there is none.
        """
        require_admin(actor)
        session = await self._sessions.by_id(session_id)
        if session is None:
            raise SessionNotFound
        await self._session_end.end(session, EndReason.REVOKED_BY_ADMIN, client=client, by=actor.id)
