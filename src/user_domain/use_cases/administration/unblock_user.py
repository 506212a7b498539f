"""Open an account again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.account_control import AccountControl
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblockUserCommand:
    """Whose account to open again. `expected_versions` are those the admin knows."""

    actor: User
    user_id: UserId
    expected_versions: frozenset[int] | None = None
    client: ClientInfo


class UnblockUser:
    """Admins lift what shuts a user's account, block and suspension alike, and the person is told. Sessions that ended
    stay so. Where nothing shuts it nothing changes.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, control: AccountControl, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._control = control
        self._clock = clock

    async def execute(self, command: UnblockUserCommand) -> User:
        """The user, whom neither block nor suspension keeps out.

        Raises:
            Forbidden: the actor is no admin, whether the user exists or not.
            UserNotFound: there is no such user.
            CannotActOnSelf, CannotActOnAdmin: the attempt is in the audit trail.
            PreconditionFailed: the user is not at an expected version.
        """
        require_admin(command.actor)
        async with self._unit_of_work() as work:
            user = await self._control.lock(work, command, refusal=AuditAction.USER_UNBLOCK_REFUSED)
            now = self._clock.now()  # after the wait for the lock: it did not happen before what it follows
            unblocked = user.unblocked(now)
            if unblocked is not user:
                await self._control.apply(work, user, unblocked, command, AuditAction.USER_UNBLOCK, at=now)
        return unblocked
