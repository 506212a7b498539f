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
    from user_domain.value_objects.ids import UserId

_ACTIONS = {
    EndReason.LOGOUT: AuditAction.SESSION_LOGOUT,
    EndReason.REVOKED: AuditAction.SESSION_REVOKE,
    EndReason.REVOKED_BY_ADMIN: AuditAction.SESSION_REVOKE,
    EndReason.MOVED: AuditAction.SESSION_MOVE_REFUSED,
}


class SessionEnd:
    """Ends a session for one of the reasons that concern it alone, everywhere and at once."""

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def end(self, session: Session, reason: EndReason, *, client: ClientInfo, by: UserId | None = None) -> None:
        """End it; twice is as good as once, and the trail tells of the first time. `by` is whoever did it, where that
        is not the session's own user.
        """
        now = self._clock.now()
        async with self._unit_of_work() as work:
            if not await work.sessions.end(session.handle, at=now, reason=reason):
                return
            await work.audit.append(
                AuditEntry(
                    action=_ACTIONS[reason],
                    at=now,
                    actor_id=session.user_id if by is None else by,
                    target_id=session.user_id,
                    client=client,
                )
            )
            await work.commit()
