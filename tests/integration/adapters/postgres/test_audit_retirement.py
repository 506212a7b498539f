"""Months of the audit trail that are given up, on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from adapters.files.audit_archive import FileAuditArchive
from tests.support.store import store_on
from user_domain.errors import AuditMonthUnsealed, StorageUnavailable
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.testing.builders import CLIENT, an_audit_entry
from user_domain.testing.in_memory import InMemoryAuditSigner, InMemoryClock, InMemorySignatureVerifier
from user_domain.use_cases.audit.retire_audit_months import RetireAuditMonths
from user_domain.use_cases.audit.seal_audit_trail import SealAuditTrail
from user_domain.use_cases.audit.verify_audit_archive import VerifyAuditArchive
from user_domain.use_cases.audit.verify_audit_trail import VerifyAuditTrail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from adapters.postgres.database import Database
    from user_domain.entities.audit_seal import Retirement
    from user_domain.testing.contracts.store import Store

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
APRIL = datetime(2026, 4, 2, tzinfo=UTC)
CLOCK, SIGNER, SIGNATURES = InMemoryClock(APRIL), InMemoryAuditSigner(), InMemorySignatureVerifier()


def day(month: date) -> datetime:
    return datetime(month.year, month.month, 14, tzinfo=UTC)


@pytest.fixture
def store(each_database: Database, places: None) -> Store:
    return store_on(each_database)


@pytest.fixture
async def places(each_database: Database) -> AsyncIterator[None]:
    """February has a place of its own; January's entries are kept with those that have none."""
    await each_database.fetch_one("select create_audit_month(%(month)s)", {"month": FEBRUARY})
    yield
    await each_database.execute("drop table if exists audit_entries_2026_02, audit_leaves_2026_02", {})
    await each_database.execute("delete from audit_months where month < %(at)s", {"at": APRIL.date().replace(day=1)})


async def write(store: Store, *months: date, **facts: Any) -> None:
    async with store.unit_of_work() as work:
        for month in months:
            await work.audit.append(an_audit_entry(at=day(month), **facts))
        await work.commit()


async def seal(store: Store) -> None:
    await SealAuditTrail(unit_of_work=store.unit_of_work, signer=SIGNER, clock=CLOCK).execute()


async def retire(store: Store, archive: FileAuditArchive) -> list[Retirement]:
    use_case = RetireAuditMonths(
        evidence=store.evidence,
        archive=archive,
        signer=SIGNER,
        signatures=SIGNATURES,
        unit_of_work=store.unit_of_work,
        clock=CLOCK,
    )
    return await use_case.execute(keep_months=1)


async def faults(store: Store) -> tuple[object, ...]:
    use_case = VerifyAuditTrail(evidence=store.evidence, signatures=SIGNATURES)
    return (await use_case.execute(heads={}, tell=lambda _: None)).faults


async def test_months_are_archived_and_gone_and_all_else_is_proven(
    store: Store, each_database: Database, tmp_path: Path
) -> None:
    user = await store.with_user()
    await write(store, JANUARY, JANUARY, FEBRUARY, actor_id=user.id, target_id=user.id)
    await write(store, FEBRUARY, APRIL.date())
    await seal(store)
    archive = FileAuditArchive(tmp_path)
    assert [(r.statement.month, r.statement.entries) for r in await retire(store, archive)] == [
        (JANUARY, 2),
        (FEBRUARY, 2),
    ]
    left = await store.audit.page(AuditCriteria(), limit=10)
    assert [entry.entry.at >= APRIL for entry in left] == [True, True, True]  # April's, and two that tell of it
    rows = await each_database.fetch_all(
        "select month from audit_months where month = any(%(given_up)s)", {"given_up": [JANUARY, FEBRUARY]}
    )
    assert rows == []
    await seal(store)
    assert await faults(store) == ()
    verify = VerifyAuditArchive(evidence=store.evidence, archive=archive, signatures=SIGNATURES)
    assert await verify.execute() == (4, ())


async def test_afterwards_nothing_can_be_changed_as_before(
    store: Store, each_database: Database, tmp_path: Path
) -> None:
    await write(store, JANUARY)
    await seal(store)
    await retire(store, FileAuditArchive(tmp_path))
    await write(store, date(2025, 12, 1))
    for statement in ("delete from audit_entries", "delete from audit_entries_default", "truncate audit_entries"):
        with pytest.raises(StorageUnavailable):
            await each_database.execute(statement, {})


async def test_of_an_archive_nobody_can_read_who_it_was(store: Store, tmp_path: Path) -> None:
    user = await store.with_user()
    await write(store, JANUARY, actor_id=user.id, client=CLIENT)
    await seal(store)
    archive = FileAuditArchive(tmp_path)
    await retire(store, archive)
    assert CLIENT.ip_address is not None
    assert CLIENT.user_agent is not None
    async for sheet in archive.read(JANUARY):
        kept = repr(sheet)
        assert CLIENT.ip_address not in kept
        assert CLIENT.user_agent not in kept


async def test_what_waits_for_a_seal_keeps_its_month(store: Store, tmp_path: Path) -> None:
    await write(store, JANUARY)
    await seal(store)
    await write(store, JANUARY)
    with pytest.raises(AuditMonthUnsealed):
        await retire(store, FileAuditArchive(tmp_path))
    await seal(store)
    assert [r.statement.entries for r in await retire(store, FileAuditArchive(tmp_path))] == [2]
    assert await faults(store) == ()


async def test_whoever_seals_is_not_disturbed(store: Store, tmp_path: Path) -> None:
    await write(store, JANUARY)
    await seal(store)
    async with store.unit_of_work() as work:
        assert await work.seals.begin(limit=1) is not None
        with pytest.raises(AuditMonthUnsealed):
            await retire(store, FileAuditArchive(tmp_path))
    assert [r.statement.month for r in await retire(store, FileAuditArchive(tmp_path))] == [JANUARY]
