"""Have a mail sent now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.errors import MailNotFound
from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import MailId


class RetryMail:
    """Admins, and the operator (no actor), have a mail tried again at once, dead or waiting; with as many attempts
    before it as a new one.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def execute(self, mail_id: MailId, *, actor: User | None, client: ClientInfo) -> None:
        """Make the mail due now.

        Raises:
            Forbidden: the actor is no admin.
            MailNotFound: it has left, or was never there.
        """
        if actor is not None:
            require_admin(actor)
        now = self._clock.now()
        async with self._unit_of_work() as work:
            if not await work.outbox.revive(mail_id, at=now):
                raise MailNotFound
            await work.audit.append(
                AuditEntry(
                    action=AuditAction.MAIL_RETRY,
                    at=now,
                    actor_id=actor.id if actor else None,
                    target_id=None,
                    client=client,
                    changes=(FieldChange("mail", None, mail_id),),
                )
            )
            await work.commit()
