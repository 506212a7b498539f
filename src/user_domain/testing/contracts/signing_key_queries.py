"""The contract of `SigningKeyQueries`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.testing.builders import NOW, a_signing_key
from user_domain.testing.contracts.contract import Contract

if TYPE_CHECKING:
    from user_domain.testing.contracts.store import Store

HOUR = timedelta(hours=1)


class SigningKeyQueriesContract(Contract):
    """Needs a fixture `store`."""

    async def test_at_first_there_is_none(self, store: Store) -> None:
        assert await store.signing_keys.all() == []

    async def test_keys_come_in_the_order_in_which_they_begin_to_sign(self, store: Store) -> None:
        keys = [a_signing_key(created_at=NOW - number * HOUR, activates_at=NOW + number * HOUR) for number in range(4)]
        twin = a_signing_key(activates_at=keys[-1].activates_at)
        for number in (2, 0, 3, 1):
            await store.with_signing_key(**{name: getattr(keys[number], name) for name in keys[number].__slots__})
        await store.with_signing_key(id=twin.id, activates_at=twin.activates_at)
        assert [key.id for key in await store.signing_keys.all()] == [key.id for key in [*keys, twin]]

    async def test_what_was_committed_before_the_question_is_in_the_answer(self, store: Store) -> None:
        key = await store.with_signing_key()
        assert await store.signing_keys.all() == [key]
        other = await store.with_signing_key(activates_at=NOW + HOUR)
        assert await store.signing_keys.all() == [key, other]
        async with store.unit_of_work() as work:
            await work.signing_keys.remove(key.id)
            await work.commit()
        assert await store.signing_keys.all() == [other]

    async def test_locks_keep_no_reader_waiting(self, store: Store) -> None:
        key = await store.with_signing_key()
        async with store.unit_of_work() as work:
            await work.signing_keys.lock_all()
            await work.signing_keys.remove(key.id)
            assert await store.signing_keys.all() == [key]
