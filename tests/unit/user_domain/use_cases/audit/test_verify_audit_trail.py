"""Whatever is done to the audit trail is found, and named; and what nobody touched is as it was.

Here everybody can reach the committed state of the database in memory, as whoever owns a database can reach its tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.user_domain.world import World
from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.entities.audit_seal import Leaf, Retirement, RetirementStatement, Seal, SealedEntry
from user_domain.policies.audit_faults import Fault, FaultKind
from user_domain.policies.audit_proof import leaf_digest, next_statement
from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.in_memory import InMemoryAuditEvidence, InMemoryAuditSigner, InMemorySignatureVerifier
from user_domain.testing.in_memory.audit_seals import stored
from user_domain.use_cases.audit import verify_audit_trail
from user_domain.use_cases.audit.verify_audit_trail import AuditFindings, Progress
from user_domain.value_objects.ids import AuditEntryId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.ports.audit_evidence import Unaccounted, Waiting
    from user_domain.testing.in_memory.database import State

APRIL = datetime(2026, 4, 2, tzinfo=UTC)
THIEF = InMemoryAuditSigner("a thief's key")


@dataclass
class Trail:
    """Five seals, over the entries 1 to 3, 4, 5 to 6 (of April), 7 to 8, and 9; all other entries are of March."""

    world: World = field(default_factory=World)
    heads: dict[int, bytes] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return self.world.database.committed

    async def write(self, count: int = 1, *, at: datetime = NOW) -> None:
        async with self.world.unit_of_work() as work:
            for _ in range(count):
                await work.audit.append(
                    an_audit_entry(
                        action=AuditAction.USER_BLOCK, at=at, changes=(FieldChange("status", "active", "blocked"),)
                    )
                )
            await work.commit()

    async def seal(self) -> None:
        sealed = await self.world.seal_audit_trail().execute()
        self.heads |= {seal.statement.number: seal.statement.head for seal in sealed.seals}

    async def verify(self, heads: Mapping[int, bytes] | None = None) -> AuditFindings:
        use_case = self.world.verify_audit_trail()
        return await use_case.execute(heads=heads or {}, tell=lambda _: None)

    async def faults(self, heads: Mapping[int, bytes] | None = None) -> list[Fault]:
        return list((await self.verify(heads)).faults)

    # --- What somebody does to it -----------------------------------------------------------------------------------

    def change(self, number: int, **facts: Any) -> None:
        self.state.audit[number - 1] = replace(self.state.audit[number - 1], **facts)

    def record(self, number: int, *, seal: int, position: int) -> None:
        """Say that an entry as it is now is under a seal."""
        entry = stored(self.state, AuditEntryId(number), self.state.audit[number - 1])
        leaf = Leaf(entry.id, entry.at, leaf_digest(entry))
        self.state.leaves[entry.id] = SealedEntry(seal, position, leaf, None)

    def cut(self, *, seals: int, entries: int) -> None:
        """As if the last ones had never been."""
        del self.state.seals[-seals:], self.state.audit[-entries:]
        left = len(self.state.audit)
        for number in [number for number in self.state.leaves if number > left]:
            del self.state.leaves[number]

    def seal_anew(self, signer: InMemoryAuditSigner, *, beginning: int = 1) -> None:
        """Make every seal from one on anew, over what is there now."""
        seals = self.state.seals
        for place in range(beginning - 1, len(seals)):
            before, statement = (seals[place - 1] if place else None), seals[place].statement
            under = sorted(
                (sealed for sealed in self.state.leaves.values() if sealed.seal == statement.number),
                key=lambda sealed: sealed.position,
            )
            for sealed in under:
                self.record(sealed.leaf.entry_id, seal=sealed.seal, position=sealed.position)
            leaves = [self.state.leaves[sealed.leaf.entry_id].leaf for sealed in under]
            anew = next_statement(before, leaves, at=statement.sealed_at, key_id=signer.key_id())
            seals[place] = Seal(anew, signer.sign(anew.text))


async def a_trail() -> Trail:
    trail = Trail()
    for count, at in [(3, NOW), (1, NOW), (2, APRIL), (2, NOW), (1, NOW)]:
        await trail.write(count, at=at)
        await trail.seal()
    return trail


@pytest.fixture
async def trail() -> Trail:
    return await a_trail()


def seal_fault(kind: FaultKind, seal: int) -> Fault:
    return Fault(kind, seal=seal)


def entry_fault(kind: FaultKind, entry: int, *, seal: int | None = None) -> Fault:
    return Fault(kind, seal=seal, entry=AuditEntryId(entry))


# --- An honest trail --------------------------------------------------------------------------------------------------


async def test_a_trail_of_which_nothing_was_written_is_as_it_was() -> None:
    assert await Trail().verify() == AuditFindings(
        seals=0, entries=0, waiting=0, retired_months=0, last=None, faults=()
    )


async def test_an_honest_trail_has_no_fault_and_what_waits_is_counted(trail: Trail) -> None:
    await trail.write(4)
    assert await trail.verify(trail.heads) == AuditFindings(
        seals=5, entries=9, waiting=4, retired_months=0, last=trail.state.seals[-1], faults=()
    )
    await trail.seal()
    after = await trail.verify(trail.heads)
    assert (after.seals, after.entries, after.waiting, after.faults) == (6, 13, 0, ())


async def test_erasing_people_leaves_no_fault(trail: Trail) -> None:
    user = await trail.world.with_user()
    async with trail.world.unit_of_work() as work:
        await work.audit.append(an_audit_entry(actor_id=user.id, target_id=user.id))
        await work.commit()
    await trail.seal()
    async with trail.world.unit_of_work() as work:
        await work.personal_keys.destroy(user.id)
        await work.commit()
    assert await trail.faults(trail.heads) == []


async def test_several_keys_may_have_signed_one_after_the_other(trail: Trail) -> None:
    trail.world.audit_signer = InMemoryAuditSigner("the next key")
    await trail.write()
    await trail.seal()
    assert await trail.faults() == [seal_fault(FaultKind.SEAL_FORGED, 6)]
    trail.world.audit_signatures = InMemorySignatureVerifier("a key", "the next key")
    assert await trail.faults() == []


async def test_how_far_it_is_is_told_as_it_goes_on(trail: Trail) -> None:
    told: list[Progress] = []
    await trail.world.verify_audit_trail().execute(heads={}, tell=told.append)
    assert told == [Progress(2, 4), Progress(3, 6), Progress(5, 9)]


@pytest.mark.parametrize(("seals_at_once", "entries_at_once"), [(1, 1), (2, 1), (2, 4), (3, 1000), (5, 2), (6, 3)])
async def test_how_much_is_looked_at_at_once_makes_no_difference(
    trail: Trail, monkeypatch: pytest.MonkeyPatch, seals_at_once: int, entries_at_once: int
) -> None:
    trail.change(4, reason="another")
    trail.change(9, reason="another")
    expected = await trail.verify(trail.heads)
    monkeypatch.setattr(verify_audit_trail, "_SEALS_AT_ONCE", seals_at_once)
    monkeypatch.setattr(verify_audit_trail, "_ENTRIES_AT_ONCE", entries_at_once)
    assert await trail.verify(trail.heads) == expected
    assert len(expected.faults) == 2


# --- One: changed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [
        {"reason": "another"},
        {"action": AuditAction.USER_UNBLOCK},
        {"at": NOW + timedelta(microseconds=1)},
        {"actor_id": 7},
        {"target_id": 7},
        {"client": replace(an_audit_entry().client, ip_address="198.51.100.1")},
        {"client": replace(an_audit_entry().client, request_id=None)},
        {"changes": ()},
    ],
    ids=["reason", "action", "at", "actor", "target", "address", "request", "changes"],
)
async def test_an_entry_that_was_changed_is_named(trail: Trail, facts: dict[str, Any]) -> None:
    trail.change(2, **facts)
    assert await trail.faults(trail.heads) == [entry_fault(FaultKind.ENTRY_CHANGED, 2, seal=1)]


async def test_one_that_was_changed_with_what_is_recorded_of_it_is_not_what_the_seal_is_over(trail: Trail) -> None:
    trail.change(2, reason="another")
    trail.record(2, seal=1, position=1)
    assert await trail.faults(trail.heads) == [seal_fault(FaultKind.SEAL_ROOT, 1)]


# --- Two: deleted -----------------------------------------------------------------------------------------------------


async def test_an_entry_that_was_deleted_is_named(trail: Trail) -> None:
    trail.state.given_up.add(5)
    assert await trail.faults(trail.heads) == [entry_fault(FaultKind.ENTRY_MISSING, 5, seal=3)]


async def test_one_that_was_deleted_with_what_is_recorded_of_it_is_missed_by_its_seal(trail: Trail) -> None:
    trail.state.given_up.add(5)
    del trail.state.leaves[AuditEntryId(5)]
    assert await trail.faults(trail.heads) == [seal_fault(FaultKind.SEAL_ROOT, 3)]


async def test_so_is_everything_that_was_under_it(trail: Trail) -> None:
    trail.state.given_up.add(4)
    del trail.state.leaves[AuditEntryId(4)]
    assert await trail.faults(trail.heads) == [seal_fault(FaultKind.SEAL_ROOT, 2)]


# --- Three: inserted --------------------------------------------------------------------------------------------------


async def test_an_entry_that_is_slipped_under_a_seal_is_not_what_that_is_over(trail: Trail) -> None:
    await trail.write()
    trail.record(10, seal=2, position=1)
    assert await trail.faults(trail.heads) == [seal_fault(FaultKind.SEAL_ROOT, 2)]


@pytest.mark.parametrize("seal", [3, 6, 99], ids=["of another month", "the next", "of no such number"])
async def test_one_that_is_said_to_be_under_a_seal_that_cannot_have_it_is_named(trail: Trail, seal: int) -> None:
    await trail.write(at=NOW)
    trail.record(10, seal=seal, position=0)
    found = await trail.faults(trail.heads)
    assert entry_fault(FaultKind.ENTRY_MISPLACED, 10) in found
    # Of what is of another month the store may also show that it is under the seal.
    assert set(found) <= {entry_fault(FaultKind.ENTRY_MISPLACED, 10), seal_fault(FaultKind.SEAL_ROOT, seal)}


class Strangers(InMemoryAuditEvidence):
    """The database in memory lets everything wait that is under no seal; others keep a list of what waits."""

    unsealed: tuple[AuditEntryId, ...] = ()
    missing: tuple[AuditEntryId, ...] = ()

    async def unaccounted(self, month: date, *, limit: int) -> Unaccounted:
        found = await super().unaccounted(month, limit=limit)
        return replace(found, entries=self.unsealed if month == date(2026, 4, 1) else ())

    async def waiting(self, *, limit: int) -> Waiting:
        return replace(await super().waiting(limit=limit), missing=self.missing)


async def test_one_that_is_under_no_seal_and_does_not_wait_is_named(trail: Trail) -> None:
    evidence = trail.world.audit_evidence = Strangers(trail.world.database)
    evidence.unsealed = (AuditEntryId(70), AuditEntryId(71))
    assert await trail.faults() == [entry_fault(FaultKind.ENTRY_UNSEALED, number) for number in (70, 71)]


async def test_one_that_waits_and_is_not_there_is_named(trail: Trail) -> None:
    evidence = trail.world.audit_evidence = Strangers(trail.world.database)
    evidence.missing = (AuditEntryId(70), AuditEntryId(71))
    assert await trail.faults() == [entry_fault(FaultKind.WAITING_MISSING, number) for number in (70, 71)]


# --- Four: in another order -------------------------------------------------------------------------------------------


async def test_entries_in_another_order_are_not_what_the_seal_is_over(trail: Trail) -> None:
    trail.record(1, seal=1, position=2)
    trail.record(3, seal=1, position=0)
    assert await trail.faults(trail.heads) == [seal_fault(FaultKind.SEAL_ROOT, 1)]


async def test_entries_that_exchanged_what_they_tell_were_both_changed(trail: Trail) -> None:
    trail.change(1, reason="first")
    trail.seal_anew(trail.world.audit_signer)
    assert await trail.faults() == []
    audit = trail.state.audit
    audit[0], audit[1] = audit[1], audit[0]
    assert await trail.faults() == [
        entry_fault(FaultKind.ENTRY_CHANGED, 1, seal=1),
        entry_fault(FaultKind.ENTRY_CHANGED, 2, seal=1),
    ]


async def test_an_entry_that_was_put_under_another_seal_is_missed_by_one_and_too_much_for_the_other(
    trail: Trail,
) -> None:
    trail.record(3, seal=4, position=2)
    assert await trail.faults(trail.heads) == [
        seal_fault(FaultKind.SEAL_ROOT, 1),
        seal_fault(FaultKind.SEAL_ROOT, 4),
    ]


# --- Five: the tail cut off with its seals ----------------------------------------------------------------------------


async def test_a_tail_that_was_cut_off_with_its_seals_is_missed_by_the_heads_alone(trail: Trail) -> None:
    trail.cut(seals=2, entries=3)
    assert await trail.faults() == []
    assert await trail.faults(trail.heads) == [
        seal_fault(FaultKind.HEAD_MISSING, 4),
        seal_fault(FaultKind.HEAD_MISSING, 5),
    ]


async def test_one_head_is_enough(trail: Trail) -> None:
    last = {5: trail.heads[5]}
    assert await trail.faults(last) == []
    trail.cut(seals=1, entries=1)
    assert await trail.faults(last) == [seal_fault(FaultKind.HEAD_MISSING, 5)]


async def test_also_where_other_seals_came_in_their_place(trail: Trail) -> None:
    logged = dict(trail.heads)
    trail.cut(seals=2, entries=3)
    await trail.write(3)
    trail.world.clock.advance(timedelta(seconds=1))
    await trail.seal()
    await trail.write()
    await trail.seal()
    assert await trail.faults() == []
    assert await trail.faults(logged) == [
        seal_fault(FaultKind.HEAD_MISSING, 4),
        seal_fault(FaultKind.HEAD_MISSING, 5),
    ]


async def test_where_everything_was_cut_off_every_head_is_missing(trail: Trail) -> None:
    trail.cut(seals=5, entries=9)
    assert await trail.faults() == []
    assert await trail.faults(trail.heads) == [seal_fault(FaultKind.HEAD_MISSING, number) for number in range(1, 6)]


async def test_a_seal_missing_in_the_middle_is_named_with_what_was_under_it(trail: Trail) -> None:
    del trail.state.seals[2]
    assert await trail.faults() == [
        seal_fault(FaultKind.SEAL_MISSING, 3),
        entry_fault(FaultKind.ENTRY_MISPLACED, 5),
        entry_fault(FaultKind.ENTRY_MISPLACED, 6),
    ]
    assert await trail.faults({3: trail.heads[3]}) == [
        seal_fault(FaultKind.SEAL_MISSING, 3),
        seal_fault(FaultKind.HEAD_MISSING, 3),
        entry_fault(FaultKind.ENTRY_MISPLACED, 5),
        entry_fault(FaultKind.ENTRY_MISPLACED, 6),
    ]


# --- Six: sealed anew without the key ---------------------------------------------------------------------------------


async def test_seals_that_were_made_anew_without_the_key_are_forged(trail: Trail) -> None:
    trail.change(4, reason="another")
    trail.seal_anew(THIEF, beginning=2)
    assert await trail.faults() == [seal_fault(FaultKind.SEAL_FORGED, number) for number in (2, 3, 4, 5)]


async def test_also_in_the_name_of_the_key(trail: Trail) -> None:
    trail.change(4, reason="another")
    trail.seal_anew(trail.world.audit_signer, beginning=2)
    trail.state.seals[1:] = [replace(seal, signature=THIEF.sign(seal.statement.text)) for seal in trail.state.seals[1:]]
    assert await trail.faults() == [seal_fault(FaultKind.SEAL_FORGED, number) for number in (2, 3, 4, 5)]


async def test_one_made_anew_in_the_middle_breaks_the_chain_behind_it_too(trail: Trail) -> None:
    trail.change(4, reason="another")
    behind = trail.state.seals[2:]
    trail.seal_anew(THIEF, beginning=2)
    trail.state.seals[2:] = behind
    assert await trail.faults() == [
        seal_fault(FaultKind.SEAL_FORGED, 2),
        seal_fault(FaultKind.SEAL_OUT_OF_CHAIN, 3),
    ]


async def test_made_anew_with_the_key_they_are_known_by_the_heads_alone(trail: Trail) -> None:
    trail.change(4, reason="another")
    trail.seal_anew(trail.world.audit_signer, beginning=2)
    assert await trail.faults() == []
    assert await trail.faults(trail.heads) == [seal_fault(FaultKind.HEAD_MISSING, number) for number in (2, 3, 4, 5)]


@pytest.mark.parametrize(
    "facts",
    [
        {"sealed_at": NOW + timedelta(seconds=1)},
        {"key_id": THIEF.key_id()},
        {"previous": bytes(32)},
        {"root": bytes(32)},
        {"entries": 0},
        {"entries": 2**31 - 1},
        {"month": date(2026, 5, 1)},
    ],
    ids=["sealed_at", "key", "previous", "root", "none", "many", "month"],
)
async def test_a_seal_that_was_changed_is_forged(trail: Trail, facts: dict[str, Any]) -> None:
    seal = trail.state.seals[1]
    trail.state.seals[1] = replace(seal, statement=replace(seal.statement, **facts))
    assert seal_fault(FaultKind.SEAL_FORGED, 2) in await trail.faults()


# --- Seven: seals exchanged -------------------------------------------------------------------------------------------


async def test_seals_that_changed_places_are_named(trail: Trail) -> None:
    """Number 3 stays where it is, and follows another one now."""
    seals = trail.state.seals
    seals[1], seals[3] = (
        replace(seal, statement=replace(seal.statement, number=number))
        for seal, number in [(seals[3], 2), (seals[1], 4)]
    )
    assert await trail.faults() == [
        seal_fault(FaultKind.SEAL_OUT_OF_CHAIN, 2),
        seal_fault(FaultKind.SEAL_FORGED, 2),
        seal_fault(FaultKind.SEAL_OUT_OF_CHAIN, 3),
        seal_fault(FaultKind.SEAL_OUT_OF_CHAIN, 4),
        seal_fault(FaultKind.SEAL_FORGED, 4),
        seal_fault(FaultKind.SEAL_OUT_OF_CHAIN, 5),
        seal_fault(FaultKind.SEAL_ROOT, 2),
        seal_fault(FaultKind.SEAL_ROOT, 4),
    ]


async def test_seals_that_exchanged_what_is_under_them_are_named(trail: Trail) -> None:
    exchanged = {2: 5, 5: 2}
    leaves = trail.state.leaves
    for number, sealed in list(leaves.items()):
        leaves[number] = replace(sealed, seal=exchanged.get(sealed.seal, sealed.seal))
    assert await trail.faults(trail.heads) == [
        seal_fault(FaultKind.SEAL_ROOT, 2),
        seal_fault(FaultKind.SEAL_ROOT, 5),
    ]


async def test_signatures_that_were_exchanged_are_forged(trail: Trail) -> None:
    seals = trail.state.seals
    seals[1], seals[3] = (
        replace(seals[1], signature=seals[3].signature),
        replace(seals[3], signature=seals[1].signature),
    )
    assert await trail.faults() == [seal_fault(FaultKind.SEAL_FORGED, 2), seal_fault(FaultKind.SEAL_FORGED, 4)]


# --- Seals that would not be looked at --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, -7])
async def test_a_seal_that_is_numbered_below_the_first_hides_no_entry(trail: Trail, number: int) -> None:
    await trail.write()
    trail.record(10, seal=number, position=0)
    leaf = trail.state.leaves[AuditEntryId(10)].leaf
    statement = replace(next_statement(None, [leaf], at=NOW, key_id=THIEF.key_id()), number=number)
    trail.state.seals.append(Seal(statement, THIEF.sign(statement.text)))
    assert await trail.faults(trail.heads) == [
        seal_fault(FaultKind.SEAL_OUT_OF_CHAIN, number),
        seal_fault(FaultKind.SEAL_FORGED, number),
    ]


@pytest.mark.parametrize("seals_at_once", [1, 2, 3])
async def test_nor_does_a_second_one_of_a_number_between_two_pages(
    trail: Trail, monkeypatch: pytest.MonkeyPatch, seals_at_once: int
) -> None:
    monkeypatch.setattr(verify_audit_trail, "_SEALS_AT_ONCE", seals_at_once)
    await trail.write(at=APRIL + timedelta(days=31))
    trail.record(10, seal=2, position=0)
    leaf = trail.state.leaves[AuditEntryId(10)].leaf
    statement = replace(next_statement(None, [leaf], at=NOW, key_id=THIEF.key_id()), number=2)
    trail.state.seals.append(Seal(statement, THIEF.sign(statement.text)))
    assert seal_fault(FaultKind.SEAL_FORGED, 2) in await trail.faults(trail.heads)


# --- Months that were given up ----------------------------------------------------------------------------------------


def give_up(trail: Trail, month: date, *, signer: InMemoryAuditSigner, last_seal: int) -> None:
    """Take a month out of the database, and say so."""
    for number in [number for number, sealed in trail.state.leaves.items() if sealed.leaf.at.month == month.month]:
        trail.state.given_up.add(number)
        del trail.state.leaves[number]
    statement = RetirementStatement(
        month=month, retired_at=NOW, last_seal=last_seal, entries=7, archive_digest=bytes(32), key_id=signer.key_id()
    )
    trail.state.retirements.append(Retirement(statement, signer.sign(statement.text)))


MARCH = date(2026, 3, 1)


async def test_a_month_that_was_given_up_is_not_missed(trail: Trail) -> None:
    give_up(trail, MARCH, signer=trail.world.audit_signer, last_seal=5)
    found = await trail.verify(trail.heads)
    assert found == AuditFindings(
        seals=5, entries=2, waiting=0, retired_months=1, last=trail.state.seals[-1], faults=()
    )


async def test_one_that_nobody_has_given_up_is(trail: Trail) -> None:
    give_up(trail, MARCH, signer=THIEF, last_seal=5)
    found = await trail.verify(trail.heads)
    assert list(found.faults) == [
        Fault(FaultKind.RETIREMENT_FORGED, month="2026-03"),
        *(seal_fault(FaultKind.SEAL_ROOT, number) for number in (1, 2, 4, 5)),
    ]
    assert found.retired_months == 0


async def test_a_retirement_that_was_changed_is_forged(trail: Trail) -> None:
    give_up(trail, MARCH, signer=trail.world.audit_signer, last_seal=4)
    assert await trail.faults() == [seal_fault(FaultKind.SEAL_ROOT, 5)]
    (retirement,) = trail.state.retirements
    later = replace(retirement, statement=replace(retirement.statement, last_seal=5))
    trail.state.retirements[:] = [later]
    assert Fault(FaultKind.RETIREMENT_FORGED, month="2026-03") in await trail.faults()


async def test_without_its_retirement_a_month_is_missed(trail: Trail) -> None:
    give_up(trail, MARCH, signer=trail.world.audit_signer, last_seal=5)
    trail.state.retirements.clear()
    assert await trail.faults() == [seal_fault(FaultKind.SEAL_ROOT, number) for number in (1, 2, 4, 5)]


async def test_what_comes_to_a_month_that_was_given_up_is_looked_at_like_everything_else(trail: Trail) -> None:
    give_up(trail, MARCH, signer=trail.world.audit_signer, last_seal=5)
    await trail.write()
    await trail.seal()
    assert await trail.faults(trail.heads) == []
    trail.change(10, reason="another")
    assert await trail.faults() == [entry_fault(FaultKind.ENTRY_CHANGED, 10, seal=6)]


async def test_nothing_is_slipped_under_the_seals_of_such_a_month(trail: Trail) -> None:
    give_up(trail, MARCH, signer=trail.world.audit_signer, last_seal=5)
    await trail.write()
    trail.record(10, seal=2, position=0)
    assert await trail.faults() == [seal_fault(FaultKind.SEAL_ROOT, 2)]


async def test_its_seals_are_still_needed(trail: Trail) -> None:
    give_up(trail, MARCH, signer=trail.world.audit_signer, last_seal=5)
    del trail.state.seals[3]
    assert await trail.faults() == [seal_fault(FaultKind.SEAL_MISSING, 4)]


# --- Anything ---------------------------------------------------------------------------------------------------------


@given(
    number=st.integers(1, 9),
    facts=st.fixed_dictionaries(
        {},
        optional={
            "reason": st.text(max_size=3),
            "actor_id": st.integers(1, 3),
            "target_id": st.integers(1, 3),
            "action": st.sampled_from(AuditAction),
            "at": st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - it adds the zone
            "changes": st.just(()),
        },
    ),
)
async def test_whatever_is_changed_is_named(number: int, facts: dict[str, Any]) -> None:
    trail = await a_trail()
    before: AuditEntry = trail.state.audit[number - 1]
    trail.change(number, **facts)
    found = await trail.faults(trail.heads)
    assert [fault.entry for fault in found] == ([] if trail.state.audit[number - 1] == before else [number])
