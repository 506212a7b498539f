"""Create an administrator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.policies.admission import admit
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.new_password import NewPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAdminCommand:
    """The new administrator's details, as typed."""

    name: str
    email: str
    mobile: str
    password: str = field(repr=False)
    locale: str | None = None


class CreateAdmin:
    """Whoever operates the service creates an administrator; the address counts as verified from the start."""

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, new_password: NewPassword, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._new_password = new_password
        self._clock = clock

    async def execute(self, command: CreateAdminCommand) -> User:
        """The new administrator.

        Raises:
            InvalidInput: every rule that is broken, in any field; or the password is too common.
            EmailAlreadyRegistered: somebody has this address; `PromoteToAdmin` makes an existing user an admin.
            Overloaded: too much hashing waits already.
        """
        now = self._clock.now()
        admission = admit(command, role=Role.ADMIN, at=now, email_verified=True)
        new = admission.user
        password_hash = await self._new_password.hash(admission.password, name=new.name, email=new.email)
        async with self._unit_of_work() as work:
            admin = await work.users.add(new, password_hash)
            await work.audit.append(
                AuditEntry(
                    action=AuditAction.ADMIN_CREATE, at=now, actor_id=None, target_id=admin.id, client=ClientInfo()
                )
            )
            await work.commit()
        return admin
