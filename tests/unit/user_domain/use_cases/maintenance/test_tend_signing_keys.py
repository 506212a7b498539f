"""The service keeps the key set in order by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.unit.user_domain.world import ACCESS_TOKEN_LIFETIME, World
from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.entities.signing_key import KeyState
from user_domain.policies.key_rotation import LEAD, SIGNS_FOR
from user_domain.ports.signing_key_queries import SigningKeyQueries
from user_domain.testing.builders import NOW
from user_domain.testing.in_memory import InMemorySigningKeyMaker
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from user_domain.entities.signing_key import KeyPair, SigningKey

MOMENT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)


class CountingMaker(InMemorySigningKeyMaker):
    """How many keys were made."""

    made = 0

    async def make(self, algorithm: str) -> KeyPair:
        self.made += 1
        await asyncio.sleep(0)  # others go on meanwhile
        return await super().make(algorithm)


class AfterLooking(SigningKeyQueries):
    """Answers as others do; then somebody else is quicker."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def all(self) -> list[SigningKey]:
        keys = await self._world.signing_keys.all()
        await self._world.tend_signing_keys().execute(starting=True)
        return keys


async def tend(world: World, *, starting: bool = False, algorithm: str | None = "ES256") -> list[SigningKey]:
    """Tend the keys; those there are then."""
    await world.tend_signing_keys(algorithm=algorithm).execute(starting=starting)
    return await world.signing_keys.all()


def trail(world: World) -> list[tuple[AuditAction, str | None, str | None]]:
    """What the trail says of keys, of which nothing was done by anybody to anybody."""
    entries = world.audit
    assert all((entry.actor_id, entry.target_id, entry.client) == (None, None, ClientInfo()) for entry in entries)
    return [(entry.action, change.before, change.after) for entry in entries for change in entry.changes]


# --- Making -----------------------------------------------------------------------------------------------------------


async def test_the_first_key_signs_at_once(world: World) -> None:
    (key,) = await tend(world, starting=True)
    assert (key.algorithm, key.created_at, key.activates_at, key.retires_at) == ("ES256", NOW, NOW, NOW + SIGNS_FOR)
    (entry,) = world.audit
    assert (entry.action, entry.at) == (AuditAction.KEY_ROTATE, NOW)
    assert entry.changes == (FieldChange("key", None, key.id),)
    assert trail(world) == [(AuditAction.KEY_ROTATE, None, key.id)]


async def test_where_nothing_is_due_nothing_is_made_and_no_transaction_begun(world: World) -> None:
    maker = CountingMaker()
    world.signing_key_maker = maker
    await tend(world, starting=True)
    await world.database.lock.acquire()  # whoever began one would wait for ever
    for starting in (True, False):
        await tend(world, starting=starting)
    assert maker.made == 1


async def test_the_next_key_is_published_before_it_signs_and_follows_without_a_gap(world: World) -> None:
    (first,) = await tend(world)
    world.clock.advance(SIGNS_FOR - LEAD - MOMENT)
    assert await tend(world) == [first]
    world.clock.advance(MOMENT + MINUTE)  # nobody looked for a minute
    before, after = await tend(world)
    assert before == first
    assert (after.created_at, after.activates_at) == (world.clock.now(), first.retires_at)
    assert trail(world)[-1] == (AuditAction.KEY_ROTATE, first.id, after.id)
    assert [key.state(world.clock.now()) for key in (before, after)] == [KeyState.SIGNING, KeyState.PUBLISHED]


async def test_half_a_year_of_looks_leaves_some_key_signing_at_every_moment_and_never_more_than_two(
    world: World,
) -> None:
    await tend(world, starting=True)
    for _ in range(24 * 365):
        world.clock.advance(timedelta(hours=1) / 2 + MOMENT)
        keys = await tend(world)
        assert any(key.signs(world.clock.now()) for key in keys)
        assert len(keys) <= 2
    made = [entry for entry in world.audit if entry.action is AuditAction.KEY_ROTATE]
    assert len(made) == 7


@pytest.mark.parametrize("count", [2, 8])
async def test_of_many_processes_that_start_at_once_one_makes_the_key(world: World, count: int) -> None:
    world.signing_key_maker = CountingMaker()
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(tend(world, starting=True))
    assert len(await world.signing_keys.all()) == len(world.audit) == 1


