"""Open an account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.errors import EmailAlreadyRegistered
from user_domain.policies.admission import admit
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.new_password import NewPassword
    from user_domain.steps.postbox import Postbox
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
    """Anyone opens an account for themselves, with the role `user` and an address not yet verified: a mail asks for
    that.
    """

    def __init__(
        self, *, unit_of_work: UnitOfWorkFactory, new_password: NewPassword, postbox: Postbox, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._new_password = new_password
        self._postbox = postbox
        self._clock = clock

    async def execute(self, command: RegisterCommand) -> User:
        """The new user.

        Raises:
            InvalidInput: every rule that is broken, in any field; or the password is too common.
            EmailAlreadyRegistered: somebody has this address; the attempt is in the audit trail.
            Overloaded: too much hashing waits already.
        """
        now = self._clock.now()
        admission = admit(command, role=Role.USER, at=now, email_verified=False)
        new = admission.user
        password_hash = await self._new_password.hash(admission.password, name=new.name, email=new.email)
        async with self._unit_of_work() as work:
            try:
                user = await work.users.add(new, password_hash)
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
            await self._postbox.post(work, MailKind.VERIFY_EMAIL, user, at=now, client=command.client)
            await work.commit()
        return user
