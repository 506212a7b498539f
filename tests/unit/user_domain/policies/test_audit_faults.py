"""What is wrong with a seal, and with what is under it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from user_domain.entities.audit_seal import FIRST_PREVIOUS, Leaf, Retirement, RetirementStatement, Seal, SealedEntry
from user_domain.policies.audit_faults import Fault, FaultKind, of_chain, of_content, retired_seals
from user_domain.policies.audit_proof import leaf_digest, merkle_root, next_statement
from user_domain.testing.builders import NOW, a_stored_entry
from user_domain.value_objects.ids import AuditEntryId

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def a_seal(before: Seal | None = None, **facts: Any) -> Seal:
    leaf = Leaf(AuditEntryId(1), NOW, bytes(32))
    return Seal(replace(next_statement(before, [leaf], at=NOW, key_id="a key"), **facts), b"a signature")


def found_in_chain(before: Seal | None, seal: Seal, *, is_genuine: bool = True) -> list[tuple[FaultKind, int | None]]:
    return [(fault.kind, fault.seal) for fault in of_chain(before, seal, is_genuine=is_genuine)]


FIRST = a_seal()
SECOND = a_seal(FIRST)


# --- The chain --------------------------------------------------------------------------------------------------------


def test_a_seal_that_follows_another_is_in_order() -> None:
    assert found_in_chain(None, FIRST) == found_in_chain(FIRST, SECOND) == found_in_chain(SECOND, a_seal(SECOND)) == []


def test_one_that_nobody_has_signed_is_forged() -> None:
    assert found_in_chain(FIRST, SECOND, is_genuine=False) == [(FaultKind.SEAL_FORGED, 2)]


@pytest.mark.parametrize(
    ("before", "seal"),
    [
        (None, a_seal(previous=b"x" * 32)),
        (FIRST, a_seal(FIRST, previous=FIRST_PREVIOUS)),
        (FIRST, a_seal(a_seal(entries=2))),
        (FIRST, a_seal(a_seal(sealed_at=NOW.replace(microsecond=0)))),
    ],
)
def test_one_that_has_another_head_is_out_of_chain(before: Seal | None, seal: Seal) -> None:
    assert found_in_chain(before, seal) == [(FaultKind.SEAL_OUT_OF_CHAIN, seal.statement.number)]


def test_seals_that_are_missing_are_named_and_not_held_against_the_next() -> None:
    missing = FaultKind.SEAL_MISSING
    assert found_in_chain(None, a_seal(number=3)) == [(missing, 1), (missing, 2)]
    assert found_in_chain(FIRST, a_seal(number=3)) == [(missing, 2)]


def test_there_is_an_end_to_them() -> None:
    """Whoever changes one number to the highest there is does not keep the verifier busy for ever."""
    assert len(found_in_chain(FIRST, a_seal(number=2**63 - 1))) == 1000


def test_one_that_is_there_twice_is_out_of_chain() -> None:
    assert found_in_chain(SECOND, SECOND) == [(FaultKind.SEAL_OUT_OF_CHAIN, 2)]


@pytest.mark.parametrize("number", [0, -1, -(2**63)])
def test_one_that_is_numbered_below_the_first_is_out_of_chain_and_the_first_is_not(number: int) -> None:
    strange = a_seal(number=number)
    assert found_in_chain(None, strange) == [(FaultKind.SEAL_OUT_OF_CHAIN, number)]
    assert found_in_chain(strange, FIRST) == []


def test_all_that_is_wrong_is_told() -> None:
    assert found_in_chain(FIRST, a_seal(number=2, previous=b""), is_genuine=False) == [
        (FaultKind.SEAL_OUT_OF_CHAIN, 2),
        (FaultKind.SEAL_FORGED, 2),
    ]


# --- What is under a seal ---------------------------------------------------------------------------------------------

ENTRIES = [a_stored_entry(id=AuditEntryId(number)) for number in (11, 12, 13)]
LEAVES = [Leaf(entry.id, entry.at, leaf_digest(entry)) for entry in ENTRIES]
SEAL = Seal(next_statement(FIRST, LEAVES, at=NOW, key_id="a key"), b"a signature")
UNDER_IT = [
    SealedEntry(2, position, leaf, entry) for position, (leaf, entry) in enumerate(zip(LEAVES, ENTRIES, strict=True))
]


def under_it(**changes: SealedEntry) -> list[SealedEntry]:
    return [changes.get(f"at_{place}", sealed) for place, sealed in enumerate(UNDER_IT)]


def found_under_it(entries: list[SealedEntry], *, is_retired: bool = False, seal: Seal = SEAL) -> list[Fault]:
    return list(of_content(seal, entries, is_retired=is_retired))


ROOT = Fault(FaultKind.SEAL_ROOT, seal=2)


def test_what_is_as_it_was_has_no_fault() -> None:
    assert found_under_it(UNDER_IT) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"reason": "another"},
        {"action": "user:block"},
        {"at": NOW.replace(microsecond=0)},
        {"origin": None},
        {"origin": b"another"},
        {"id": AuditEntryId(14)},
    ],
)
def test_an_entry_that_was_changed_is_named(facts: dict[str, Any]) -> None:
    changed = replace(UNDER_IT[1], entry=replace(ENTRIES[1], **facts))
    assert found_under_it(under_it(at_1=changed)) == [Fault(FaultKind.ENTRY_CHANGED, seal=2, entry=AuditEntryId(12))]


def test_an_entry_that_is_missing_is_named() -> None:
    gone = replace(UNDER_IT[2], entry=None)
    assert found_under_it(under_it(at_2=gone)) == [Fault(FaultKind.ENTRY_MISSING, seal=2, entry=AuditEntryId(13))]


def test_where_the_record_was_changed_with_the_entry_the_seal_tells() -> None:
    entry = replace(ENTRIES[1], reason="another")
    leaf = replace(LEAVES[1], digest=leaf_digest(entry))
    assert found_under_it(under_it(at_1=replace(UNDER_IT[1], entry=entry, leaf=leaf))) == [ROOT]


@pytest.mark.parametrize(
    "entries",
    [
        UNDER_IT[:2],
        UNDER_IT[1:],
        [],
        [*UNDER_IT, replace(UNDER_IT[2], position=3)],
        [*UNDER_IT, UNDER_IT[2]],
        [UNDER_IT[0], UNDER_IT[0], *UNDER_IT[1:]],
        [UNDER_IT[1], UNDER_IT[0], UNDER_IT[2]],
        [replace(UNDER_IT[1], position=0), replace(UNDER_IT[0], position=1), UNDER_IT[2]],
        [replace(sealed, position=sealed.position + 1) for sealed in UNDER_IT],
    ],
    ids=["cut", "begun late", "none", "one more", "one twice", "the first twice", "turned", "moved", "shifted"],
)
def test_what_is_more_or_less_or_in_another_order_is_not_what_was_sealed(entries: list[SealedEntry]) -> None:
    assert found_under_it(entries) == [ROOT]


@pytest.mark.parametrize("count", [0, 2, 4, -1, 2**31 - 1])
def test_a_seal_over_so_many_is_over_so_many_and_costs_no_more_than_there_are(count: int) -> None:
    seal = replace(SEAL, statement=replace(SEAL.statement, entries=count))
    assert found_under_it(UNDER_IT, seal=seal) == [ROOT]


def test_a_seal_over_nothing_has_the_root_of_nothing() -> None:
    nothing = replace(SEAL, statement=replace(SEAL.statement, entries=0))
    assert found_under_it([], seal=nothing) == [ROOT]
    honest = replace(nothing, statement=replace(nothing.statement, root=merkle_root([])))
    assert found_under_it([], seal=honest) == []


def test_nodes_do_not_stand_for_the_entries_below_them() -> None:
    seal = replace(SEAL, statement=replace(SEAL.statement, root=merkle_root([LEAVES[0].digest, LEAVES[1].digest])))
    assert found_under_it(UNDER_IT, seal=seal) == [ROOT]


# --- Months that were given up ----------------------------------------------------------------------------------------


def test_of_a_month_that_was_given_up_all_may_be_gone() -> None:
    assert found_under_it([], is_retired=True) == []
    assert found_under_it([replace(sealed, entry=None) for sealed in UNDER_IT], is_retired=True) == []
    assert found_under_it(UNDER_IT, is_retired=True) == []


def test_but_what_is_there_is_what_was_sealed() -> None:
    changed = replace(UNDER_IT[1], entry=replace(ENTRIES[1], reason="another"))
    assert found_under_it(under_it(at_1=changed), is_retired=True) == [
        Fault(FaultKind.ENTRY_CHANGED, seal=2, entry=AuditEntryId(12))
    ]
    assert found_under_it(UNDER_IT[:1], is_retired=True) == [ROOT]


def a_retirement(month: date, *, last_seal: int) -> Retirement:
    statement = RetirementStatement(
        month=month, retired_at=NOW, last_seal=last_seal, entries=1, archive_digest=bytes(32), key_id="a key"
    )
    return Retirement(statement, b"a signature")


def test_given_up_are_the_seals_of_the_month_up_to_the_one_that_was_named() -> None:
    is_retired = retired_seals([a_retirement(MARCH, last_seal=5), a_retirement(APRIL, last_seal=2)])
    seals = [(MARCH, 1), (MARCH, 5), (MARCH, 6), (APRIL, 2), (APRIL, 3), (date(2026, 5, 1), 1)]
    assert [is_retired(a_seal(month=month, number=number)) for month, number in seals] == [
        *[True, True, False],
        *[True, False],
        False,
    ]
    assert not retired_seals([])(FIRST)


def test_a_fault_is_called_in_words() -> None:
    for kind in FaultKind:
        assert kind.value[0].islower()
        assert " " in kind.value
        assert not kind.value.endswith(".")
    assert len({kind.value for kind in FaultKind}) == len(FaultKind.__members__)
