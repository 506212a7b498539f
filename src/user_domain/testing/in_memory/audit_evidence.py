"""Everything that the audit trail is verified by, in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.policies.audit_proof import month_of
from user_domain.ports.audit_evidence import AuditEvidence, Unaccounted, Waiting
from user_domain.testing.in_memory.audit_seals import stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from user_domain.entities.audit_seal import Retirement, Seal, SealedEntry
    from user_domain.testing.in_memory.database import InMemoryDatabase


class InMemoryAuditEvidence(AuditEvidence):
    """Looks through the committed trail and its seals. Entries wait as long as no seal has them, so none of those that
    wait is ever missing, and none is unaccounted for.
    """

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def seals(self, *, after: int, limit: int) -> list[Seal]:
        seals = sorted(self._database.committed.seals, key=lambda seal: seal.statement.number)
        found = [seal for seal in seals if seal.statement.number > after]
        last = {seal.statement.number for seal in found[:limit][-1:]}
        return found[:limit] + [seal for seal in found[limit:] if seal.statement.number in last]

    async def sealed_entries(self, seals: Sequence[Seal]) -> list[SealedEntry]:
        state, numbers = self._database.committed, {seal.statement.number for seal in seals}
        entries = dict(state.numbered_audit())
        found = [
            replace(sealed, entry=stored(state, number, entries[number]) if number in entries else None)
            for number, sealed in state.leaves.items()
            if sealed.seal in numbers
        ]
        return sorted(found, key=lambda sealed: (sealed.seal, sealed.position))

    async def months(self) -> list[date]:
        state = self._database.committed
        moments = [entry.at for _, entry in state.numbered_audit()] + [
            sealed.leaf.at for sealed in state.leaves.values()
        ]
        return sorted({month_of(moment) for moment in moments})

    async def unaccounted(self, month: date, *, limit: int) -> Unaccounted:
        state = self._database.committed
        known = {(seal.statement.number, seal.statement.month) for seal in state.seals}
        misplaced = [
            number
            for number, sealed in state.leaves.items()
            if month_of(sealed.leaf.at) == month and (sealed.seal, month) not in known
        ]
        return Unaccounted((), tuple(misplaced[:limit]))

    async def waiting(self, *, limit: int) -> Waiting:  # noqa: ARG002 - none is ever missing
        state = self._database.committed
        return Waiting(sum(number not in state.leaves for number, _ in state.numbered_audit()), ())

    async def retirements(self) -> list[Retirement]:
        return sorted(self._database.committed.retirements, key=lambda retirement: retirement.statement.month)
