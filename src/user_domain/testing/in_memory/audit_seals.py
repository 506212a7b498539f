"""The seals of the audit trail in memory, for writing."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import StoredEntry
from user_domain.entities.audit_seal import Leaf, SealedEntry
from user_domain.policies.audit_proof import leaf_digest, month_of
from user_domain.ports.audit_seals import AuditSeals, Sealing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.entities.audit_seal import Retirement, Seal
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import AuditEntryId


class InMemoryAuditSeals(AuditSeals):
    """Seals in a unit of work's copy of the state. What is under none of them waits."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def begin(self, *, limit: int) -> Sealing | None:
        state = self._state
        waiting = (
            Leaf(number, entry.at, leaf_digest(stored(state, number, entry)))
            for number, entry in state.numbered_audit()
            if number not in state.leaves
        )
        return Sealing(state.seals[-1] if state.seals else None, tuple(islice(waiting, limit)))

    async def add(self, seal: Seal, leaves: Sequence[Leaf]) -> None:
        self._state.seals.append(seal)
        for position, leaf in enumerate(leaves):
            self._state.leaves[leaf.entry_id] = SealedEntry(seal.statement.number, position, leaf, None)

    async def retire(self, retirement: Retirement) -> bool:
        state, month = self._state, retirement.statement.month
        of_month = [number for number, entry in state.numbered_audit() if month_of(entry.at) == month]
        seals = [seal.statement.number for seal in state.seals if seal.statement.month == month]
        if any(number not in state.leaves for number in of_month):
            return False
        if max(seals, default=0) != retirement.statement.last_seal:
            return False
        for number in of_month:
            state.given_up.add(number)
            del state.leaves[number]
        state.retirements.append(retirement)
        return True


def stored(state: State, number: AuditEntryId, entry: AuditEntry) -> StoredEntry:
    """An entry as a store that keeps bytes would have it."""
    client, digest = entry.client, state.address_digests.get(number)
    origin = [client.ip_address, client.user_agent, client.request_id]
    changes = [[change.field, change.before, change.after] for change in entry.changes]
    return StoredEntry(
        id=number,
        at=entry.at,
        action=entry.action.value,
        actor_id=entry.actor_id,
        target_id=entry.target_id,
        reason=entry.reason,
        origin=json.dumps(origin).encode() if any(origin) else None,
        changes=json.dumps(changes).encode() if changes else None,
        ip_tag=client.ip_address.encode() if client.ip_address else None,
        address_tag=bytes.fromhex(digest) if digest else None,
    )
