"""Take what happened out of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.policies.authorization import require_admin
from user_domain.ports.audit_queries import AuditPosition

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from user_domain.entities.audit_entry import RecordedEntry
    from user_domain.entities.user import User
    from user_domain.ports.audit_queries import AuditCriteria, AuditQueries
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.value_objects.client_info import ClientInfo

BATCH = 1000
"""Entries at once: about a megabyte, and a question that takes a tenth of a second."""


class ExportAuditEntries:
    """Admins take everything they look for with them, the newest first, however much it is; so do operators, who have
    the database anyway. That they did, and what they asked for, is in the trail before they get any of it, and the
    first thing they get where they ask for that.

    Between two batches nothing is held, however slowly they are taken. What is added in the meantime is newer, and not
    among them; unless its moment is earlier than its commit, when it may be.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, trail: AuditQueries, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._trail = trail
        self._clock = clock

    async def execute(
        self, *, actor: User | None, criteria: AuditCriteria, client: ClientInfo
    ) -> AsyncIterator[list[RecordedEntry]]:
        """The entries in batches; what can go wrong with the first one does so here. No actor: an operator.

        Raises:
            Forbidden: the actor is no admin.
            StorageUnavailable: also from the batches.
        """
        if actor is not None:
            require_admin(actor)
        async with self._unit_of_work() as work:
            await work.audit.append(
                AuditEntry(
                    action=AuditAction.AUDIT_EXPORT,
                    at=self._clock.now(),
                    actor_id=actor.id if actor else None,
                    target_id=None,
                    client=client,
                    changes=_asked_for(criteria),
                )
            )
            await work.commit()
        return self._batches(criteria, await self._trail.page(criteria, limit=BATCH))

    async def _batches(self, criteria: AuditCriteria, batch: list[RecordedEntry]) -> AsyncIterator[list[RecordedEntry]]:
        while batch:
            yield batch
            if len(batch) < BATCH:
                return
            after = AuditPosition(batch[-1].entry.at, batch[-1].id)
            batch = await self._trail.page(criteria, limit=BATCH, after=after)


def _asked_for(criteria: AuditCriteria) -> tuple[FieldChange, ...]:
    named = {
        "actor_id": criteria.actor_id,
        "target_id": criteria.target_id,
        "action": criteria.action,
        "since": criteria.since and criteria.since.isoformat(),
        "until": criteria.until and criteria.until.isoformat(),
        "ip_address": criteria.ip_address,
    }
    return tuple(FieldChange(name, None, str(value)) for name, value in named.items() if value is not None)
