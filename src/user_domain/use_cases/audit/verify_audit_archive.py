"""Prove that an archived month of the audit trail is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.policies import audit_faults
from user_domain.policies.audit_faults import Fault, FaultKind

if TYPE_CHECKING:
    from datetime import date

    from user_domain.ports.audit_archive import AuditArchive
    from user_domain.ports.signature_verifier import SignatureVerifier


class VerifyAuditArchive:
    """Whoever has the public key proves from an archive alone that what is under its seals is as it was sealed. That no
    seal is missing the seals in the database tell, and the retirement there tells that it is the archive.
    """

    def __init__(self, *, archive: AuditArchive, signatures: SignatureVerifier) -> None:
        self._archive = archive
        self._signatures = signatures

    async def execute(self, month: date) -> tuple[int, list[Fault]]:
        """How many entries there are, and whatever is wrong.

        Raises:
            ArchiveUnavailable: it cannot be read.
        """
        entries = 0
        faults: list[Fault] = []
        async for sheet in self._archive.read(month):
            statement = sheet.seal.statement
            if not self._signatures.is_genuine(statement.text, sheet.seal.signature, key_id=statement.key_id):
                faults.append(Fault(FaultKind.SEAL_FORGED, seal=statement.number))
            if statement.month != month:
                faults.append(Fault(FaultKind.SEAL_OUT_OF_CHAIN, seal=statement.number))
            faults += audit_faults.of_content(sheet.seal, sheet.entries, is_retired=False)
            entries += len(sheet.entries)
        return entries, faults
