"""The contract of `CoolDowns`."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.testing.contracts.store import Store

UNTIL = NOW + timedelta(minutes=1)
JUST_BEFORE = UNTIL - timedelta(microseconds=1)
MUCH_LATER = NOW + timedelta(hours=1)
NAME = "mail:john@example.com"


async def _start(store: Store, name: str = NAME, *, at: datetime = NOW, until: datetime = UNTIL) -> datetime | None:
    async with store.unit_of_work() as work:
        running = await work.cool_downs.start(name, at=at, until=until)
        await work.commit()
    return running


class CoolDownsContract(Contract):
    """Needs a fixture `store`."""

    async def test_a_pause_begins_where_none_lasts(self, store: Store) -> None:
        assert await _start(store) is None

    async def test_a_pause_that_lasts_says_when_it_ends(self, store: Store) -> None:
        await _start(store)
        assert await _start(store) == UNTIL
        assert await _start(store, at=JUST_BEFORE, until=MUCH_LATER) == UNTIL

    async def test_asking_changes_nothing_about_a_pause_that_lasts(self, store: Store) -> None:
        await _start(store)
        for until in (JUST_BEFORE, MUCH_LATER):
            await _start(store, until=until)
        assert await _start(store, at=JUST_BEFORE) == UNTIL

    async def test_a_pause_is_over_at_its_end(self, store: Store) -> None:
        await _start(store)
        assert await _start(store, at=UNTIL, until=MUCH_LATER) is None
        assert await _start(store, at=UNTIL) == MUCH_LATER

    async def test_names_are_told_apart(self, store: Store) -> None:
        names = ["a", "A", "a ", " a", "a:b", "ab", "", "ä", "a\u0308", "王", "x" * 2000, "x" * 2001]
        assert [await _start(store, name) for name in names] == [None] * len(names)
        assert [await _start(store, name) for name in names] == [UNTIL] * len(names)

    async def test_of_many_at_the_same_instant_one_begins_the_pause(self, store: Store) -> None:
        outcomes = await together(*(_start(store) for _ in range(8)))
        assert sorted(outcomes, key=str) == [UNTIL] * 7 + [None]

    async def test_of_many_when_a_pause_is_over_one_begins_the_next(self, store: Store) -> None:
        await _start(store)
        outcomes = await together(*(_start(store, at=UNTIL, until=MUCH_LATER) for _ in range(8)))
        assert sorted(outcomes, key=str) == [MUCH_LATER] * 7 + [None]

    async def test_a_rollback_ends_the_pause(self, store: Store) -> None:
        async with store.unit_of_work() as work:
            await work.cool_downs.start(NAME, at=NOW, until=UNTIL)
        assert await _start(store) is None

    async def test_whoever_waits_for_one_that_is_rolled_back_begins_the_pause(self, store: Store) -> None:
        begun = asyncio.Event()

        async def give_up() -> datetime | None:
            async with store.unit_of_work() as work:
                running = await work.cool_downs.start(NAME, at=NOW, until=MUCH_LATER)
                begun.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
            return running

        async def try_too() -> datetime | None:
            await begun.wait()
            return await _start(store)

        assert await together(give_up(), try_too()) == [None, None]
        assert await _start(store) == UNTIL

    async def test_a_unit_of_work_goes_on_where_a_pause_lasts(self, store: Store) -> None:
        await _start(store)
        entry = an_audit_entry()
        async with store.unit_of_work() as work:
            await work.cool_downs.start(NAME, at=NOW, until=MUCH_LATER)
            await work.audit.append(entry)
            await work.commit()
        assert await store.audit_entries() == [entry]
