"""Log out everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason

if TYPE_CHECKING:
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.session_queries import Login
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.value_objects.client_info import ClientInfo


class LogOutEverywhere:
    """People end all their sessions, or all but the one they ask with."""

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, session_policy: SessionPolicy, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._session_policy = session_policy
        self._clock = clock

    async def execute(self, login: Login, *, keep_current: bool, client: ClientInfo) -> int:
        """How many sessions that ended; those that had lain idle for too long were over before."""
        now, user_id = self._clock.now(), login.user.id
        async with self._unit_of_work() as work:
            await work.users.lock(user_id)
            ended = await work.sessions.end_all(
                user_id,
                at=now,
                reason=EndReason.LOGOUT_ALL,
                keep=login.session.handle if keep_current else None,
                seen_after=self._session_policy.seen_after(now),
            )
            await work.audit.append(
                AuditEntry.about_oneself(AuditAction.SESSION_LOGOUT_ALL, user_id, at=now, client=client)
            )
            await work.commit()
        return ended
