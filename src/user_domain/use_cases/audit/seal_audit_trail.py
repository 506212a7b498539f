"""Seal what has been added to the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.entities.audit_seal import Seal
from user_domain.policies.audit_proof import by_month, next_statement

if TYPE_CHECKING:
    from user_domain.ports.audit_signer import AuditSigner
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory

ENTRIES_AT_ONCE = 250
"""So that neither the root nor what goes to the store and comes from there keeps the event loop for long."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The seals that were added; and whether nothing waits any more that could be seen and sealed."""

    seals: tuple[Seal, ...]
    is_done: bool


class SealAuditTrail:
    """The worker seals the entries that are committed and under no seal yet, one seal for each month among them. Of
    several workers one does it; the others find nothing to do. Without a signer nobody does: entries wait.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, signer: AuditSigner | None, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._signer = signer
        self._clock = clock

    async def execute(self) -> Sealed:
        """The seals that were added, none where nothing waited."""
        if self._signer is None:
            return Sealed((), is_done=True)
        async with self._unit_of_work() as work:
            sealing = await work.seals.begin(limit=ENTRIES_AT_ONCE)
            if sealing is None or not sealing.waiting:
                return Sealed((), is_done=True)
            last, seals = sealing.last, []
            for _, leaves in by_month(sealing.waiting):
                statement = next_statement(last, leaves, at=self._clock.now(), key_id=self._signer.key_id())
                last = Seal(statement, self._signer.sign(statement.text))
                await work.seals.add(last, leaves)
                seals.append(last)
            await work.commit()
        return Sealed(tuple(seals), is_done=len(sealing.waiting) < ENTRIES_AT_ONCE)
