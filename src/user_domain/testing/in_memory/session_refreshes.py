"""Sessions in memory, for refreshing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.policies.access import AccessPolicy
from user_domain.ports.session_queries import Login
from user_domain.ports.session_refreshes import Refresh, SessionRefreshes

if TYPE_CHECKING:
    from user_domain.ports.session_refreshes import RefreshTerms
    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.refresh_token import RefreshToken


class InMemorySessionRefreshes(SessionRefreshes):
    """Changes the committed sessions, while no unit of work is open."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def advance(self, token: RefreshToken, terms: RefreshTerms) -> Refresh | None:
        async with self._database.lock:
            state = self._database.committed
            session = state.sessions.get(token.session)
            if session is None:
                return None
            user = state.accounts[session.user_id].user
            access = AccessPolicy(verified_email_required=terms.verified_email_required)
            if (
                session.refresh_generation != token.generation
                or session not in state.live_sessions(user.id, at=terms.at, seen_after=terms.seen_after)
                or access.denials(user, at=terms.at)
            ):
                return Refresh(has_advanced=False, login=Login(user, session))
            advanced = replace(
                session,
                refresh_generation=session.refresh_generation + 1,
                refreshed_at=terms.at,
                last_seen_at=max(terms.at, session.last_seen_at),
                expires_at=max(session.expires_at, min(terms.at + terms.sliding, session.started_at + terms.absolute)),
            )
            state.sessions[token.session] = advanced
            state.lapsed.discard(token.session)
            return Refresh(has_advanced=True, login=Login(user, advanced))
