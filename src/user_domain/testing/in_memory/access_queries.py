"""Why somebody gets in or does not, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.ports.access_queries import AccessQueries, AccessRecord, LoginAttempt, LoginOutcome

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.ids import UserId

_OUTCOMES = {
    AuditAction.SESSION_LOGIN_SUCCESS: LoginOutcome.SUCCESS,
    AuditAction.SESSION_LOGIN_FAILURE: LoginOutcome.FAILURE,
    AuditAction.SESSION_LOGIN_DENIED: LoginOutcome.DENIED,
}


class InMemoryAccessQueries(AccessQueries):
    """Looks through the committed sessions and the whole audit trail."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def record_of(
        self, user_id: UserId, *, at: datetime, seen_after: datetime | None, attempts: int
    ) -> AccessRecord | None:
        state = self._database.committed
        account = state.accounts.get(user_id)
        if account is None:
            return None
        made = [
            LoginAttempt(at=entry.at, outcome=_OUTCOMES[entry.action], client=entry.client, reason=entry.reason)
            for entry in reversed(state.audit)
            if entry.target_id == user_id and entry.action in _OUTCOMES
        ]
        made.sort(key=lambda attempt: attempt.at, reverse=True)
        return AccessRecord(
            user=account.user,
            live_sessions=len(state.live_sessions(user_id, at=at, seen_after=seen_after)),
            attempts=tuple(made[:attempts]),
        )
