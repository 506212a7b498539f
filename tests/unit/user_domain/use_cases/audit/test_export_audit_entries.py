"""Admins take the trail with them, and that is in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.errors import Forbidden, StorageUnavailable
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.testing.in_memory import InMemoryAuditQueries
from user_domain.use_cases.audit.export_audit_entries import BATCH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.unit.user_domain.world import World
    from user_domain.entities.audit_entry import AuditEntry, RecordedEntry
    from user_domain.entities.user import User
    from user_domain.ports.audit_queries import AuditPosition

YESTERDAY = AuditCriteria(until=NOW)


class CountingQueries(InMemoryAuditQueries):
    """Tells how many pages were asked for; and may be away from some page on."""

    asked = 0
    away_from = 1_000

    async def page(
        self, criteria: AuditCriteria, *, limit: int, after: AuditPosition | None = None
    ) -> list[RecordedEntry]:
        self.asked += 1
        if self.asked >= self.away_from:
            raise StorageUnavailable
        return await super().page(criteria, limit=limit, after=after)


@pytest.fixture
def queries(world: World) -> CountingQueries:
    world.audit_queries = queries = CountingQueries(world.database)
    return queries


@pytest.fixture
async def admin(world: World) -> User:
    return await world.with_admin()


async def write(world: World, count: int) -> None:
    """So many entries of yesterday."""
    async with world.unit_of_work() as work:
        for number in range(count):
            await work.audit.append(an_audit_entry(at=NOW - timedelta(days=1, milliseconds=number)))
        await work.commit()


async def export(world: World, actor: User | None, criteria: AuditCriteria) -> AsyncIterator[list[RecordedEntry]]:
    return await world.export_audit_entries().execute(actor=actor, criteria=criteria, client=CLIENT)


async def entries_of(batches: AsyncIterator[list[RecordedEntry]]) -> list[AuditEntry]:
    return [recorded.entry async for batch in batches for recorded in batch]


async def test_everything_comes_the_newest_first_beginning_with_the_export_itself(world: World, admin: User) -> None:
    await write(world, 3)
    found = await entries_of(await export(world, admin, AuditCriteria()))
    assert [entry.action for entry in found] == [AuditAction.AUDIT_EXPORT] + [AuditAction.SESSION_LOGIN_FAILURE] * 3
    assert [entry.at for entry in found] == sorted((entry.at for entry in found), reverse=True)


async def test_who_asked_for_what_is_in_the_trail_before_anything_is_taken(world: World, admin: User) -> None:
    criteria = AuditCriteria(
        actor_id=admin.id,
        target_id=admin.id,
        action=AuditAction.USER_BLOCK,
        since=NOW - timedelta(days=1),
        until=NOW,
        ip_address="203.0.113.7",
    )
    await export(world, admin, criteria)
    (entry,) = world.audit
    assert (entry.action, entry.at, entry.actor_id, entry.target_id) == (AuditAction.AUDIT_EXPORT, NOW, admin.id, None)
    assert entry.client == CLIENT
    assert entry.changes == (
        FieldChange("actor_id", None, str(admin.id)),
        FieldChange("target_id", None, str(admin.id)),
        FieldChange("action", None, "user:block"),
        FieldChange("since", None, "2026-03-13T15:09:26.535897+00:00"),
        FieldChange("until", None, "2026-03-14T15:09:26.535897+00:00"),
        FieldChange("ip_address", None, "203.0.113.7"),
    )


@pytest.mark.parametrize(("entries", "pages"), [(0, 1), (1, 1), (BATCH, 2), (BATCH + 1, 2), (2 * BATCH - 1, 2)])
async def test_it_comes_in_batches_each_of_which_is_read_when_it_is_wanted(
    world: World, admin: User, queries: CountingQueries, entries: int, pages: int
) -> None:
    await write(world, entries)
    batches = await export(world, admin, YESTERDAY)
    assert queries.asked == 1, "so that an error is one before there is any answer"
    seen = 0
    async for batch in batches:
        seen += len(batch)
        assert queries.asked == -(-seen // BATCH), "nothing is read ahead"
    assert (seen, queries.asked) == (entries, pages)


async def test_what_is_added_meanwhile_is_not_among_it(world: World, admin: User) -> None:
    await write(world, BATCH + 1)
    batches = await export(world, admin, AuditCriteria())
    found = [recorded.entry async for recorded in _adding(world, batches)]
    assert len(found) == BATCH + 2


async def _adding(world: World, batches: AsyncIterator[list[RecordedEntry]]) -> AsyncIterator[RecordedEntry]:
    async for batch in batches:
        async with world.unit_of_work() as work:
            await work.audit.append(an_audit_entry(at=NOW + timedelta(seconds=1)))
            await work.commit()
        for recorded in batch:
            yield recorded


async def test_where_the_store_is_away_nothing_begins(world: World, admin: User, queries: CountingQueries) -> None:
    queries.away_from = 1
    with pytest.raises(StorageUnavailable):
        await export(world, admin, AuditCriteria())


async def test_where_it_goes_away_meanwhile_the_batches_end_in_that(
    world: World, admin: User, queries: CountingQueries
) -> None:
    await write(world, BATCH + 1)
    queries.away_from = 2
    batches = await export(world, admin, YESTERDAY)
    assert len(await anext(batches)) == BATCH
    with pytest.raises(StorageUnavailable):
        await anext(batches)


async def test_nobody_else_may_and_no_export_is_in_the_trail(world: World) -> None:
    with pytest.raises(Forbidden):
        await export(world, await world.with_user(), AuditCriteria())
    assert world.audit == []


async def test_an_operator_may_and_the_trail_names_nobody(world: World) -> None:
    await write(world, 1)
    entries = await entries_of(await export(world, None, AuditCriteria()))
    assert [(entry.action, entry.actor_id) for entry in entries] == [
        (AuditAction.AUDIT_EXPORT, None),
        (AuditAction.SESSION_LOGIN_FAILURE, None),
    ]
