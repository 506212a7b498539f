"""The operator has a new key take over: in good time, or in an emergency."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.signing_key import SigningKey
from user_domain.errors import NextKeyAlreadyPublished, SigningKeysNotUsed
from user_domain.policies.key_rotation import LEAD, SIGNS_FOR
from user_domain.testing.builders import NOW
from user_domain.testing.in_memory import InMemorySigningKeyMaker

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World

MINUTE = timedelta(minutes=1)


def trail(world: World) -> list[tuple[AuditAction, str | None, str | None]]:
    return [(entry.action, change.before, change.after) for entry in world.audit for change in entry.changes]


async def test_the_new_key_takes_over_when_verifiers_know_it(world: World) -> None:
    await world.tend_signing_keys().execute(starting=True)
    world.clock.advance(MINUTE)
    key = await world.rotate_signing_keys().execute(emergency=False)
    assert key is not None
    old, new = await world.signing_keys.all()
    assert new == key
    assert old.retires_at == new.activates_at == world.clock.now() + LEAD
    assert new.retires_at == new.activates_at + SIGNS_FOR
    assert trail(world)[1:] == [(AuditAction.KEY_ROTATE, old.id, new.id)]
    (entry,) = world.audit[1:]
    assert (entry.actor_id, entry.target_id, entry.at) == (None, None, world.clock.now())


async def test_the_first_one_signs_at_once(world: World) -> None:
    key = await world.rotate_signing_keys().execute(emergency=False)
    assert key is not None
    assert key.activates_at == NOW
    await world.tend_signing_keys().execute(starting=True)
    assert await world.signing_keys.all() == [key], "and the service needs no other"


async def test_while_the_next_key_is_about_to_take_over_no_other_takes_its_place(world: World) -> None:
    await world.tend_signing_keys().execute(starting=True)
    key = await world.rotate_signing_keys().execute(emergency=False)
    assert key is not None
    before = world.snapshot()
    for algorithm in ("ES256", "EdDSA"):
        with pytest.raises(NextKeyAlreadyPublished, match=f"at {key.activates_at:%Y-%m-%d %H:%M} UTC"):
            await world.rotate_signing_keys(algorithm=algorithm).execute(emergency=False)
    assert world.snapshot() == before
    world.clock.advance(LEAD)
    assert await world.rotate_signing_keys().execute(emergency=False) is not None, "it signs now"


async def test_nor_of_the_one_that_the_service_itself_has_made(world: World) -> None:
    await world.tend_signing_keys().execute(starting=True)
    world.clock.advance(SIGNS_FOR - LEAD)
    await world.tend_signing_keys().execute(starting=False)
    with pytest.raises(NextKeyAlreadyPublished):
        await world.rotate_signing_keys().execute(emergency=False)


async def test_in_an_emergency_the_new_key_signs_at_once_and_all_others_are_gone(world: World) -> None:
    await world.tend_signing_keys().execute(starting=True)
    await world.rotate_signing_keys().execute(emergency=False)
    stolen = await world.signing_keys.all()
    world.clock.advance(MINUTE)
    key = await world.rotate_signing_keys().execute(emergency=True)
    assert key is not None
    assert await world.signing_keys.all() == [key]
    assert key.activates_at == world.clock.now()
    assert trail(world)[-3:] == [
        (AuditAction.KEY_REMOVE, stolen[0].id, None),
        (AuditAction.KEY_REMOVE, stolen[1].id, None),
        (AuditAction.KEY_EMERGENCY_ROTATE, None, key.id),
    ]


async def test_a_new_algorithm_can_be_published_before_any_process_uses_it(world: World) -> None:
    await world.tend_signing_keys().execute(starting=True)
    await world.rotate_signing_keys(algorithm="EdDSA").execute(emergency=False)
    await world.tend_signing_keys(algorithm="EdDSA").execute(starting=True)
    assert [key.algorithm for key in await world.signing_keys.all()] == ["ES256", "EdDSA"]


async def test_of_two_operators_at_once_one_is_told_that_there_is_nothing_left_to_do(world: World) -> None:
    await world.tend_signing_keys().execute(starting=True)
    rotations = [world.rotate_signing_keys().execute(emergency=False) for _ in range(2)]
    made = await asyncio.gather(*rotations, return_exceptions=True)
    assert {type(one) for one in made} == {SigningKey, NextKeyAlreadyPublished}
    assert len(await world.signing_keys.all()) == 2


async def test_where_the_key_that_signs_cannot_be_opened_the_new_one_signs_at_once(world: World) -> None:
    world.signing_key_maker = InMemorySigningKeyMaker("lost")
    await world.tend_signing_keys().execute(starting=True)
    world.signing_key_maker = InMemorySigningKeyMaker("new")
    key = await world.rotate_signing_keys().execute(emergency=False)
    assert key is not None
    assert key.activates_at == NOW


async def test_a_key_to_come_that_cannot_be_opened_is_no_reason_to_wait(world: World) -> None:
    world.signing_key_maker = InMemorySigningKeyMaker("lost")
    await world.tend_signing_keys().execute(starting=True)
    await world.rotate_signing_keys().execute(emergency=False)
    world.signing_key_maker = InMemorySigningKeyMaker("new")
    key = await world.rotate_signing_keys().execute(emergency=False)
    assert key is not None
    assert key.activates_at == NOW


async def test_under_a_shared_secret_there_is_nothing_to_rotate(world: World) -> None:
    await world.tend_signing_keys().execute(starting=True)
    before = world.snapshot()
    with pytest.raises(SigningKeysNotUsed):
        await world.rotate_signing_keys(algorithm=None).execute(emergency=False)
    assert world.snapshot() == before


async def test_what_is_left_of_a_key_set_can_be_thrown_away_under_a_shared_secret(world: World) -> None:
    await world.tend_signing_keys().execute(starting=True)
    assert await world.rotate_signing_keys(algorithm=None).execute(emergency=True) is None
    assert await world.list_signing_keys().execute() == []


async def test_the_operator_sees_every_key_in_order(world: World) -> None:
    assert await world.list_signing_keys().execute() == []
    await world.tend_signing_keys().execute(starting=True)
    key = await world.rotate_signing_keys().execute(emergency=False)
    assert key is not None
    keys = await world.list_signing_keys().execute()
    assert keys == await world.signing_keys.all()
    assert keys[-1] == key
