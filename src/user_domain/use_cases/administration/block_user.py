"""Block an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.policies import standing
from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.account_control import AccountControl
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockUserCommand:
    """Whom to block, and why, as typed for other admins. `expected_versions` are those the admin knows."""

    actor: User
    user_id: UserId
    reason: str | None = None
    expected_versions: frozenset[int] | None = None
    client: ClientInfo


class BlockUser:
    """Admins shut a user's account until an admin opens it again. All sessions end at once, everywhere, and the person
    is told that, but not why. Once more for the same reason changes nothing; for another reason, the reason.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, control: AccountControl, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._control = control
        self._clock = clock

    async def execute(self, command: BlockUserCommand) -> User:
        """The user, blocked.

        Raises:
            Forbidden: the actor is no admin, whether the user exists or not.
            InvalidInput: the reason is empty, too long or cannot be printed.
            UserNotFound: there is no such user.
            CannotActOnSelf, CannotActOnAdmin: the attempt is in the audit trail.
            PreconditionFailed: the user is not at an expected version.
        """
        require_admin(command.actor)
        reason = standing.reason(command.reason)
        async with self._unit_of_work() as work:
            user = await self._control.lock(work, command, refusal=AuditAction.USER_BLOCK_REFUSED)
            now = self._clock.now()  # after the wait for the lock: it did not happen before what it follows
            blocked = user.blocked(by=command.actor.id, reason=reason, at=now)
            if blocked is not user:
                await self._control.apply(work, user, blocked, command, AuditAction.USER_BLOCK, at=now)
        return blocked
