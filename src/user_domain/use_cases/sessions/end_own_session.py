"""End one of one's sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.session import EndReason
from user_domain.errors import SessionNotFound

if TYPE_CHECKING:
    from user_domain.ports.session_queries import Login, SessionQueries
    from user_domain.steps.session_end import SessionEnd
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import SessionId


class EndOwnSession:
    """People end one of their sessions, the one they ask with included. Twice is as good as once."""

    def __init__(self, *, sessions: SessionQueries, session_end: SessionEnd) -> None:
        self._sessions = sessions
        self._session_end = session_end

    async def execute(self, login: Login, session_id: SessionId, *, client: ClientInfo) -> None:
        """End it.

        Raises:
            SessionNotFound: there is none, or it is somebody else's.
        """
        session = await self._sessions.by_id(session_id)
        if session is None or session.user_id != login.user.id:
            raise SessionNotFound
        await self._session_end.end(session, EndReason.REVOKED, client=client)
