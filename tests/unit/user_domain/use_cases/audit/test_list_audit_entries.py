"""Admins see what happened, all of it or what they look for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from user_domain.entities.audit_entry import AuditAction
from user_domain.errors import Forbidden
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.testing.builders import NOW, an_audit_entry

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.entities.user import User

LOGOUTS = AuditCriteria(action=AuditAction.SESSION_LOGOUT)


@pytest.fixture
async def admin(world: World) -> User:
    return await world.with_admin()


@pytest.fixture
async def written(world: World, admin: User) -> list[AuditEntry]:
    """Some entries, the newest first."""
    entries = [
        an_audit_entry(
            action=AuditAction.SESSION_LOGOUT if number % 2 else AuditAction.SESSION_LOGIN_SUCCESS,
            at=NOW + timedelta(seconds=number // 3),
            actor_id=admin.id,
        )
        for number in range(7)
    ]
    async with world.unit_of_work() as work:
        for entry in entries:
            await work.audit.append(entry)
        await work.commit()
    return entries[::-1]


async def test_page_follows_page_the_newest_first(world: World, admin: User, written: list[AuditEntry]) -> None:
    list_entries, found, after = world.list_audit_entries(), [], None
    for size in (3, 3, 1):
        page = await list_entries.execute(actor=admin, criteria=AuditCriteria(), limit=3, after=after)
        assert len(page.entries) == size
        found += [recorded.entry for recorded in page.entries]
        after = page.next_page
    assert after is None
    assert found == written


async def test_a_page_that_just_fits_is_the_last_one(world: World, admin: User, written: list[AuditEntry]) -> None:
    page = await world.list_audit_entries().execute(actor=admin, criteria=AuditCriteria(), limit=7)
    assert (len(page.entries), page.next_page) == (7, None)
    empty = await world.list_audit_entries().execute(actor=admin, criteria=AuditCriteria(until=NOW), limit=7)
    assert (empty.entries, empty.next_page) == ([], None)


async def test_what_is_looked_for_is_found(world: World, admin: User, written: list[AuditEntry]) -> None:
    page = await world.list_audit_entries().execute(actor=admin, criteria=LOGOUTS, limit=7)
    assert [recorded.entry for recorded in page.entries] == [
        entry for entry in written if entry.action is AuditAction.SESSION_LOGOUT
    ]


async def test_nobody_else_may(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.list_audit_entries().execute(actor=await world.with_user(), criteria=AuditCriteria(), limit=7)
