"""What proves the audit trail: known answers, and a definition that is written down once more, in another way."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from user_domain.entities.audit_entry import StoredEntry
from user_domain.entities.audit_seal import FIRST_PREVIOUS, Leaf, Seal
from user_domain.policies.audit_proof import (
    by_month,
    first_kept_month,
    leaf_digest,
    merkle_root,
    month_of,
    next_statement,
)
from user_domain.testing.builders import NOW, a_stored_entry
from user_domain.value_objects.ids import AuditEntryId, UserId


def a_leaf(number: int, at: datetime = NOW) -> Leaf:
    return Leaf(AuditEntryId(number), at, bytes([number]) * 32)


# --- Roots ------------------------------------------------------------------------------------------------------------

CERTIFICATE_TRANSPARENCY = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
"""The leaves that implementations of RFC 6962 test with, and the roots over the first one, two, ... of them."""

ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).digest() for leaf in CERTIFICATE_TRANSPARENCY[:size]]
    assert merkle_root(leaves).hex() == ROOTS[size - 1]


def test_over_nothing_it_is_the_digest_of_nothing() -> None:
    assert merkle_root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def by_definition(digests: list[bytes]) -> bytes:
    """RFC 9162 2.1.1, as it stands there: split at the largest power of two that is smaller."""
    if len(digests) == 1:
        return digests[0]
    half = 1 << (len(digests) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + by_definition(digests[:half]) + by_definition(digests[half:])).digest()


digest_lists = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


@given(digest_lists)
def test_roots_are_those_of_the_definition(digests: list[bytes]) -> None:
    assert merkle_root(digests) == by_definition(digests)


@pytest.mark.parametrize("size", [127, 128, 129, 1000])
def test_also_of_larger_trees(size: int) -> None:
    digests = [hashlib.sha256(bytes([number % 256, number // 256])).digest() for number in range(size)]
    assert merkle_root(digests) == by_definition(digests)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=20, unique=True), st.data())
def test_another_order_or_number_has_another_root(digests: list[bytes], data: st.DataObject) -> None:
    root = merkle_root(digests)
    shuffled = data.draw(st.permutations(digests))
    assert (merkle_root(shuffled) == root) == (shuffled == digests)
    assert merkle_root(digests[:-1]) != root != merkle_root([*digests, digests[-1]])


def test_a_root_does_not_say_how_many_leaves_there_are_so_a_seal_does() -> None:
    leaves = [a_leaf(number) for number in range(4)]
    nodes = [hashlib.sha256(b"\x01" + leaves[n].digest + leaves[n + 1].digest).digest() for n in (0, 2)]
    above = [replace(leaf, digest=node) for leaf, node in zip(leaves, nodes, strict=False)]
    one, other = (next_statement(None, under, at=NOW, key_id="a key") for under in (leaves, above))
    assert one.root == other.root
    assert one.text != other.text


# --- Leaves -----------------------------------------------------------------------------------------------------------

OTHER: dict[str, list[Any]] = {
    "id": [AuditEntryId(8), AuditEntryId(2**62), AuditEntryId(-7)],
    "at": [NOW + timedelta(microseconds=1), NOW - timedelta(microseconds=1), datetime(1999, 12, 31, tzinfo=UTC)],
    "action": ["user:profile-chang", "user:profile-change ", "user:block", ""],
    "actor_id": [None, UserId(0), UserId(8), UserId(7 + 2**16)],
    "target_id": [None, UserId(0), UserId(8), UserId(2**31 - 1)],
    "reason": [None, "", "another", "a reaso\u0301n", "a reasón"],
    "origin": [None, b"", b"an origin\x00", b"an origi"],
    "changes": [None, b"", b"some changes\x00", b"Some changes"],
    "ip_tag": [None, b"", b"a tag\x00", b"b tag"],
    "address_tag": [None, b"", b"another tag\x00"],
}
ENTRY = a_stored_entry(
    id=AuditEntryId(7),
    actor_id=UserId(7),
    target_id=UserId(9),
    reason="a reason",
    origin=b"an origin",
    changes=b"some changes",
    ip_tag=b"a tag",
    address_tag=b"another tag",
)
TEXTS = ("reason", "origin", "changes", "ip_tag", "address_tag")
NULLABLE = ("actor_id", "target_id", *TEXTS)


def test_a_digest_is_what_it_always_was() -> None:
    """Written down by hand: whoever changes the form makes every seal that there is a lie."""
    form = (
        b"\x00"
        + (b"\x00\x00\x00\x08" + bytes.fromhex("0000000000000007"))
        + (b"\x00\x00\x00\x08" + bytes.fromhex("0002effc23e6a2d9"))  # 826816166535897 microseconds since 2000
        + (b"\x00\x00\x00\x13" + b"user:profile-change")
        + (b"\x00\x00\x00\x04" + b"\x00\x00\x00\x07")
        + (b"\x00\x00\x00\x04" + b"\x00\x00\x00\x09")
        + (b"\x00\x00\x00\x08" + b"a reason")
        + (b"\x00\x00\x00\x09" + b"an origin")
        + (b"\x00\x00\x00\x0c" + b"some changes")
        + (b"\x00\x00\x00\x05" + b"a tag")
        + (b"\x00\x00\x00\x0b" + b"another tag")
    )
    assert leaf_digest(ENTRY) == hashlib.sha256(form).digest()


def test_what_there_is_not_is_told_apart_from_what_is_empty() -> None:
    no_facts: dict[str, Any] = dict.fromkeys(NULLABLE)
    nothing = replace(ENTRY, **no_facts)
    form = (
        b"\x00"
        + (b"\x00\x00\x00\x08" + bytes.fromhex("0000000000000007"))
        + (b"\x00\x00\x00\x08" + bytes.fromhex("0002effc23e6a2d9"))
        + (b"\x00\x00\x00\x13" + b"user:profile-change")
        + b"\xff\xff\xff\xff" * 7
    )
    assert leaf_digest(nothing) == hashlib.sha256(form).digest()
    for name in TEXTS:
        empty: Any = "" if name == "reason" else b""
        assert leaf_digest(replace(nothing, **{name: empty})) != leaf_digest(nothing)


def test_every_field_matters() -> None:
    assert OTHER.keys() == {field.name for field in fields(StoredEntry)}
    entries = [ENTRY, *(replace(ENTRY, **{name: value}) for name, values in OTHER.items() for value in values)]
    assert len({leaf_digest(entry) for entry in entries}) == len(entries)


@pytest.mark.parametrize(("one", "other"), list(combinations(TEXTS, 2)))
def test_no_field_is_taken_for_another(one: str, other: str) -> None:
    """Also where one ends and the next begins."""
    empty: dict[str, Any] = dict.fromkeys(NULLABLE)

    def of(name: str, value: str) -> str | bytes:
        return value if name == "reason" else value.encode()

    pairs = [("ab", None), (None, "ab"), ("a", "b"), ("", "ab"), ("ab", ""), ("b", "a")]
    entries = [
        replace(
            ENTRY,
            **empty
            | {name: of(name, value) for name, value in zip((one, other), pair, strict=True) if value is not None},
        )
        for pair in pairs
    ]
    assert len({leaf_digest(entry) for entry in entries}) == len(pairs)


def test_actor_and_target_are_not_taken_for_one_another() -> None:
    one, other = UserId(1), UserId(2)
    pairs = [(one, other), (other, one), (one, None), (None, one)]
    entries = [replace(ENTRY, actor_id=actor, target_id=target) for actor, target in pairs]
    assert len({leaf_digest(entry) for entry in entries}) == 4


stored_entries = st.builds(
    StoredEntry,
    id=st.integers(-(2**63), 2**63 - 1),
    at=st.datetimes(datetime(1900, 1, 1), datetime(2500, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - it adds the zone
    action=st.text("ab:", max_size=4),
    actor_id=st.none() | st.integers(-(2**31), 2**31 - 1),
    target_id=st.none() | st.integers(-(2**31), 2**31 - 1),
    reason=st.none() | st.text("aé", max_size=4),
    origin=st.none() | st.binary(max_size=6),
    changes=st.none() | st.binary(max_size=6),
    ip_tag=st.none() | st.binary(max_size=6),
    address_tag=st.none() | st.binary(max_size=6),
)


@given(stored_entries, stored_entries)
def test_two_entries_have_one_digest_if_they_are_one(one: StoredEntry, other: StoredEntry) -> None:
    assert (leaf_digest(one) == leaf_digest(other)) == (one == other)
    assert leaf_digest(one) == leaf_digest(replace(one))


def test_a_moment_is_one_in_every_time_zone() -> None:
    elsewhere = replace(ENTRY, at=ENTRY.at.astimezone(timezone(timedelta(hours=5, minutes=45))))
    assert leaf_digest(elsewhere) == leaf_digest(ENTRY)


# --- Months -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 1, tzinfo=UTC) - timedelta(microseconds=1), date(2026, 2, 1)),
        (datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=2))), date(2026, 2, 1)),
        (datetime(2025, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2))), date(2026, 1, 1)),
    ],
)
def test_a_month_is_one_of_utc(moment: datetime, month: date) -> None:
    assert month_of(moment) == month


def test_leaves_are_told_apart_by_months_each_in_the_order_of_time_and_then_of_numbers() -> None:
    far, before, after = NOW - timedelta(days=4000), NOW - timedelta(microseconds=1), NOW + timedelta(days=31)
    leaves = [a_leaf(1, after), a_leaf(3), a_leaf(2), a_leaf(5, before), a_leaf(4, far), a_leaf(6, after)]
    assert [(month, [leaf.entry_id for leaf in of_month]) for month, of_month in by_month(leaves)] == [
        (month_of(far), [4]),
        (date(2026, 3, 1), [5, 2, 3]),
        (date(2026, 4, 1), [1, 6]),
    ]
    assert list(by_month([])) == []


@pytest.mark.parametrize(
    ("now", "keep_months", "first"),
    [
        (datetime(2026, 3, 14, tzinfo=UTC), 1, date(2026, 2, 1)),
        (datetime(2026, 3, 14, tzinfo=UTC), 2, date(2026, 1, 1)),
        (datetime(2026, 3, 14, tzinfo=UTC), 3, date(2025, 12, 1)),
        (datetime(2026, 3, 14, tzinfo=UTC), 15, date(2024, 12, 1)),
        (datetime(2026, 1, 1, tzinfo=UTC), 0, date(2025, 12, 1)),
        (datetime(2026, 1, 1, tzinfo=UTC) - timedelta(microseconds=1), -5, date(2025, 11, 1)),
    ],
)
def test_so_many_months_are_kept_and_always_the_one_before(now: datetime, keep_months: int, first: date) -> None:
    assert first_kept_month(now, keep_months=keep_months) == first


# --- What a seal states -----------------------------------------------------------------------------------------------


def test_the_first_seal_follows_nothing() -> None:
    statement = next_statement(None, [a_leaf(1), a_leaf(2)], at=NOW, key_id="a key")
    assert (statement.number, statement.previous, statement.entries) == (1, FIRST_PREVIOUS, 2)
    assert (statement.month, statement.sealed_at, statement.key_id) == (date(2026, 3, 1), NOW, "a key")
    assert statement.root == by_definition([bytes([1]) * 32, bytes([2]) * 32])


def test_the_next_one_has_the_head_of_the_one_before() -> None:
    first = Seal(next_statement(None, [a_leaf(1)], at=NOW, key_id="a key"), b"a signature")
    second = next_statement(first, [a_leaf(2)], at=NOW, key_id="another key")
    assert (second.number, second.previous) == (2, hashlib.sha256(first.statement.text).digest())
    assert second == next_statement(Seal(first.statement, b""), [a_leaf(2)], at=NOW, key_id="another key")
