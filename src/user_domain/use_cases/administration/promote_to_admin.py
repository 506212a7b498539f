"""Make an existing user an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.errors import UserNotFound
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.ports.user_queries import UserQueries
    from user_domain.steps.postbox import Postbox


class PromoteToAdmin:
    """Whoever operates the service makes an existing user an administrator, who keeps the password and everything
    else, has the new powers from the next request on, and is told by mail.
    """

    def __init__(self, *, users: UserQueries, unit_of_work: UnitOfWorkFactory, postbox: Postbox, clock: Clock) -> None:
        self._users = users
        self._unit_of_work = unit_of_work
        self._postbox = postbox
        self._clock = clock

    async def execute(self, *, email: str) -> User:
        """The user, now an administrator.

        Raises:
            InvalidInput: this is no e-mail address.
            UserNotFound: nobody has it.
            AlreadyAdmin: the user is one.
        """
        found = await self._users.account_by_email(EmailAddress.parse(email))
        if found is None:
            raise UserNotFound
        now = self._clock.now()
        async with self._unit_of_work() as work:
            account = await work.users.lock(found.user.id)
            if account is None:
                raise UserNotFound
            admin = account.user.promoted(now)
            await work.users.save(admin)
            change = FieldChange("role", account.user.role, admin.role)
            await work.audit.append(
                AuditEntry(
                    action=AuditAction.ADMIN_PROMOTE,
                    at=now,
                    actor_id=None,
                    target_id=admin.id,
                    client=ClientInfo(),
                    changes=(change,),
                )
            )
            await self._postbox.post(work, MailKind.ROLE_CHANGED, admin, at=now, client=ClientInfo())
            await work.commit()
        return admin
