"""Giving up old months of the audit trail."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.errors import ArchiveUnavailable, AuditMonthDamaged, AuditMonthUnsealed
from user_domain.policies.audit_faults import Fault, FaultKind
from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.in_memory import (
    InMemoryAuditEvidence,
    InMemoryAuditSigner,
    InMemoryClock,
    InMemoryDatabase,
    InMemorySignatureVerifier,
    InMemoryUnitOfWork,
)
from user_domain.testing.in_memory.audit_archive import InMemoryAuditArchive
from user_domain.use_cases.audit.retire_audit_months import RetireAuditMonths
from user_domain.use_cases.audit.seal_audit_trail import SealAuditTrail
from user_domain.use_cases.audit.verify_audit_archive import VerifyAuditArchive
from user_domain.use_cases.audit.verify_audit_trail import AuditFindings, VerifyAuditTrail
from user_domain.value_objects.ids import AuditEntryId

if TYPE_CHECKING:
    from user_domain.entities.audit_seal import Retirement

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
"""NOW is in March."""


def day(month: date) -> datetime:
    return datetime(month.year, month.month, 14, tzinfo=UTC)


@dataclass
class Trail:
    """A trail of three months, sealed."""

    database: InMemoryDatabase = field(default_factory=InMemoryDatabase)
    archive: InMemoryAuditArchive = field(default_factory=InMemoryAuditArchive)
    clock: InMemoryClock = field(default_factory=lambda: InMemoryClock(NOW))
    signer: InMemoryAuditSigner = field(default_factory=InMemoryAuditSigner)
    signatures: InMemorySignatureVerifier = field(default_factory=InMemorySignatureVerifier)

    @property
    def evidence(self) -> InMemoryAuditEvidence:
        return InMemoryAuditEvidence(self.database)

    def unit_of_work(self) -> InMemoryUnitOfWork:
        return InMemoryUnitOfWork(self.database)

    async def write(self, *months: date) -> None:
        async with self.unit_of_work() as work:
            for month in months:
                await work.audit.append(an_audit_entry(at=day(month)))
            await work.commit()

    async def seal(self) -> None:
        await SealAuditTrail(unit_of_work=self.unit_of_work, signer=self.signer, clock=self.clock).execute()

    async def retire(self, *, keep_months: int = 1) -> list[Retirement]:
        use_case = RetireAuditMonths(
            evidence=self.evidence,
            archive=self.archive,
            signer=self.signer,
            signatures=self.signatures,
            unit_of_work=self.unit_of_work,
            clock=self.clock,
        )
        return await use_case.execute(keep_months=keep_months)

    async def verify(self) -> AuditFindings:
        use_case = VerifyAuditTrail(evidence=self.evidence, signatures=self.signatures)
        return await use_case.execute(heads={}, tell=lambda _: None)

    async def verify_archive(self) -> tuple[int, tuple[Fault, ...]]:
        use_case = VerifyAuditArchive(evidence=self.evidence, archive=self.archive, signatures=self.signatures)
        return await use_case.execute()


@pytest.fixture
async def trail() -> Trail:
    trail = Trail()
    await trail.write(JANUARY, JANUARY, FEBRUARY, MARCH)
    await trail.seal()
    return trail


async def test_months_before_those_that_are_kept_are_archived_and_gone(trail: Trail) -> None:
    (retirement,) = await trail.retire(keep_months=1)
    statement = retirement.statement
    assert (statement.month, statement.entries, statement.last_seal) == (JANUARY, 2, 1)
    assert trail.signatures.is_genuine(statement.text, retirement.signature, key_id=statement.key_id)
    assert await trail.evidence.months() == [FEBRUARY, MARCH]
    assert await trail.verify_archive() == (2, ())


async def test_what_stays_is_proven_as_before_and_nothing_is_missed(trail: Trail) -> None:
    before = await trail.verify()
    await trail.retire()
    await trail.seal()
    after = await trail.verify()
    assert (before.faults, before.retired_months) == ((), 0)
    assert (after.faults, after.retired_months, after.seals) == ((), 1, 4)
    assert after.entries == before.entries - 2 + 1  # and the entry that tells of it


async def test_the_trail_tells_of_it(trail: Trail) -> None:
    await trail.retire()
    entry = trail.database.committed.audit[-1]
    assert (entry.action, entry.changes) == (AuditAction.AUDIT_RETAIN, (FieldChange("month", "2026-01", None),))


@pytest.mark.parametrize(("keep_months", "gone"), [(0, [JANUARY]), (1, [JANUARY]), (2, []), (3, []), (1000, [])])
async def test_the_month_before_is_always_kept(trail: Trail, keep_months: int, gone: list[date]) -> None:
    assert [retired.statement.month for retired in await trail.retire(keep_months=keep_months)] == gone


async def test_as_time_goes_on_the_next_month_is_given_up_and_none_twice(trail: Trail) -> None:
    await trail.retire()
    assert await trail.retire() == []
    await trail.seal()
    trail.clock.advance(datetime(2026, 4, 1, tzinfo=UTC) - NOW)
    assert [retired.statement.month for retired in await trail.retire()] == [FEBRUARY]
    assert (await trail.verify()).faults == ()


async def test_a_month_that_is_not_as_it_was_sealed_is_not_given_up(trail: Trail) -> None:
    audit = trail.database.committed.audit
    audit[0] = replace(audit[0], reason="another")
    with pytest.raises(AuditMonthDamaged, match="2026-01"):
        await trail.retire()
    assert (await trail.verify()).faults == (Fault(FaultKind.ENTRY_CHANGED, seal=1, entry=AuditEntryId(1)),)
    assert trail.archive.months == {}


async def test_nor_is_one_whose_seal_somebody_else_has_signed(trail: Trail) -> None:
    seals = trail.database.committed.seals
    seals[0] = replace(seals[0], signature=b"another")
    with pytest.raises(AuditMonthDamaged):
        await trail.retire()


async def test_nor_is_one_of_which_something_is_recorded_under_a_seal_of_another_month(trail: Trail) -> None:
    leaves, number = trail.database.committed.leaves, AuditEntryId(1)
    leaves[number] = replace(leaves[number], seal=2)
    with pytest.raises(AuditMonthDamaged, match="2026-01"):
        await trail.retire()
    assert trail.archive.months == {}


async def test_nor_is_one_of_which_something_waits_for_a_seal(trail: Trail) -> None:
    await trail.write(JANUARY)
    with pytest.raises(AuditMonthUnsealed, match="2026-01"):
        await trail.retire()
    await trail.seal()
    assert [retired.statement.entries for retired in await trail.retire()] == [3]


async def test_where_the_archive_is_full_nothing_is_given_up(trail: Trail) -> None:
    before = trail.database.committed
    trail.archive.is_available = False
    with pytest.raises(ArchiveUnavailable):
        await trail.retire()
    assert trail.database.committed == before


async def test_an_archive_that_was_altered_is_found_out(trail: Trail) -> None:
    await trail.retire()
    (sheet,) = trail.archive.months[JANUARY]
    first, *rest = sheet.entries
    assert first.entry is not None
    altered = replace(first, entry=replace(first.entry, reason="another"))
    trail.archive.months[JANUARY] = [replace(sheet, entries=(altered, *rest))]
    assert await trail.verify_archive() == (
        2,
        (
            Fault(FaultKind.ARCHIVE_CHANGED, month="2026-01"),
            Fault(FaultKind.ENTRY_CHANGED, seal=1, entry=first.leaf.entry_id, month="2026-01"),
        ),
    )


async def test_so_is_one_that_somebody_else_has_signed_and_one_that_is_gone(trail: Trail) -> None:
    await trail.retire()
    (sheet,) = trail.archive.months[JANUARY]
    trail.archive.months[JANUARY] = [replace(sheet, seal=replace(sheet.seal, signature=b"another"))]
    assert await trail.verify_archive() == (
        2,
        (
            Fault(FaultKind.ARCHIVE_CHANGED, month="2026-01"),
            Fault(FaultKind.SEAL_FORGED, seal=1, month="2026-01"),
        ),
    )
    del trail.archive.months[JANUARY]
    assert await trail.verify_archive() == (0, (Fault(FaultKind.ARCHIVE_MISSING, month="2026-01"),))
