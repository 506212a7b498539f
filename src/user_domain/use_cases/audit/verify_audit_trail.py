"""Prove that the audit trail is as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.policies import audit_faults
from user_domain.policies.audit_faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from user_domain.entities.audit_seal import Retirement, Seal
    from user_domain.ports.audit_evidence import AuditEvidence
    from user_domain.ports.signature_verifier import SignatureVerifier

_BEFORE_ALL = -(2**63) - 1
"""Less than any number of 64 bits: a seal that is numbered below 1 is no less of a fault."""

_SEALS_AT_ONCE = 500
_ENTRIES_AT_ONCE = 2000
_FAULTS_TOLD = 1000
"""Of each kind of question; more are not looked for."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a verification has come."""

    seals: int
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFindings:
    """What was verified: seals, entries under them, entries that no seal covers yet, months that were given up; and
    whatever is wrong.
    """

    seals: int
    entries: int
    waiting: int
    retired_months: int
    last: Seal | None
    faults: tuple[Fault, ...]


class VerifyAuditTrail:
    """Whoever has the public key proves from nothing but what is stored, without any other key, that every entry is as
    it was when it was sealed, that none is missing and none was slipped in; and with heads that were logged elsewhere
    that nothing was cut off at the end. Works while the service runs.
    """

    def __init__(self, *, evidence: AuditEvidence, signatures: SignatureVerifier) -> None:
        self._evidence = evidence
        self._signatures = signatures

    async def execute(self, *, heads: Mapping[int, bytes], tell: Callable[[Progress], None]) -> AuditFindings:
        """What was found; `heads` by the numbers of their seals. `tell` is told now and then how far it is."""
        retirements = await self._evidence.retirements()
        genuine = [retirement for retirement in retirements if self._has_signed(retirement)]
        faults = [
            Fault(FaultKind.RETIREMENT_FORGED, month=f"{retirement.statement.month:%Y-%m}")
            for retirement in retirements
            if retirement not in genuine
        ]
        is_retired = audit_faults.retired_seals(genuine)
        last: Seal | None = None
        seals = entries = 0
        heads_left = dict(heads)
        while batch := await self._evidence.seals(
            after=last.statement.number if last else _BEFORE_ALL, limit=_SEALS_AT_ONCE
        ):
            for seal in batch:
                faults += audit_faults.of_chain(last, seal, is_genuine=self._has_signed(seal))
                if heads_left.pop(seal.statement.number, seal.statement.head) != seal.statement.head:
                    faults.append(Fault(FaultKind.HEAD_MISSING, seal=seal.statement.number))
                last = seal
            for group in _groups(batch):
                found = await self._evidence.sealed_entries(group)
                for seal in group:
                    number = seal.statement.number
                    content = [entry for entry in found if entry.seal == number]
                    faults += audit_faults.of_content(seal, content, is_retired=is_retired(seal))
                entries += len(found)
                seals += len(group)
                tell(Progress(seals, entries))
        faults += [Fault(FaultKind.HEAD_MISSING, seal=number) for number in sorted(heads_left)]
        faults += await self._strangers()
        waiting = await self._evidence.waiting(limit=_FAULTS_TOLD)
        faults += [Fault(FaultKind.WAITING_MISSING, entry=entry) for entry in waiting.missing]
        return AuditFindings(
            seals=seals,
            entries=entries,
            waiting=waiting.entries,
            retired_months=len(genuine),
            last=last,
            faults=tuple(faults),
        )

    async def _strangers(self) -> list[Fault]:
        faults = []
        for month in await self._evidence.months():
            found = await self._evidence.unaccounted(month, limit=_FAULTS_TOLD)
            faults += [Fault(FaultKind.ENTRY_UNSEALED, entry=entry) for entry in found.entries]
            faults += [Fault(FaultKind.ENTRY_MISPLACED, entry=entry) for entry in found.leaves]
        return faults

    def _has_signed(self, signed: Seal | Retirement) -> bool:
        statement = signed.statement
        return self._signatures.is_genuine(statement.text, signed.signature, key_id=statement.key_id)


def _groups(seals: Iterable[Seal]) -> Iterator[list[Seal]]:
    """Seals, at least one, by months as they follow one another, and so many entries as can be looked at together."""
    group: list[Seal] = []
    for seal in seals:
        is_another_month = bool(group) and group[0].statement.month != seal.statement.month
        if is_another_month or sum(other.statement.entries for other in group) >= _ENTRIES_AT_ONCE:
            yield group
            group = []
        group.append(seal)
    yield group
