"""Suspend an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.policies import standing
from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.account_control import AccountControl
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendUserCommand:
    """Whom to suspend, until when, and why, as typed for other admins. `expected_versions` are those the admin
    knows.
    """

    actor: User
    user_id: UserId
    reason: str | None = None
    until: datetime | None = None
    expected_versions: frozenset[int] | None = None
    client: ClientInfo


class SuspendUser:
    """Admins shut a user's account for a while: at `until` the suspension lifts itself; nobody has to do anything.
    All sessions end at once, everywhere, and the person is told until when, but not why. A block that there is stays,
    and then the person hears nothing new.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, control: AccountControl, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._control = control
        self._clock = clock

    async def execute(self, command: SuspendUserCommand) -> User:
        """The user, suspended.

        Raises:
            Forbidden: the actor is no admin, whether the user exists or not.
            InvalidInput: the reason is empty, too long or cannot be printed; or the end is not in the future.
            UserNotFound: there is no such user.
            CannotActOnSelf, CannotActOnAdmin: the attempt is in the audit trail.
            PreconditionFailed: the user is not at an expected version.
        """
        require_admin(command.actor)
        reason = standing.reason(command.reason)
        standing.require_future(command.until, at=self._clock.now())
        async with self._unit_of_work() as work:
            user = await self._control.lock(work, command, refusal=AuditAction.USER_SUSPEND_REFUSED)
            now = self._clock.now()  # after the wait for the lock: it did not happen before what it follows
            suspended = user.suspended(by=command.actor.id, reason=reason, until=command.until, at=now)
            if suspended is not user:
                await self._control.apply(work, user, suspended, command, AuditAction.USER_SUSPEND, at=now)
        return suspended
