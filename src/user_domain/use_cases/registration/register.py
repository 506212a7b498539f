"""Open an account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.errors import EmailAlreadyRegistered
from user_domain.policies.admission import admit
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.password_hasher import PasswordHasher
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.value_objects.client_info import ClientInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCommand:
    """What somebody typed into the registration form, and from where."""

    name: str
    email: str
    mobile: str
    password: str = field(repr=False)
    locale: str | None = None
    client: ClientInfo


class Register:
    """Anyone opens an account for themselves, with the role `user` and an address not yet verified."""

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, password_hasher: PasswordHasher, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._password_hasher = password_hasher
        self._clock = clock

    async def execute(self, command: RegisterCommand) -> User:
        """The new user.

        Raises:
            InvalidInput: every rule that is broken, in any field.
            EmailAlreadyRegistered: somebody has this address; the attempt is in the audit trail.
            Overloaded: too much hashing waits already.
        """
        now = self._clock.now()
        admission = admit(command, role=Role.USER, at=now, email_verified=False)
        password_hash = await self._password_hasher.hash(admission.password)
        async with self._unit_of_work() as work:
            try:
                user = await work.users.add(admission.user, password_hash)
            except EmailAlreadyRegistered as error:
                await work.audit.append(
                    AuditEntry(
                        action=AuditAction.USER_REGISTER_REFUSED,
                        at=now,
                        actor_id=None,
                        target_id=None,
                        client=command.client,
                        reason=error.code,
                    )
                )
                await work.commit()
                raise
            await work.audit.append(
                AuditEntry.about_oneself(AuditAction.USER_REGISTER, user.id, at=now, client=command.client)
            )
            await work.commit()
        return user
