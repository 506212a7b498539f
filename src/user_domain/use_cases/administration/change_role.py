"""Change somebody's role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.errors import LastAdmin
from user_domain.policies.authorization import require_admin
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.account_control import AccountControl
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import UserId
    from user_domain.value_objects.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRoleCommand:
    """Whose role to change, and to what. `expected_versions` are those the admin knows."""

    actor: User
    user_id: UserId
    role: Role
    expected_versions: frozenset[int] | None = None
    client: ClientInfo


class ChangeRole:
    """Admins make others admins, and admins users again; not themselves, and never the last one who can log in.
    Sessions go on, with the powers of the new role from the next request on. The person is told.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, control: AccountControl, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._control = control
        self._clock = clock

    async def execute(self, command: ChangeRoleCommand) -> User:
        """The user in the role. Where it is the user's already nothing changes.

        Raises:
            Forbidden: the actor is no admin, whether the user exists or not.
            UserNotFound: there is no such user.
            CannotActOnSelf, LastAdmin: the attempt is in the audit trail.
            PreconditionFailed: the user is not at an expected version.
        """
        require_admin(command.actor)
        async with self._unit_of_work() as work:
            place = await self._control.lock_place(work, command, refusal=AuditAction.USER_ROLE_CHANGE_REFUSED)
            user, now = place.account.user, self._clock.now()  # after the wait, as everywhere here
            changed = user.with_role(command.role, at=now)
            if changed is user:
                return user
            if user.is_admin and place.other_admins == 0:
                await self._control.refuse(LastAdmin(), work, command, AuditAction.USER_ROLE_CHANGE_REFUSED)
            await work.users.save(changed)
            change = FieldChange("role", user.role, changed.role)
            await self._control.record(work, command, AuditAction.USER_ROLE_CHANGE, changes=(change,), at=now)
            await self._control.tell(work, MailKind.ROLE_CHANGED, changed, command, at=now)
            await work.commit()
        return changed
