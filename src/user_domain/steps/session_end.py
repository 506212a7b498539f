"""Ending one session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason

if TYPE_CHECKING:
    from user_domain.entities.session import Session
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.value_objects.client_info import ClientInfo

_ACTIONS = {
    EndReason.LOGOUT: AuditAction.SESSION_LOGOUT,
    EndReason.REVOKED: AuditAction.SESSION_REVOKE,
    EndReason.MOVED: AuditAction.SESSION_MOVE_REFUSED,
}


class SessionEnd:
    """Ends a session for one of the reasons that concern it alone, everywhere and at once."""

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def end(self, session: Session, reason: EndReason, *, client: ClientInfo) -> None:
        """End it; twice is as good as once, and the trail tells of the first time."""
        now = self._clock.now()
        async with self._unit_of_work() as work:
            if not await work.sessions.end(session.handle, at=now, reason=reason):
                return
            await work.audit.append(AuditEntry.about_oneself(_ACTIONS[reason], session.user_id, at=now, client=client))
            await work.commit()
