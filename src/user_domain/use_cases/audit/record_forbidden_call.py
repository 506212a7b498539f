"""Write down that somebody reached for what is not theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.errors import Forbidden

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.value_objects.client_info import ClientInfo


class RecordForbiddenCall:
    """Whoever presents an operation says that it was forbidden to somebody who is known (OWASP ASVS 5.0, 16.3.2)."""

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def execute(self, *, actor: User, operation: str, client: ClientInfo) -> None:
        """Of the operation its name is kept, and nothing that was sent."""
        entry = AuditEntry(
            action=AuditAction.OPERATION_FORBIDDEN,
            at=self._clock.now(),
            actor_id=actor.id,
            target_id=None,
            client=client,
            reason=Forbidden.code,
            changes=(FieldChange("operation", None, operation),),
        )
        async with self._unit_of_work() as work:
            await work.audit.append(entry)
            await work.commit()
