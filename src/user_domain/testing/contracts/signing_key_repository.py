"""The contract of `SigningKeyRepository`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.testing.builders import NOW, a_signing_key
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together

if TYPE_CHECKING:
    from user_domain.entities.signing_key import SigningKey
    from user_domain.testing.contracts.store import Store

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


async def _locked(store: Store) -> list[SigningKey]:
    async with store.unit_of_work() as work:
        return await work.signing_keys.lock_all()


async def _add_if_there_is_none(store: Store) -> bool:
    async with store.unit_of_work() as work:
        if await work.signing_keys.lock_all():
            return False
        await work.signing_keys.add(a_signing_key())
        await work.commit()
    return True


class SigningKeyRepositoryContract(Contract):
    """Needs a fixture `store`."""

    async def test_a_key_is_kept_as_it_was_added(self, store: Store) -> None:
        key = await store.with_signing_key(
            algorithm="RS256",
            created_at=NOW,
            activates_at=NOW + INSTANT,
            retires_at=NOW + 2 * INSTANT,
            public_jwk='{"kty": "RSA",  "e":"AQAB", "x": "\u00e9\u738b"}',
            sealed_private_key=bytes(range(256)) * 10,
        )
        assert await _locked(store) == [key]
        assert await store.signing_keys.all() == [key]

    async def test_keys_are_locked_in_the_order_in_which_they_begin_to_sign(self, store: Store) -> None:
        assert await _locked(store) == []
        late = await store.with_signing_key(activates_at=NOW + HOUR, created_at=NOW - HOUR)
        early = await store.with_signing_key(activates_at=NOW)
        twin = await store.with_signing_key(activates_at=NOW + HOUR)
        assert await _locked(store) == [early, late, twin]

    async def test_when_a_key_retires_and_its_seal_can_change(self, store: Store) -> None:
        other, key = await store.with_signing_key(), await store.with_signing_key()
        changed = replace(key, retires_at=NOW + INSTANT, sealed_private_key=b"sealed anew")
        async with store.unit_of_work() as work:
            await work.signing_keys.save(changed)
            await work.commit()
        assert await store.signing_keys.all() == [other, changed]

    async def test_nothing_else_of_a_key_changes(self, store: Store) -> None:
        key = await store.with_signing_key()
        async with store.unit_of_work() as work:
            await work.signing_keys.save(
                replace(
                    key, algorithm="none", created_at=NOW - HOUR, activates_at=NOW - HOUR, public_jwk='{"kid": "x"}'
                )
            )
            await work.commit()
        assert await store.signing_keys.all() == [key]

    async def test_saving_a_key_that_is_gone_does_not_bring_it_back(self, store: Store) -> None:
        key = await store.with_signing_key()
        async with store.unit_of_work() as work:
            await work.signing_keys.remove(key.id)
            await work.signing_keys.save(key)
            await work.commit()
        assert await store.signing_keys.all() == []

    async def test_a_key_is_removed_once_however_often_and_no_other(self, store: Store) -> None:
        key, other = await store.with_signing_key(), await store.with_signing_key()
        for _ in range(2):
            async with store.unit_of_work() as work:
                await work.signing_keys.remove(key.id)
                await work.commit()
        assert await store.signing_keys.all() == [other]

    async def test_a_rollback_leaves_the_set_as_it_was(self, store: Store) -> None:
        key = await store.with_signing_key()
        async with store.unit_of_work() as work:
            await work.signing_keys.lock_all()
            await work.signing_keys.save(key.retired_by(NOW))
            await work.signing_keys.remove(key.id)
            await work.signing_keys.add(a_signing_key())
        assert await _locked(store) == [key]

    async def test_of_many_that_find_no_key_at_the_same_instant_one_adds_one(self, store: Store) -> None:
        added = await together(*(_add_if_there_is_none(store) for _ in range(8)))
        assert sorted(added) == [False] * 7 + [True]
        assert len(await store.signing_keys.all()) == 1

    async def test_whoever_waits_sees_what_was_committed_meanwhile(self, store: Store) -> None:
        key, locked = await store.with_signing_key(), asyncio.Event()

        async def retire() -> list[SigningKey]:
            async with store.unit_of_work() as work:
                await work.signing_keys.lock_all()
                locked.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
                await work.signing_keys.save(key.retired_by(NOW + INSTANT))
                await work.commit()
            return []

        async def look() -> list[SigningKey]:
            await locked.wait()
            return await _locked(store)

        assert await together(retire(), look()) == [[], [key.retired_by(NOW + INSTANT)]]

    async def test_whoever_waits_for_one_that_is_rolled_back_finds_the_set_as_it_was(self, store: Store) -> None:
        locked = asyncio.Event()

        async def give_up() -> bool:
            async with store.unit_of_work() as work:
                await work.signing_keys.lock_all()
                await work.signing_keys.add(a_signing_key())
                locked.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
            return False

        async def try_too() -> bool:
            await locked.wait()
            return await _add_if_there_is_none(store)

        assert await together(give_up(), try_too()) == [False, True]