async def test_whoever_was_slower_throws_its_key_away(world: World) -> None:
    await world.tend_signing_keys(keys=AfterLooking(world)).execute(starting=True)
    assert len(await world.signing_keys.all()) == len(world.audit) == 1


# --- Another algorithm ------------------------------------------------------------------------------------------------


async def test_a_new_algorithm_takes_over_when_it_is_known(world: World) -> None:
    await tend(world)
    world.clock.advance(MINUTE)
    old, new = await tend(world, starting=True, algorithm="RS256")
    assert (old.algorithm, new.algorithm) == ("ES256", "RS256")
    assert old.retires_at == new.activates_at == world.clock.now() + LEAD
    assert await tend(world, starting=True, algorithm="RS256") == [old, new], "once"


async def test_processes_that_run_with_different_algorithms_do_not_make_keys_in_turn(world: World) -> None:
    await tend(world, starting=True, algorithm="ES256")
    keys = await tend(world, starting=True, algorithm="RS256")
    for algorithm in ("ES256", "RS256") * 3:
        world.clock.advance(MINUTE)
        assert await tend(world, algorithm=algorithm) == keys


async def test_under_a_shared_secret_no_key_is_made_and_old_ones_go_when_their_time_is_over(world: World) -> None:
    assert await tend(world, starting=True, algorithm=None) == []
    (key,) = await tend(world)
    world.clock.advance(SIGNS_FOR + ACCESS_TOKEN_LIFETIME + MINUTE - MOMENT)
    assert await tend(world, starting=True, algorithm=None) == [key]
    world.clock.advance(MOMENT)
    assert await tend(world, algorithm=None) == []
    assert trail(world)[-1] == (AuditAction.KEY_REMOVE, key.id, None)


# --- Taking away ------------------------------------------------------------------------------------------------------


async def test_a_key_is_kept_until_the_last_of_its_tokens_has_expired(world: World) -> None:
    (first,) = await tend(world)
    world.clock.advance(SIGNS_FOR - LEAD)
    _, second = await tend(world)
    world.clock.advance(LEAD + ACCESS_TOKEN_LIFETIME + MINUTE - MOMENT)
    assert await tend(world) == [first, second]
    world.clock.advance(MOMENT)
    assert await tend(world) == [second]
    assert trail(world)[-1] == (AuditAction.KEY_REMOVE, first.id, None)


async def test_after_a_long_pause_everything_is_put_right_at_once(world: World) -> None:
    (old,) = await tend(world)
    world.clock.advance(10 * SIGNS_FOR)
    (new,) = await tend(world)
    assert (new.id != old.id, new.activates_at) == (True, world.clock.now())
    assert trail(world)[1:] == [(AuditAction.KEY_REMOVE, old.id, None), (AuditAction.KEY_ROTATE, None, new.id)]


# --- Seals ------------------------------------------------------------------------------------------------------------


async def test_what_was_sealed_with_a_replaced_master_key_is_sealed_anew(world: World) -> None:
    world.signing_key_maker = InMemorySigningKeyMaker("old")
    (key,) = await tend(world)
    world.signing_key_maker = InMemorySigningKeyMaker("new", "old")
    assert await tend(world) == [key], "not again and again, beside one that has the old one for its own"
    (resealed,) = await tend(world, algorithm=None, starting=True)
    assert resealed == key.sealed_as(resealed.sealed_private_key)
    assert trail(world)[1:] == [(AuditAction.KEY_RESEAL, key.id, key.id)]
    world.signing_key_maker = InMemorySigningKeyMaker("new")
    assert await tend(world, starting=True) == [resealed], "and the old one is not needed any more"


async def test_a_key_that_cannot_be_opened_is_left_alone_until_the_operator_says_so(world: World) -> None:
    """Others can open it. With two master keys about, each process would replace the key of the other."""
    world.signing_key_maker = InMemorySigningKeyMaker("theirs")
    keys = await tend(world)
    world.clock.advance(MINUTE)
    world.signing_key_maker = InMemorySigningKeyMaker("ours")
    assert await tend(world) == keys
    assert await tend(world, starting=True) == keys
    new = await world.rotate_signing_keys().execute(emergency=False)
    assert new is not None
    assert new.activates_at == world.clock.now(), "nothing that we can open signs until then"
