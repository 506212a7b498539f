"""The contract of `AuditEvidence`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.entities.audit_seal import Retirement, RetirementStatement, Seal
from user_domain.policies.audit_proof import leaf_digest, merkle_root, month_of, next_statement
from user_domain.ports.audit_evidence import Unaccounted, Waiting
from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.contracts.contract import Contract

if TYPE_CHECKING:
    from user_domain.testing.contracts.store import Store

MAY, JUNE, AUGUST = (datetime(2019, month, 1, tzinfo=UTC) for month in (5, 6, 8))
MOMENT = timedelta(microseconds=1)


async def _with_seals(store: Store, *moments: datetime) -> list[Seal]:
    """Seals over one entry each, of these moments."""
    seals = []
    for at in moments:
        await store.record(an_audit_entry(at=at))
        seals += await store.seal()
    return seals


class AuditEvidenceContract(Contract):
    """Needs a fixture `store`."""

    async def test_of_an_empty_trail_there_is_no_evidence(self, store: Store) -> None:
        evidence = store.evidence
        assert await evidence.seals(after=0, limit=10) == []
        assert await evidence.months() == []
        assert await evidence.unaccounted(MAY.date(), limit=10) == Unaccounted((), ())
        assert await evidence.waiting(limit=10) == Waiting(0, ())
        assert await evidence.retirements() == []

    # --- Seals ------------------------------------------------------------------------------------------------------

    async def test_seals_come_in_their_order_and_after_one_come_the_next(self, store: Store) -> None:
        seals = await _with_seals(store, NOW, MAY, JUNE, NOW, MAY)
        assert [seal.statement.number for seal in seals] == [1, 2, 3, 4, 5]
        for after in range(7):
            for limit in (1, 2, 10):
                assert await store.evidence.seals(after=after, limit=limit) == seals[after : after + limit]

    async def test_a_seal_that_looks_wrong_is_not_left_out(self, store: Store) -> None:
        await store.record(an_audit_entry())
        strange = []
        for number in (7, -3, 12):
            async with store.unit_of_work() as work:
                sealing = await work.seals.begin(limit=1)
                assert sealing is not None
                statement = next_statement(None, sealing.waiting, at=NOW, key_id="")
                seal = Seal(replace(statement, number=number, entries=0, root=b"", previous=b"x"), b"")
                await work.seals.add(seal, [])
                await work.commit()
            strange.append(seal)
        assert await store.evidence.seals(after=-4, limit=10) == [strange[1], strange[0], strange[2]]
        assert await store.evidence.seals(after=-3, limit=10) == [strange[0], strange[2]]

    # --- What is under them -----------------------------------------------------------------------------------------

    async def test_what_is_sealed_is_shown_as_it_is_stored_and_what_it_was_then(self, store: Store) -> None:
        user = await store.with_user()
        written = [
            an_audit_entry(
                action=AuditAction.USER_PROFILE_CHANGE,
                actor_id=user.id,
                target_id=user.id,
                at=NOW + number * MOMENT,
                reason=reason,
                changes=(FieldChange("name", "Zoë", None),) * number,
                unknown_address="typed" if number else None,
            )
            for number, reason in enumerate([None, "", "a reason", "grund ü"])
        ]
        await store.record(*written)
        (seal,) = await store.seal()
        sealed = await store.evidence.sealed_entries([seal])
        assert [(one.seal, one.position) for one in sealed] == [(1, 0), (1, 1), (1, 2), (1, 3)]
        for one, entry in zip(sealed, written, strict=True):
            stored = one.entry
            assert stored is not None
            assert leaf_digest(stored) == one.leaf.digest
            assert (stored.id, stored.at, stored.action) == (one.leaf.entry_id, one.leaf.at, entry.action.value)
            assert (stored.at, stored.actor_id, stored.target_id) == (entry.at, user.id, user.id)
            assert stored.reason == entry.reason
            assert (stored.changes is None, stored.address_tag is None) == (not entry.changes,) * 2
        assert merkle_root([one.leaf.digest for one in sealed]) == seal.statement.root

    async def test_entries_come_by_their_seals_and_only_those_that_are_asked_for(self, store: Store) -> None:
        seals = []
        for number in (3, 1, 2):
            await store.record(*(an_audit_entry(at=MAY + place * MOMENT) for place in range(number)))
            await _with_seals(store, NOW)
            seals += [seal for seal in await store.evidence.seals(after=0, limit=100) if seal not in seals]
        of_may = [seal for seal in seals if seal.statement.month == MAY.date()]
        first, second, third = [seal.statement.number for seal in of_may]
        found = await store.evidence.sealed_entries(of_may)
        assert [(one.seal, one.position) for one in found] == [
            *[(first, 0), (first, 1), (first, 2)],
            (second, 0),
            *[(third, 0), (third, 1)],
        ]
        assert await store.evidence.sealed_entries([of_may[2], of_may[0]]) == found[:3] + found[4:]

    # --- Months -----------------------------------------------------------------------------------------------------

    async def test_months_begin_and_end_with_what_there_is_whether_it_is_sealed_or_waits(self, store: Store) -> None:
        await _with_seals(store, NOW, JUNE - MOMENT)
        await store.record(an_audit_entry(at=AUGUST))
        months = await store.evidence.months()
        assert months == sorted(set(months))
        assert (months[0], months[-1]) == (date(2019, 5, 1), month_of(NOW))
        assert date(2019, 8, 1) in months

    async def test_an_honest_trail_is_accounted_for(self, store: Store) -> None:
        await _with_seals(store, MAY, JUNE - MOMENT, JUNE, NOW)
        await store.record(*(an_audit_entry(at=at) for at in (MAY, JUNE - MOMENT, NOW)))
        for month in [*await store.evidence.months(), month_of(AUGUST)]:
            assert await store.evidence.unaccounted(month, limit=10) == Unaccounted((), ())

    async def test_what_is_recorded_under_a_seal_of_another_month_is_named(self, store: Store) -> None:
        await store.record(*(an_audit_entry(at=at) for at in (MAY, MAY, MAY, JUNE)))
        async with store.unit_of_work() as work:
            sealing = await work.seals.begin(limit=10)
            assert sealing is not None
            leaves = sorted(sealing.waiting, key=lambda leaf: (leaf.at, leaf.entry_id))
            seal = Seal(next_statement(None, leaves[-1:], at=NOW, key_id="contract-key"), b"contract-signature")
            await work.seals.add(seal, leaves)
            await work.commit()
        misplaced = tuple(leaf.entry_id for leaf in leaves[:-1])
        assert await store.evidence.unaccounted(MAY.date(), limit=10) == Unaccounted((), misplaced)
        assert await store.evidence.unaccounted(MAY.date(), limit=2) == Unaccounted((), misplaced[:2])
        assert await store.evidence.unaccounted(JUNE.date(), limit=10) == Unaccounted((), ())

    # --- What waits, and what was given up --------------------------------------------------------------------------

    async def test_what_waits_is_counted_whatever_the_limit(self, store: Store) -> None:
        await _with_seals(store, NOW)
        for expected in (1, 2, 3):
            await store.record(an_audit_entry(at=MAY if expected == 2 else NOW))
            assert await store.evidence.waiting(limit=1) == Waiting(expected, ())
        await store.seal()
        assert await store.evidence.waiting(limit=1) == Waiting(0, ())

    async def test_months_that_were_given_up_come_in_their_order_as_it_was_stated(self, store: Store) -> None:
        await _with_seals(store, MAY, JUNE)
        retirements = []
        for number, month in ((2, JUNE), (1, MAY)):
            statement = RetirementStatement(
                month=month.date(),
                retired_at=NOW,
                last_seal=number,
                entries=1,
                archive_digest=bytes([number]) * 32,
                key_id="contract-key",
            )
            retirements.append(Retirement(statement, bytes(range(256))))
            async with store.unit_of_work() as work:
                assert await work.seals.begin(limit=0) is not None
                assert await work.seals.retire(retirements[-1])
                await work.commit()
        assert await store.evidence.retirements() == retirements[::-1]

    # --- Beside others ----------------------------------------------------------------------------------------------

    async def test_what_is_not_committed_is_not_evidence_and_keeps_nobody_waiting(self, store: Store) -> None:
        await store.record(an_audit_entry(at=MAY))
        async with store.unit_of_work() as work:
            sealing = await work.seals.begin(limit=10)
            assert sealing is not None
            seal = Seal(next_statement(None, sealing.waiting, at=NOW, key_id="contract-key"), b"contract-signature")
            await work.seals.add(seal, sealing.waiting)
            await work.audit.append(an_audit_entry(at=NOW))
            assert await work.seals.begin(limit=10) is not None  # so that all of it has been written
            async with asyncio.timeout(5):
                assert await store.evidence.seals(after=0, limit=10) == []
                assert await store.evidence.sealed_entries([seal]) == []
                assert await store.evidence.months() == [MAY.date()]
                assert await store.evidence.unaccounted(MAY.date(), limit=10) == Unaccounted((), ())
                assert await store.evidence.waiting(limit=10) == Waiting(1, ())
                assert await store.evidence.retirements() == []
            await work.commit()
        assert await store.evidence.seals(after=0, limit=10) == [seal]
        assert len(await store.evidence.sealed_entries([seal])) == 1
        assert await store.evidence.waiting(limit=10) == Waiting(1, ())
