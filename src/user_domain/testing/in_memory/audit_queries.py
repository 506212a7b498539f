"""The audit trail in memory, for reading."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import RecordedEntry
from user_domain.ports.audit_queries import AuditQueries
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.ports.audit_queries import AuditCriteria, AuditPosition
    from user_domain.testing.in_memory.database import InMemoryDatabase, State
    from user_domain.value_objects.ids import AuditEntryId


class InMemoryAuditQueries(AuditQueries):
    """Looks through the whole committed trail."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def page(
        self, criteria: AuditCriteria, *, limit: int, after: AuditPosition | None = None
    ) -> list[RecordedEntry]:
        state = self._database.committed
        found = [(number, entry) for number, entry in state.numbered_audit() if _meets(entry, criteria)]
        if after is not None:
            found = [(number, entry) for number, entry in found if (entry.at, number) < (after.at, after.id)]
        found.sort(key=lambda numbered: (numbered[1].at, numbered[0]), reverse=True)
        return [_recorded(state, number, entry) for number, entry in found[:limit]]


def _meets(entry: AuditEntry, criteria: AuditCriteria) -> bool:
    return (
        criteria.actor_id in {None, entry.actor_id}
        and criteria.target_id in {None, entry.target_id}
        and criteria.action in {None, entry.action}
        and (criteria.since is None or entry.at >= criteria.since)
        and (criteria.until is None or entry.at < criteria.until)
        and criteria.ip_address in {None, entry.client.ip_address}
    )


def _recorded(state: State, number: AuditEntryId, entry: AuditEntry) -> RecordedEntry:
    readable = replace(
        entry,
        client=ClientInfo() if entry.whose_origin in state.erased else entry.client,
        changes=() if entry.whose_changes in state.erased else entry.changes,
    )
    return RecordedEntry(
        id=number,
        entry=readable,
        address_digest=state.address_digests.get(number),
        is_erased=readable != entry,
    )
