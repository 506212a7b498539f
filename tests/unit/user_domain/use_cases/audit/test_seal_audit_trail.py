"""Whatever is added to the audit trail is under a seal before long, and under one."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

import pytest

from user_domain.entities.audit_seal import FIRST_PREVIOUS, SealedEntry
from user_domain.policies.audit_proof import leaf_digest, merkle_root
from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.in_memory import InMemoryAuditSigner, InMemoryUnitOfWork
from user_domain.testing.in_memory.audit_seals import InMemoryAuditSeals
from user_domain.use_cases.audit.seal_audit_trail import ENTRIES_AT_ONCE, Sealed

if TYPE_CHECKING:
    from datetime import datetime

    from tests.unit.user_domain.world import World
    from user_domain.entities.audit_seal import Seal
    from user_domain.ports.audit_seals import Sealing

MONTH = timedelta(days=31)


async def write(world: World, *moments: datetime) -> None:
    async with world.unit_of_work() as work:
        for at in moments:
            await work.audit.append(an_audit_entry(at=at))
        await work.commit()


async def under(world: World, seal: Seal) -> list[SealedEntry]:
    return await world.audit_evidence.sealed_entries([seal])


async def test_where_nothing_waits_nothing_is_sealed(world: World) -> None:
    before = world.snapshot()
    assert await world.seal_audit_trail().execute() == Sealed((), is_done=True)
    assert world.snapshot() == before


async def test_what_waits_is_sealed_and_signed_at_this_moment(world: World) -> None:
    await write(world, NOW, NOW, NOW)
    world.clock.advance(timedelta(seconds=5))
    sealed = await world.seal_audit_trail().execute()
    (seal,) = sealed.seals
    statement = seal.statement
    entries = await under(world, seal)
    assert sealed.is_done
    assert (statement.number, statement.month, statement.entries) == (1, date(2026, 3, 1), 3)
    assert (statement.sealed_at, statement.previous) == (NOW + timedelta(seconds=5), FIRST_PREVIOUS)
    assert statement.root == merkle_root([leaf_digest(one.entry) for one in entries if one.entry])
    assert statement.key_id == world.audit_signer.key_id()
    assert world.audit_signatures.is_genuine(statement.text, seal.signature, key_id=statement.key_id)
    assert world.database.committed.seals == [seal]


async def test_nothing_is_sealed_twice(world: World) -> None:
    await write(world, NOW)
    await world.seal_audit_trail().execute()
    assert await world.seal_audit_trail().execute() == Sealed((), is_done=True)


async def test_a_seal_follows_the_one_before_it(world: World) -> None:
    seals: list[Seal] = []
    for _ in range(3):
        await write(world, NOW)
        seals += (await world.seal_audit_trail().execute()).seals
    assert [seal.statement.number for seal in seals] == [1, 2, 3]
    assert [seal.statement.previous for seal in seals] == [FIRST_PREVIOUS, *(one.statement.head for one in seals[:-1])]


async def test_each_month_has_a_seal_of_its_own_the_oldest_first_and_all_in_one_chain(world: World) -> None:
    await write(world, NOW + MONTH, NOW, NOW - 12 * MONTH, NOW)
    seals = (await world.seal_audit_trail().execute()).seals
    assert [(seal.statement.month, seal.statement.entries) for seal in seals] == [
        (date(2025, 3, 1), 1),
        (date(2026, 3, 1), 2),
        (date(2026, 4, 1), 1),
    ]
    assert [seal.statement.previous for seal in seals[1:]] == [seal.statement.head for seal in seals[:-1]]


async def test_under_a_seal_entries_are_in_the_order_of_time_and_then_of_numbers(world: World) -> None:
    moments = [NOW + timedelta(seconds=2), NOW, NOW + timedelta(seconds=1), NOW]
    await write(world, *moments)
    (seal,) = (await world.seal_audit_trail().execute()).seals
    assert [one.leaf.entry_id for one in await under(world, seal)] == [2, 4, 3, 1]


async def test_much_is_sealed_in_parts(world: World) -> None:
    await write(world, *[NOW] * (2 * ENTRIES_AT_ONCE + 1))
    done = [await world.seal_audit_trail().execute() for _ in range(3)]
    assert [sealed.is_done for sealed in done] == [False, False, True]
    entries = [seal.statement.entries for sealed in done for seal in sealed.seals]
    assert entries == [ENTRIES_AT_ONCE, ENTRIES_AT_ONCE, 1]


async def test_without_a_signer_everything_waits(world: World) -> None:
    await write(world, NOW)
    before = world.snapshot()
    assert await world.seal_audit_trail(signer=None).execute() == Sealed((), is_done=True)
    assert world.snapshot() == before
    assert len((await world.seal_audit_trail().execute()).seals) == 1


async def test_another_key_goes_on_where_the_one_before_ended(world: World) -> None:
    await write(world, NOW)
    (first,) = (await world.seal_audit_trail().execute()).seals
    await write(world, NOW)
    signer = InMemoryAuditSigner("another key")
    (second,) = (await world.seal_audit_trail(signer=signer).execute()).seals
    assert second.statement.previous == first.statement.head
    assert second.statement.key_id == signer.key_id() != first.statement.key_id


async def test_of_many_who_seal_at_once_nobody_seals_what_another_has(world: World) -> None:
    await write(world, *[NOW] * 5)
    done = await asyncio.gather(*(world.seal_audit_trail().execute() for _ in range(5)))
    assert sorted(len(sealed.seals) for sealed in done) == [0, 0, 0, 0, 1]
    assert all(sealed.is_done for sealed in done)


class SomebodyElseIsAtIt(InMemoryAuditSeals):
    async def begin(self, *, limit: int) -> Sealing | None:
        return None


class OnlyLooking(InMemoryUnitOfWork):
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.seals = SomebodyElseIsAtIt(self._state)
        return self


async def test_while_somebody_else_is_at_it_there_is_nothing_to_do(world: World) -> None:
    await write(world, NOW)
    before = world.snapshot()
    seal = world.seal_audit_trail(unit_of_work=lambda: OnlyLooking(world.database))
    assert await seal.execute() == Sealed((), is_done=True)
    assert world.snapshot() == before


class Breaks(InMemoryAuditSigner):
    def sign(self, text: bytes) -> bytes:
        raise RuntimeError(text)


async def test_where_signing_breaks_nothing_is_sealed_and_everything_waits(world: World) -> None:
    await write(world, NOW, NOW + MONTH)
    before = world.snapshot()
    with pytest.raises(RuntimeError):
        await world.seal_audit_trail(signer=Breaks()).execute()
    assert world.snapshot() == before
