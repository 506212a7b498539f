"""Admins see what the audit trail is proven by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from user_domain.errors import Forbidden
from user_domain.testing.builders import an_audit_entry
from user_domain.testing.in_memory import InMemoryAuditSigner
from user_domain.use_cases.audit.seal_audit_trail import SealAuditTrail

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World


async def sealed(world: World, count: int) -> None:
    """So many seals over an entry each."""
    seal = SealAuditTrail(unit_of_work=world.unit_of_work, signer=InMemoryAuditSigner(), clock=world.clock)
    for _ in range(count):
        async with world.unit_of_work() as work:
            await work.audit.append(an_audit_entry())
            await work.commit()
        await seal.execute()


async def test_an_admin_sees_the_seals_page_by_page_in_their_order(world: World) -> None:
    await sealed(world, 3)
    admin, list_seals = await world.with_admin(), world.list_audit_seals()
    first = await list_seals.execute(actor=admin, limit=2)
    second = await list_seals.execute(actor=admin, limit=2, after=first[-1].statement.number)
    assert [seal.statement.number for seal in [*first, *second]] == [1, 2, 3]
    assert [seal.statement.previous for seal in [*first[1:], *second]] == [seal.statement.head for seal in first]
    assert await list_seals.execute(actor=admin, limit=2, after=3) == []


async def test_nobody_else_may(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.list_audit_seals().execute(actor=await world.with_user(), limit=2)
