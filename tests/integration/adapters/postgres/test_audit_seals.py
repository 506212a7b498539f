"""Seals of the audit trail on PostgreSQL: whatever is done to what is sealed is found, and nobody waits to seal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, LiteralString

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.ed25519.audit_signer import Ed25519AuditSigner
from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.rows import from_seal
from tests.support.sealing import SIGNER, SealedTrail, sent
from user_domain.entities.audit_seal import FIRST_PREVIOUS, Seal
from user_domain.errors import StorageUnavailable
from user_domain.policies.audit_proof import by_month, leaf_digest, next_statement
from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.contracts.store import together
from user_domain.use_cases.audit import seal_audit_trail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.database import Connection
    from user_domain.ports.audit_signer import AuditSigner
    from user_domain.ports.unit_of_work import UnitOfWork

AT_MOST = 30.0
"""Seconds; only ever spent by a test that fails."""

APRIL = datetime(2026, 4, 2, tzinfo=UTC)


@pytest.fixture
def trail(each_database: Database) -> SealedTrail:
    return SealedTrail.of(each_database)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Four seals: over entries of March, again, of April, and of March. The numbers of the entries, and the heads."""

    first: list[int]
    second: list[int]
    april: list[int]
    last: list[int]
    heads: dict[int, bytes]


@pytest.fixture
async def sealed(trail: SealedTrail) -> Sealed:
    user = await trail.store.with_user()
    facts: dict[str, Any] = {"actor_id": user.id, "target_id": user.id, "reason": "because"}
    first = await trail.write(5, **facts)
    heads = await trail.seal_all()
    second = await trail.write(3, at=NOW + timedelta(seconds=1))
    april = await trail.write(2, at=APRIL)
    heads |= await trail.seal_all()
    last = await trail.write(4, at=NOW + timedelta(seconds=2), unknown_address="nobody@example.com")
    heads |= await trail.seal_all()
    assert await trail.faults(heads) == []
    return Sealed(first, second, april, last, heads)


