"""The contract of `AuditSeals`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from user_domain.entities.audit_seal import FIRST_PREVIOUS, Seal
from user_domain.policies.audit_proof import leaf_digest, next_statement
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.contracts.audit_seals_retirement import RetirementOfAuditMonths
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from user_domain.entities.audit_seal import Leaf, SealedEntry
    from user_domain.ports.audit_seals import Sealing
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import AuditEntryId

EVERYTHING = AuditCriteria()
STRANGE_MOMENT = datetime(2031, 12, 31, 23, 59, 59, 1, tzinfo=UTC)


async def _sealing(store: Store, *, limit: int = 100) -> Sealing:
    """What whoever begins now is told, where nobody else is at it."""
    async with store.unit_of_work() as work:
        sealing = await work.seals.begin(limit=limit)
    assert sealing is not None
    return sealing


async def _ids(store: Store) -> list[AuditEntryId]:
    """The numbers of all entries, in the order of writing."""
    found = await store.audit.page(EVERYTHING, limit=1000)
    return sorted(recorded.id for recorded in found)


async def _waiting(store: Store) -> list[AuditEntryId]:
    """The numbers of those that wait."""
    return sorted(leaf.entry_id for leaf in (await _sealing(store)).waiting)


async def _recorded(store: Store, seals: Sequence[Seal]) -> list[SealedEntry]:
    """What is recorded under seals, of whatever months."""
    return [entry for seal in seals for entry in await store.evidence.sealed_entries([seal])]


def _seal_over(leaves: Sequence[Leaf], *, after: Seal | None, signature: bytes = b"contract-signature") -> Seal:
    return Seal(next_statement(after, leaves, at=STRANGE_MOMENT, key_id="contract-key"), signature)


class AuditSealsContract(RetirementOfAuditMonths, Contract):
    """Needs a fixture `store`."""

    # --- What waits -------------------------------------------------------------------------------------------------

    async def test_at_first_there_is_no_seal_and_nothing_waits(self, store: Store) -> None:
        sealing = await _sealing(store)
        assert (sealing.last, sealing.waiting) == (None, ())

    async def test_every_entry_waits_with_the_digest_of_how_it_is_stored(self, store: Store) -> None:
        moments = [NOW, NOW - timedelta(days=400), NOW, NOW + timedelta(days=400)]
        await store.record(*(an_audit_entry(at=at) for at in moments))
        waiting = sorted((await _sealing(store)).waiting, key=lambda leaf: leaf.entry_id)
        assert [leaf.entry_id for leaf in waiting] == await _ids(store)
        assert [leaf.at for leaf in waiting] == moments
        recorded = await _recorded(store, await store.seal())
        digests = {sealed.leaf.entry_id: leaf_digest(sealed.entry) for sealed in recorded if sealed.entry}
        assert {leaf.entry_id: leaf.digest for leaf in waiting} == digests

    async def test_no_more_wait_than_were_asked_for(self, store: Store) -> None:
        await store.record(*[an_audit_entry()] * 3)
        for limit in (0, 1, 2, 3, 4):
            waiting = (await _sealing(store, limit=limit)).waiting
            assert len(waiting) == len({leaf.entry_id for leaf in waiting}) == min(limit, 3)

    async def test_an_entry_that_is_rolled_back_never_waits(self, store: Store) -> None:
        await store.record(an_audit_entry(reason="kept"))
        async with store.unit_of_work() as work:
            await work.audit.append(an_audit_entry(reason="given up"))
        assert await _waiting(store) == await _ids(store)
        assert len(await _waiting(store)) == 1

    async def test_what_was_seen_and_not_sealed_still_waits_whatever_was_sealed_instead(self, store: Store) -> None:
        await store.record(*[an_audit_entry()] * 4)
        ids = await _ids(store)
        async with store.unit_of_work() as work:
            sealing = await work.seals.begin(limit=10)
            assert sealing is not None
            chosen = [leaf for leaf in sealing.waiting if leaf.entry_id in {ids[1], ids[3]}]
            await work.seals.add(_seal_over(chosen, after=None), chosen)
            await work.commit()
        assert await _waiting(store) == [ids[0], ids[2]]

    # --- What is sealed ---------------------------------------------------------------------------------------------

    async def test_a_seal_comes_back_as_it_was_and_its_entries_wait_no_more(self, store: Store) -> None:
        await store.record(*[an_audit_entry()] * 3)
        async with store.unit_of_work() as work:
            sealing = await work.seals.begin(limit=2)
            assert sealing is not None
            seal = _seal_over(sealing.waiting, after=None, signature=bytes(range(256)))
            await work.seals.add(seal, sealing.waiting)
            await work.commit()
        after = await _sealing(store)
        assert after.last == seal
        assert after.last.statement.previous == FIRST_PREVIOUS
        assert after.last.statement.sealed_at == STRANGE_MOMENT
        assert {leaf.entry_id for leaf in after.waiting}.isdisjoint(leaf.entry_id for leaf in sealing.waiting)
        assert len(after.waiting) == 1

    async def test_the_next_seal_follows_the_last_one(self, store: Store) -> None:
        seals = []
        for _ in range(3):
            await store.record(an_audit_entry())
            seals += await store.seal()
            assert (await _sealing(store)).last == seals[-1]
        assert [seal.statement.number for seal in seals] == [1, 2, 3]
        assert [seal.statement.previous for seal in seals[1:]] == [seal.statement.head for seal in seals[:-1]]

    async def test_several_seals_may_come_at_once_and_the_last_has_the_highest_number(self, store: Store) -> None:
        moments = [NOW + timedelta(days=days) for days in (400, 0, -400)]
        await store.record(*(an_audit_entry(at=at) for at in moments))
        seals = await store.seal()
        assert [seal.statement.month.year for seal in seals] == [2025, 2026, 2027]
        sealing = await _sealing(store)
        assert (sealing.last, sealing.waiting) == (seals[-1], ())
        assert await store.evidence.seals(after=0, limit=10) == seals

    async def test_entries_are_recorded_once_in_the_order_in_which_they_are_given(self, store: Store) -> None:
        await store.record(*[an_audit_entry()] * 5)
        async with store.unit_of_work() as work:
            sealing = await work.seals.begin(limit=10)
            assert sealing is not None
            leaves = sorted(sealing.waiting, key=lambda leaf: leaf.digest)
            seal = _seal_over(leaves, after=None)
            await work.seals.add(seal, leaves)
            await work.commit()
        recorded = await store.evidence.sealed_entries([seal])
        assert [(sealed.seal, sealed.position, sealed.leaf) for sealed in recorded] == [
            (1, position, leaf) for position, leaf in enumerate(leaves)
        ]

    async def test_a_seal_that_is_rolled_back_was_never_there(self, store: Store) -> None:
        await store.record(an_audit_entry())
        async with store.unit_of_work() as work:
            sealing = await work.seals.begin(limit=10)
            assert sealing is not None
            await work.seals.add(_seal_over(sealing.waiting, after=None), sealing.waiting)
        assert await store.evidence.seals(after=0, limit=10) == []
        after = await _sealing(store)
        assert (after.last, after.waiting) == (None, sealing.waiting)

    async def test_what_seals_is_on_record_with_what_it_writes_itself(self, store: Store) -> None:
        async with store.unit_of_work() as work:
            assert await work.seals.begin(limit=10) is not None
            await work.audit.append(an_audit_entry())
            await work.commit()
        assert await _waiting(store) == await _ids(store)
        assert len(await _waiting(store)) == 1

    # --- Beside others ----------------------------------------------------------------------------------------------

    async def test_of_many_who_seal_at_once_each_follows_another_or_does_nothing(self, store: Store) -> None:
        await store.record(*[an_audit_entry()] * 12)
        at_once = await together(*(store.seal(limit=3) for _ in range(4)))
        rest = [await store.seal(limit=3) for _ in range(4)]
        added = [seal for seals in [*at_once, *rest] for seal in seals]
        stored = await store.evidence.seals(after=0, limit=100)
        assert sorted(added, key=lambda seal: seal.statement.number) == stored
        assert [seal.statement.entries for seal in stored] == [3, 3, 3, 3]
        await _assert_whole(store)

    async def test_who_writes_and_who_seals_do_so_at_once_and_nothing_is_lost(self, store: Store) -> None:
        async def write(number: int) -> None:
            async with store.unit_of_work() as work:
                await work.audit.append(an_audit_entry(reason=str(number)))
                await asyncio.sleep(0)
                await work.audit.append(an_audit_entry(at=NOW + timedelta(days=31 * number)))
                if number % 4:
                    await work.commit()

        async def seal() -> None:
            await store.seal()

        for _ in range(3):
            async with asyncio.timeout(30):
                await together(*(write(number) for number in range(8)), seal(), seal())
        await store.seal()
        assert len(await _ids(store)) == 3 * 6 * 2
        assert await _waiting(store) == []
        await _assert_whole(store)


async def _assert_whole(store: Store) -> None:
    """Every entry is under one seal, and each seal follows the one before it."""
    seals = await store.evidence.seals(after=0, limit=1000)
    assert [seal.statement.number for seal in seals] == list(range(1, len(seals) + 1))
    heads = [FIRST_PREVIOUS, *(seal.statement.head for seal in seals)]
    assert [seal.statement.previous for seal in seals] == heads[:-1]
    recorded = await _recorded(store, seals)
    assert sorted(sealed.leaf.entry_id for sealed in recorded) == await _ids(store)
