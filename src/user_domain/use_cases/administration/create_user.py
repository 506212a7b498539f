"""Open an account for somebody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.errors import EmailAlreadyRegistered
from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.account_opening import AccountOpening
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUserCommand:
    """The new user's details, as an admin typed them, and the role."""

    actor: User
    name: str
    email: str
    mobile: str
    password: str = field(repr=False)
    locale: str | None = None
    role: Role
    client: ClientInfo


class CreateUser:
    """Admins open accounts for others, also for other admins; the address counts as verified from the start. The person
    is told by mail, but not the password.
    """

    def __init__(self, *, opening: AccountOpening, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._opening = opening
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def execute(self, command: CreateUserCommand) -> User:
        """The new user.

        Raises:
            Forbidden: the actor is no admin.
            InvalidInput: every rule that is broken, in any field; or the password is too common.
            EmailAlreadyRegistered: somebody has this address; the attempt is in the audit trail.
            Overloaded: too much hashing waits already.
        """
        require_admin(command.actor)
        try:
            return await self._opening.open(
                command, role=command.role, action=AuditAction.USER_CREATE, actor=command.actor, client=command.client
            )
        except EmailAlreadyRegistered as error:
            refusal = AuditEntry(
                action=AuditAction.USER_CREATE_REFUSED,
                at=self._clock.now(),
                actor_id=command.actor.id,
                target_id=None,
                client=command.client,
                reason=error.code,
            )
            async with self._unit_of_work() as work:
                await work.audit.append(refusal)
                await work.commit()
            raise
