"""Log out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason

if TYPE_CHECKING:
    from user_domain.ports.clock import Clock
    from user_domain.ports.session_queries import Login
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.value_objects.client_info import ClientInfo


class LogOut:
    """The holder of a live session ends it, everywhere and at once. Twice is as good as once."""

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def execute(self, login: Login, *, client: ClientInfo) -> None:
        """End the session of this login."""
        now = self._clock.now()
        async with self._unit_of_work() as work:
            if not await work.sessions.end(login.session.handle, at=now, reason=EndReason.LOGOUT):
                return
            await work.audit.append(
                AuditEntry.about_oneself(AuditAction.SESSION_LOGOUT, login.user.id, at=now, client=client)
            )
            await work.commit()
