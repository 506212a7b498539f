"""See where one is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.session_queries import Login, SessionQueries
    from user_domain.steps.session_list import ListedSession, SessionList
    from user_domain.value_objects.ids import SessionId


class ListOwnSessions:
    """People see the sessions of theirs that live."""

    def __init__(
        self, *, sessions: SessionQueries, session_policy: SessionPolicy, session_list: SessionList, clock: Clock
    ) -> None:
        self._sessions = sessions
        self._session_policy = session_policy
        self._session_list = session_list
        self._clock = clock

    async def execute(self, login: Login, *, limit: int, before: SessionId | None = None) -> list[ListedSession]:
        """A page of them, the newest first."""
        now = self._clock.now()
        found = await self._sessions.live_of_user(
            login.user.id, at=now, seen_after=self._session_policy.seen_after(now), limit=limit, before=before
        )
        return await self._session_list.of(found, at=now)
