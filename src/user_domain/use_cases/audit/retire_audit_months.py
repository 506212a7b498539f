"""Give up old months of the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.entities.audit_seal import Retirement, RetirementStatement
from user_domain.errors import AuditMonthDamaged, AuditMonthUnsealed
from user_domain.policies import audit_faults
from user_domain.policies.audit_proof import first_kept_month
from user_domain.ports.audit_archive import Sheet
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    from user_domain.entities.audit_seal import Seal
    from user_domain.ports.audit_archive import AuditArchive
    from user_domain.ports.audit_evidence import AuditEvidence
    from user_domain.ports.audit_signer import AuditSigner
    from user_domain.ports.clock import Clock
    from user_domain.ports.signature_verifier import SignatureVerifier
    from user_domain.ports.unit_of_work import UnitOfWorkFactory

_SEALS_AT_ONCE = 500


class RetireAuditMonths:
    """Whoever operates the service gives up months that need not be kept any more, the oldest first: each is proven and
    written to an archive, and only then taken out of the database. Its seals stay, with a signed statement of what was
    given up, so that the chain can be verified as before and nobody else can make entries disappear this way.
    """

    def __init__(
        self,
        *,
        evidence: AuditEvidence,
        archive: AuditArchive,
        signer: AuditSigner,
        signatures: SignatureVerifier,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
    ) -> None:
        self._evidence = evidence
        self._archive = archive
        self._signer = signer
        self._signatures = signatures
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def execute(self, *, keep_months: int) -> list[Retirement]:
        """The months that were given up; besides the present one, so many before it are kept. Those that were given up
        before a failure stay so.

        Raises:
            AuditMonthDamaged: a month is not as it was sealed.
            AuditMonthUnsealed: something of a month has no seal yet.
            ArchiveUnavailable: the archive cannot be written.
        """
        first_kept = first_kept_month(self._clock.now(), keep_months=keep_months)
        given_up = {retirement.statement.month for retirement in await self._evidence.retirements()}
        due = [month for month in await self._evidence.months() if month < first_kept and month not in given_up]
        return [await self._retire(month, seals) for month in due if (seals := await self._seals_of(month))]

    async def _retire(self, month: date, seals: list[Seal]) -> Retirement:
        strangers = await self._evidence.unaccounted(month, limit=1)
        if strangers.entries or strangers.leaves:
            raise AuditMonthDamaged(month)
        digest = await self._archive.write(month, self._proven(seals))
        statement = RetirementStatement(
            month=month,
            retired_at=self._clock.now(),
            last_seal=seals[-1].statement.number,
            entries=sum(seal.statement.entries for seal in seals),
            archive_digest=digest,
            key_id=self._signer.key_id(),
        )
        retirement = Retirement(statement, self._signer.sign(statement.text))
        async with self._unit_of_work() as work:
            sealing = await work.seals.begin(limit=0)
            if sealing is None or not await work.seals.retire(retirement):
                raise AuditMonthUnsealed(month)
            await work.audit.append(_entry(statement))
            await work.commit()
        return retirement

    async def _seals_of(self, month: date) -> list[Seal]:
        seals: list[Seal] = []
        after = 0
        while batch := await self._evidence.seals(after=after, limit=_SEALS_AT_ONCE):
            after = batch[-1].statement.number
            seals += [seal for seal in batch if seal.statement.month == month]
        return seals

    async def _proven(self, seals: list[Seal]) -> AsyncIterator[Sheet]:
        for seal in seals:
            entries = await self._evidence.sealed_entries([seal])
            statement = seal.statement
            is_genuine = self._signatures.is_genuine(statement.text, seal.signature, key_id=statement.key_id)
            if not is_genuine or list(audit_faults.of_content(seal, entries, is_retired=False)):
                raise AuditMonthDamaged(statement.month)
            yield Sheet(seal, tuple(entries))


def _entry(statement: RetirementStatement) -> AuditEntry:
    return AuditEntry(
        action=AuditAction.AUDIT_RETAIN,
        at=statement.retired_at,
        actor_id=None,
        target_id=None,
        client=ClientInfo(),
        changes=(FieldChange("month", f"{statement.month:%Y-%m}", None),),
    )