async def test_what_nobody_touched_is_as_it_was(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.write(2)
    found = await trail.verify(sealed.heads)
    assert (found.seals, found.entries, found.waiting, found.retired_months, found.faults) == (4, 14, 2, 0, ())
    assert found.last is not None
    assert found.last.statement.head == sealed.heads[4]


# --- One: changed -----------------------------------------------------------------------------------------------------

CHANGES: dict[str, LiteralString] = {
    "action": "update audit_entries set action = 'user:block' where id = %(id)s",
    "actor": "update audit_entries set actor_id = actor_id + 1 where id = %(id)s",
    "no actor": "update audit_entries set actor_id = null where id = %(id)s",
    "target": "update audit_entries set target_id = 0 where id = %(id)s",
    "reason": "update audit_entries set reason = reason || '.' where id = %(id)s",
    "no reason": "update audit_entries set reason = '' where id = %(id)s",
    "origin": "update audit_entries set origin = set_byte(origin, 20, get_byte(origin, 20) # 1) where id = %(id)s",
    "no origin": "update audit_entries set origin = null where id = %(id)s",
    "changes": "update audit_entries set changes = origin where id = %(id)s",
    "changes and origin": "update audit_entries set changes = origin, origin = null where id = %(id)s",
    "tag of the address": "update audit_entries set ip_tag = null where id = %(id)s",
    "tag of the other address": "update audit_entries set address_tag = ip_tag where id = %(id)s",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_an_entry_that_was_changed_is_named(trail: SealedTrail, sealed: Sealed, change: LiteralString) -> None:
    await trail.tamper(change, id=sealed.first[2])
    assert await trail.faults() == [f"ENTRY_CHANGED 1 {sealed.first[2]}"]


async def test_an_entry_that_was_moved_is_missing_where_it_was_and_is_a_stranger_where_it_is(
    trail: SealedTrail, sealed: Sealed
) -> None:
    await trail.tamper(
        "update audit_entries set at = at + interval '1 microsecond' where id = %(id)s", id=sealed.first[2]
    )
    assert await trail.faults() == [f"ENTRY_MISSING 1 {sealed.first[2]}", f"ENTRY_UNSEALED {sealed.first[2]}"]


async def test_an_entry_that_was_given_another_number_is_named_by_both(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.tamper("update audit_entries set id = -id where id = %(id)s", id=sealed.april[0])
    assert await trail.faults() == [f"ENTRY_MISSING 3 {sealed.april[0]}", f"ENTRY_UNSEALED {-sealed.april[0]}"]


async def test_an_entry_that_was_changed_together_with_what_is_recorded_of_it_is_not_what_was_sealed(
    trail: SealedTrail, sealed: Sealed
) -> None:
    await trail.tamper(
        "update audit_entries set reason = 'another' where id = %(id)s",
        "update audit_leaves l set leaf = e.leaf from audit_entries e where e.id = %(id)s and l.entry_id = e.id",
        id=sealed.second[1],
    )
    assert await trail.faults() == ["SEAL_ROOT 2"]


# --- Two: deleted -----------------------------------------------------------------------------------------------------


async def test_an_entry_that_was_deleted_is_named(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.tamper("delete from audit_entries where id = %(id)s", id=sealed.second[0])
    assert await trail.faults() == [f"ENTRY_MISSING 2 {sealed.second[0]}"]


@pytest.mark.parametrize("position", [0, 2], ids=["first", "last"])
async def test_one_that_was_deleted_with_what_was_recorded_of_it_is_missed_by_its_seal(
    trail: SealedTrail, sealed: Sealed, position: int
) -> None:
    await trail.tamper(
        "delete from audit_entries where id = %(id)s",
        "delete from audit_leaves where entry_id = %(id)s",
        id=sealed.second[position],
    )
    assert await trail.faults() == ["SEAL_ROOT 2"]


async def test_one_whose_record_alone_was_deleted_is_missed_by_its_seal_and_a_stranger(
    trail: SealedTrail, sealed: Sealed
) -> None:
    await trail.tamper("delete from audit_leaves where entry_id = %(id)s", id=sealed.second[1])
    assert await trail.faults() == ["SEAL_ROOT 2", f"ENTRY_UNSEALED {sealed.second[1]}"]


async def test_one_that_waits_and_was_deleted_is_named(trail: SealedTrail, sealed: Sealed) -> None:
    (waiting,) = await trail.write()
    await trail.tamper("delete from audit_entries where id = %(id)s", id=waiting)
    assert await trail.faults() == [f"WAITING_MISSING {waiting}"]


async def test_one_that_was_kept_from_being_sealed_is_named(trail: SealedTrail, sealed: Sealed) -> None:
    """Which the service's own role could do."""
    (waiting,) = await trail.write()
    await trail.database.execute("delete from audit_unsealed where entry_id = %(id)s", {"id": waiting})
    await trail.seal_all()
    assert await trail.faults() == [f"ENTRY_UNSEALED {waiting}"]


# --- Three: inserted --------------------------------------------------------------------------------------------------

INSERT: LiteralString = """
    insert into audit_entries (id, at, action, target_id)
    select 1000000000, at, 'user:block', 7 from audit_entries where id = %(beside)s
"""


async def test_an_entry_that_was_slipped_in_is_named(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.tamper(INSERT, beside=sealed.first[0])
    assert await trail.faults() == ["ENTRY_UNSEALED 1000000000"]


@pytest.mark.parametrize("at", ["infinity", "-infinity", "0001-01-01 00:00:00+00 BC"])
async def test_one_of_no_moment_there_is_does_not_pass_unseen(trail: SealedTrail, sealed: Sealed, at: str) -> None:
    await trail.tamper("insert into audit_entries (at, action) values (%(at)s::timestamptz, 'user:block')", at=at)
    with pytest.raises(StorageUnavailable):
        await trail.verify()


async def test_one_with_a_forged_record_is_not_what_the_seal_is_over(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.tamper(
        INSERT,
        "insert into audit_leaves (seal, position, entry_id, at, leaf)"
        " select 2, 3, id, at, leaf from audit_entries where id = 1000000000",
        beside=sealed.second[0],
    )
    assert await trail.faults() == ["SEAL_ROOT 2"]


@pytest.mark.parametrize("seal", [3, 5], ids=["of another month", "that does not exist"])
async def test_one_that_is_said_to_be_under_a_seal_that_cannot_have_it_is_named(
    trail: SealedTrail, sealed: Sealed, seal: int
) -> None:
    await trail.tamper(
        INSERT,
        "insert into audit_leaves (seal, position, entry_id, at, leaf)"
        " select %(seal)s, 0, id, at, leaf from audit_entries where id = 1000000000",
        beside=sealed.second[0],
        seal=seal,
    )
    assert await trail.faults() == ["ENTRY_MISPLACED 1000000000"]


async def test_one_that_is_made_to_wait_is_what_any_writer_may_add(trail: SealedTrail, sealed: Sealed) -> None:
    """Whoever can write as the service does can write lies; from when the entry is sealed they are there for good."""
    await trail.tamper(
        INSERT,
        "insert into audit_unsealed (entry_id, at) select id, at from audit_entries where id = 1000000000",
        beside=sealed.first[0],
    )
    assert (await trail.verify()).waiting == 1
    await trail.seal_all()
    assert await trail.faults(sealed.heads) == []
    await trail.tamper("delete from audit_entries where id = 1000000000")
    assert await trail.faults() == ["ENTRY_MISSING 5 1000000000"]


# --- Four: reordered --------------------------------------------------------------------------------------------------


async def test_entries_in_another_order_are_not_what_the_seal_is_over(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.tamper("update audit_leaves set position = 1 - position where seal = 1 and position < 2")
    assert await trail.faults() == ["SEAL_ROOT 1"]


async def test_entries_that_changed_places_were_both_changed(trail: SealedTrail, sealed: Sealed) -> None:
    one, other = sealed.first[:2]
    await trail.tamper(
        "update audit_entries set reason = 'another' where id = %(one)s",
        "update audit_entries set id = case id when %(one)s then -%(other)s else -%(one)s end"
        " where id in (%(one)s, %(other)s)",
        "update audit_entries set id = -id where id < 0",
        one=one,
        other=other,
    )
    assert await trail.faults() == [f"ENTRY_CHANGED 1 {one}", f"ENTRY_CHANGED 1 {other}"]


# --- Five: the tail cut off -------------------------------------------------------------------------------------------

CUT_OFF: tuple[LiteralString, ...] = (
    "delete from audit_seals where number = 4",
    "delete from audit_leaves where seal = 4",
)


async def test_a_tail_that_was_cut_off_with_its_seal_is_missed_by_the_head_that_was_logged(
    trail: SealedTrail, sealed: Sealed
) -> None:
    await trail.tamper("delete from audit_entries where id = any(%(ids)s)", *CUT_OFF, ids=sealed.last)
    assert await trail.faults() == [], "nobody can tell from what is left"
    assert await trail.faults(sealed.heads) == ["HEAD_MISSING 4"]


async def test_so_is_one_whose_entries_wait_again(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.tamper("insert into audit_unsealed select entry_id, at from audit_leaves where seal = 4", *CUT_OFF)
    assert (await trail.verify()).waiting == 4
    assert await trail.faults(sealed.heads) == ["HEAD_MISSING 4"]


async def test_and_one_that_is_sealed_anew_after_a_change(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.tamper(
        "insert into audit_unsealed select entry_id, at from audit_leaves where seal = 4",
        *CUT_OFF,
        "update audit_entries set target_id = 7 where id = %(id)s",
        id=sealed.last[0],
    )
    await trail.seal_all()
    assert await trail.faults() == []
    assert await trail.faults(sealed.heads) == ["HEAD_MISSING 4"]


async def test_everything_cut_off_is_missed_by_every_head(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.tamper("delete from audit_seals", "delete from audit_leaves", "delete from audit_entries")
    assert await trail.faults(sealed.heads) == [f"HEAD_MISSING {number}" for number in (1, 2, 3, 4)]


async def test_a_seal_missing_in_the_middle_is_named_with_all_that_was_under_it(
    trail: SealedTrail, sealed: Sealed
) -> None:
    await trail.tamper("delete from audit_seals where number = 2")
    assert await trail.faults() == ["SEAL_MISSING 2", *(f"ENTRY_MISPLACED {entry}" for entry in sealed.second)]


# --- Six: a chain made anew -------------------------------------------------------------------------------------------


class Impostor(Ed25519AuditSigner):
    """Signs with a key of its own, and says it is ours."""

    def key_id(self) -> str:
        return SIGNER.key_id()


IMPOSTORS = {
    "a key of one's own": Ed25519AuditSigner(Ed25519PrivateKey.from_private_bytes(bytes(32))),
    "a key that claims to be ours": Impostor(Ed25519PrivateKey.from_private_bytes(bytes(32))),
}


async def make_anew(trail: SealedTrail, signer: AuditSigner) -> None:
    """The whole chain over what is stored now, without a gap."""
    seals = await trail.store.evidence.seals(after=0, limit=100)
    last: Seal | None = None
    anew = []
    for seal in seals:
        content = await trail.store.evidence.sealed_entries([seal])
        leaves = [replace(found.leaf, digest=leaf_digest(found.entry)) for found in content if found.entry is not None]
        statement = next_statement(last, leaves, at=seal.statement.sealed_at, key_id=signer.key_id())
        last = Seal(statement, signer.sign(statement.text))
        anew.append(last)
    async with trail.tampering() as connection:
        await connection.execute("delete from audit_seals")
        await connection.execute(
            "update audit_leaves l set leaf = e.leaf from audit_entries e where e.id = l.entry_id and e.at = l.at"
        )
        for seal in anew:
            await add(connection, seal)


async def add(connection: Connection, seal: Seal) -> None:
    await connection.execute(
        "insert into audit_seals (number, month, sealed_at, entries, root, previous, key_id, signature) values"
        " (%(number)s, %(month)s, %(sealed_at)s, %(entries)s, %(root)s, %(previous)s, %(key_id)s, %(signature)s)",
        from_seal(seal),
    )


@pytest.mark.parametrize("impostor", IMPOSTORS.values(), ids=IMPOSTORS)
async def test_a_chain_made_anew_without_the_key_is_forged(
    trail: SealedTrail, sealed: Sealed, impostor: AuditSigner
) -> None:
    await trail.tamper("update audit_entries set target_id = 7 where id = %(id)s", id=sealed.second[1])
    await make_anew(trail, impostor)
    assert await trail.faults() == [f"SEAL_FORGED {number}" for number in (1, 2, 3, 4)]


async def test_a_chain_made_anew_with_the_key_is_known_by_the_heads_alone(trail: SealedTrail, sealed: Sealed) -> None:
    """What somebody can do who has the key: from the seal that was changed on, no head is the one that was logged."""
    await trail.tamper("update audit_entries set target_id = 7 where id = %(id)s", id=sealed.second[1])
    await make_anew(trail, SIGNER)
    assert await trail.faults() == []
    assert await trail.faults(sealed.heads) == [f"HEAD_MISSING {number}" for number in (2, 3, 4)]


SEAL_CHANGES: dict[str, LiteralString] = {
    "its time": "update audit_seals set sealed_at = sealed_at + interval '1 microsecond' where number = 4",
    "its signature": "update audit_seals set signature = set_byte(signature, 0, get_byte(signature, 0) # 1)"
    " where number = 4",
    "no signature": "update audit_seals set signature = '' where number = 4",
    "its key": "update audit_seals set key_id = 'another' where number = 4",
}


@pytest.mark.parametrize("change", SEAL_CHANGES.values(), ids=SEAL_CHANGES)
async def test_a_seal_that_was_changed_is_forged(trail: SealedTrail, sealed: Sealed, change: LiteralString) -> None:
    await trail.tamper(change)
    assert await trail.faults() == ["SEAL_FORGED 4"]


# --- Seven: seals exchanged -------------------------------------------------------------------------------------------


async def test_seals_that_changed_places_are_named(trail: SealedTrail, sealed: Sealed) -> None:
    """Those over March, with everything under them; number 3 stays where it is, and follows another one now."""
    await trail.tamper(
        "update audit_seals set number = -number where number in (2, 4)",
        "update audit_seals set number = 6 + number where number < 0",
        "update audit_leaves set seal = 6 - seal where seal in (2, 4)",
    )
    assert await trail.faults() == [
        "SEAL_OUT_OF_CHAIN 2",
        "SEAL_FORGED 2",
        "SEAL_OUT_OF_CHAIN 3",
        "SEAL_OUT_OF_CHAIN 4",
        "SEAL_FORGED 4",
    ]


async def test_seals_that_exchanged_what_is_under_them_are_named(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.tamper("update audit_leaves set seal = 6 - seal where seal in (2, 4)")
    assert await trail.faults() == ["SEAL_ROOT 2", "SEAL_ROOT 4"]


async def test_a_seal_that_is_there_twice_over_the_same_is_named(trail: SealedTrail, sealed: Sealed) -> None:
    await trail.tamper(
        "insert into audit_seals select 5, month, sealed_at, entries, root, previous, key_id, signature"
        " from audit_seals where number = 4"
    )
    assert await trail.faults() == ["SEAL_OUT_OF_CHAIN 5", "SEAL_FORGED 5", "SEAL_ROOT 5"]


# --- The sealer and everybody else ------------------------------------------------------------------------------------


async def test_an_entry_that_is_committed_late_is_sealed_next_though_its_number_is_lower(trail: SealedTrail) -> None:
    async with asyncio.timeout(AT_MOST), trail.store.unit_of_work() as late:
        await late.audit.append(an_audit_entry())
        await sent(late)
        (early,) = await trail.write()
        await trail.seal_all()
        assert [row["entry_id"] for row in await trail.rows("select entry_id from audit_leaves")] == [early]
        await late.commit()
    assert (await trail.verify()).waiting == 1
    await trail.seal_all()
    leaves = await trail.rows("select seal, entry_id from audit_leaves order by seal")
    assert [row["seal"] for row in leaves] == [1, 2]
    assert leaves[1]["entry_id"] < early
    found = await trail.verify()
    assert (found.entries, found.waiting, found.faults) == (2, 0, ())


async def test_one_that_is_said_to_wait_again_keeps_nobody_from_sealing(trail: SealedTrail) -> None:
    await trail.write()
    await trail.seal_all()
    await trail.tamper("insert into audit_unsealed (entry_id, at) select id, at from audit_entries")
    await trail.write()
    assert len(await trail.seal_all()) == 1
    assert await trail.faults() == []


async def test_one_that_is_rolled_back_is_never_missed(trail: SealedTrail) -> None:
    async with trail.store.unit_of_work() as gone:
        await gone.audit.append(an_audit_entry())
        await sent(gone)
        await trail.write()
        await trail.seal_all()
    await trail.write()
    await trail.seal_all()
    found = await trail.verify()
    assert (found.entries, found.waiting, found.faults) == (2, 0, ())


async def test_while_one_seals_the_others_find_nothing_to_do_and_do_not_wait(trail: SealedTrail) -> None:
    await trail.write()
    async with asyncio.timeout(AT_MOST), trail.store.unit_of_work() as sealing:
        assert await sealing.seals.begin(limit=10) is not None
        assert await trail.seal() == seal_audit_trail.Sealed((), is_done=True)
    assert len((await trail.seal()).seals) == 1, "whoever gave up left nothing behind"


async def test_nobody_who_writes_waits_for_whoever_seals_or_is_waited_for(trail: SealedTrail) -> None:
    first = await trail.write(3)
    async with asyncio.timeout(AT_MOST), trail.store.unit_of_work() as sealing, trail.store.unit_of_work() as writing:
        await writing.audit.append(an_audit_entry())
        await sent(writing)
        await add_seals(sealing)
        (beside,) = await trail.write()  # while the seal is written and not committed
        await sealing.commit()
        await writing.commit()
    assert [row["entry_id"] for row in await trail.rows("select entry_id from audit_leaves order by 1")] == first
    await trail.seal_all()
    found = await trail.verify()
    assert (found.entries, found.waiting, found.faults) == (5, 0, ())
    assert beside > first[-1]


@pytest.fixture
async def another_pool(conninfo: str) -> AsyncIterator[Database]:
    database = Database(conninfo, PoolSettings(min_size=1, max_size=10))
    await database.open()
    yield database
    await database.close()


async def test_sealers_of_two_processes_make_one_chain(database: Database, another_pool: Database) -> None:
    one, other = SealedTrail.of(database), SealedTrail.of(another_pool)
    for _ in range(10):
        await one.write(5)
        await together(one.seal_all(), other.seal_all(), one.seal_all(), other.seal_all())
    await one.seal_all()
    await is_one_chain(one)
    assert (await one.verify()).entries == 50


async def is_one_chain(trail: SealedTrail) -> None:
    """Every entry is under one seal, and each seal follows the one before it."""
    seals = await trail.store.evidence.seals(after=0, limit=10_000)
    assert [seal.statement.number for seal in seals] == list(range(1, len(seals) + 1))
    assert seals[0].statement.previous == FIRST_PREVIOUS
    assert all(seal.statement.previous == before.statement.head for before, seal in pairwise(seals))
    assert await trail.rows("select entry_id from audit_leaves group by 1 having count(*) > 1") == []
    assert await trail.faults({seal.statement.number: seal.statement.head for seal in seals}) == []


async def test_a_sealer_that_dies_in_the_middle_leaves_nothing_half_done(trail: SealedTrail) -> None:
    await trail.write(3)

    async def seal_and_die() -> None:
        async with asyncio.timeout(AT_MOST), trail.store.unit_of_work() as sealing:
            await add_seals(sealing)
            await trail.rows(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
                " and database = (select oid from pg_database where datname = current_database())"
            )
            await sealing.commit()

    with pytest.raises(StorageUnavailable):
        await seal_and_die()
    assert await trail.rows("select number from audit_seals") == []
    assert await trail.rows("select entry_id from audit_leaves") == []
    assert (await trail.verify()).waiting == 3
    async with asyncio.timeout(AT_MOST):
        while not (await trail.seal()).seals:  # noqa: ASYNC110 - the server may still hold its lock, and tells nobody
            await asyncio.sleep(0.001)
    await is_one_chain(trail)
    assert (await trail.verify()).waiting == 0


async def add_seals(sealing: UnitOfWork) -> None:
    """Seal what waits, and commit nothing."""
    begun = await sealing.seals.begin(limit=10)
    assert begun is not None
    for _, leaves in by_month(begun.waiting):
        statement = next_statement(begun.last, leaves, at=NOW, key_id=SIGNER.key_id())
        await sealing.seals.add(Seal(statement, SIGNER.sign(statement.text)), leaves)
    await sent(sealing)


async def test_twenty_writers_and_three_sealers_at_once_leave_no_fault(
    database: Database, another_pool: Database
) -> None:
    trails = [SealedTrail.of(database), SealedTrail.of(another_pool)]
    writing = asyncio.Event()

    async def write(number: int) -> None:
        for _ in range(15):
            async with trails[number % 2].store.unit_of_work() as work:
                for at in (NOW, APRIL):
                    await work.audit.append(an_audit_entry(at=at + timedelta(seconds=number)))
                await work.commit()

    async def seal(number: int) -> None:
        while not writing.is_set():
            await trails[number % 2].seal()
            assert await trails[number % 2].faults() == []

    async def write_all() -> None:
        try:
            await together(*(write(number) for number in range(20)))
        finally:
            writing.set()

    await together(write_all(), *(seal(number) for number in range(3)))
    await trails[0].seal_all()
    await is_one_chain(trails[0])
    found = await trails[0].verify()
    assert (found.entries, found.waiting) == (600, 0)


async def test_a_full_batch_is_not_the_end(trail: SealedTrail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_audit_trail, "ENTRIES_AT_ONCE", 4)
    await trail.write(10)
    assert [(await trail.seal()).is_done for _ in range(3)] == [False, False, True]
    await is_one_chain(trail)
    assert [row["entries"] for row in await trail.rows("select entries from audit_seals order by number")] == [4, 4, 2]
