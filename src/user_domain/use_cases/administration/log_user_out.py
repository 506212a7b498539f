"""Log a user out everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason
from user_domain.errors import UserNotFound
from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import UserId


class LogUserOut:
    """Admins end all sessions of a user, of another admin or of their own, the one they ask with included. The person
    is not mailed, and can log in again.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, session_policy: SessionPolicy, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._session_policy = session_policy
        self._clock = clock

    async def execute(self, user_id: UserId, *, actor: User, client: ClientInfo) -> int:
        """How many sessions that ended.

        Raises:
            Forbidden: the actor is no admin.
            UserNotFound: there is no such user.
        """
        require_admin(actor)
        now = self._clock.now()
        async with self._unit_of_work() as work:
            if await work.users.lock(user_id) is None:
                raise UserNotFound
            seen_after = self._session_policy.seen_after(now)
            ended = await work.sessions.end_all(
                user_id, at=now, reason=EndReason.REVOKED_BY_ADMIN, seen_after=seen_after
            )
            await work.audit.append(
                AuditEntry(
                    action=AuditAction.SESSION_LOGOUT_ALL,
                    at=now,
                    actor_id=actor.id,
                    target_id=user_id,
                    client=client,
                )
            )
            await work.commit()
        return ended
