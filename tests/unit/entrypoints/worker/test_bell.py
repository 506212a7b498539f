"""Whoever waits for the bell is woken, and no ring is lost between looking for work and waiting."""

from __future__ import annotations

import asyncio

import pytest

from entrypoints.worker.bell import Bell

FOREVER = 3600.0  # nobody waits that long: who is not woken fails the test by its own time limit
AT_MOST = 30.0


@pytest.fixture
def bell() -> Bell:
    return Bell()


async def soon() -> None:
    """Everything that can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_ring_wakes_whoever_waits(bell: Bell) -> None:
    waiter = asyncio.create_task(bell.wait(since=bell.rings, seconds=FOREVER))
    await soon()
    assert not waiter.done()
    bell.ring()
    await asyncio.wait_for(waiter, AT_MOST)


async def test_a_ring_wakes_everybody(bell: Bell) -> None:
    waiters = [asyncio.create_task(bell.wait(since=bell.rings, seconds=FOREVER)) for _ in range(20)]
    await soon()
    bell.ring()
    await asyncio.wait_for(asyncio.gather(*waiters), AT_MOST)


async def test_a_ring_between_looking_and_waiting_is_not_lost(bell: Bell) -> None:
    looked_at = bell.rings
    bell.ring()
    await asyncio.wait_for(bell.wait(since=looked_at, seconds=FOREVER), AT_MOST)


async def test_nor_are_many(bell: Bell) -> None:
    looked_at = bell.rings
    for _ in range(3):
        bell.ring()
    await asyncio.wait_for(bell.wait(since=looked_at, seconds=FOREVER), AT_MOST)


async def test_a_ring_before_looking_wakes_nobody_later(bell: Bell) -> None:
    bell.ring()
    waiter = asyncio.create_task(bell.wait(since=bell.rings, seconds=FOREVER))
    await soon()
    assert not waiter.done(), "it would look again and again for nothing"
    bell.ring()
    await asyncio.wait_for(waiter, AT_MOST)


async def test_one_who_waits_again_waits_for_the_next_ring(bell: Bell) -> None:
    for _ in range(3):
        waiter = asyncio.create_task(bell.wait(since=bell.rings, seconds=FOREVER))
        await soon()
        assert not waiter.done()
        bell.ring()
        await asyncio.wait_for(waiter, AT_MOST)


@pytest.mark.parametrize("seconds", [0.0, 0.001, -1.0])
async def test_nobody_waits_longer_than_he_would(bell: Bell, seconds: float) -> None:
    await asyncio.wait_for(bell.wait(since=bell.rings, seconds=seconds), AT_MOST)
    assert bell.rings == 0


async def test_who_gave_up_is_in_nobodys_way(bell: Bell) -> None:
    given_up = asyncio.create_task(bell.wait(since=bell.rings, seconds=FOREVER))
    waiter = asyncio.create_task(bell.wait(since=bell.rings, seconds=FOREVER))
    await soon()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert not waiter.done()
    bell.ring()
    await asyncio.wait_for(waiter, AT_MOST)


def test_it_rings_where_nobody_listens(bell: Bell) -> None:
    bell.ring()
    assert bell.rings == 1
