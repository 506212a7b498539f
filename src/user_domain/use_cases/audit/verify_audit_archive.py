"""Prove that the archived months of the audit trail are as they were."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.policies import audit_faults
from user_domain.policies.audit_faults import Fault, FaultKind

if TYPE_CHECKING:
    from user_domain.entities.audit_seal import Retirement
    from user_domain.ports.audit_archive import AuditArchive
    from user_domain.ports.audit_evidence import AuditEvidence
    from user_domain.ports.signature_verifier import SignatureVerifier


class VerifyAuditArchive:
    """Whoever has the public key proves of every month that was given up that the archive is the one that was written
    then, and that what is in it is as it was sealed. That the retirements themselves are genuine, and no seal is
    missing, `VerifyAuditTrail` proves.
    """

    def __init__(self, *, evidence: AuditEvidence, archive: AuditArchive, signatures: SignatureVerifier) -> None:
        self._evidence = evidence
        self._archive = archive
        self._signatures = signatures

    async def execute(self) -> tuple[int, tuple[Fault, ...]]:
        """How many entries there are in the archive, and whatever is wrong.

        Raises:
            ArchiveUnavailable: it cannot be read, or is no archive.
        """
        entries = 0
        faults: list[Fault] = []
        for retirement in await self._evidence.retirements():
            found, wrong = await self._verify(retirement)
            entries += found
            faults += [replace(fault, month=f"{retirement.statement.month:%Y-%m}") for fault in wrong]
        return entries, tuple(faults)

    async def _verify(self, retirement: Retirement) -> tuple[int, list[Fault]]:
        month = retirement.statement.month
        digest = await self._archive.digest(month)
        if digest is None:
            return 0, [Fault(FaultKind.ARCHIVE_MISSING)]
        faults = []
        if digest != retirement.statement.archive_digest:
            faults.append(Fault(FaultKind.ARCHIVE_CHANGED))
        entries = 0
        async for sheet in self._archive.read(month):
            statement = sheet.seal.statement
            if not self._signatures.is_genuine(statement.text, sheet.seal.signature, key_id=statement.key_id):
                faults.append(Fault(FaultKind.SEAL_FORGED, seal=statement.number))
            faults += audit_faults.of_content(sheet.seal, sheet.entries, is_retired=False)
            entries += len(sheet.entries)
        return entries, faults
