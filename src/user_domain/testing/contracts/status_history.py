"""The contract of `StatusHistory`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.entities.status_change import StatusChange
from user_domain.testing.builders import NOW, a_status_change
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.testing.contracts.store import Store

LATER = NOW + timedelta(microseconds=1)


async def _history(store: Store, user: User) -> list[StatusChange]:
    return await store.status_history.of_user(user.id, limit=100)


class StatusHistoryContract(Contract):
    """Needs a fixture `store`."""

    async def test_a_change_is_kept_as_it_was_written(self, store: Store) -> None:
        user = await store.with_user()
        changes = [
            a_status_change(
                user.id,
                status=AccountStatus.SUSPENDED,
                since=LATER,
                until=LATER,
                by=user.id,
                reason='<b>Zoë</b> "\U0001f511',
            ),
            a_status_change(user.id, status=AccountStatus.ACTIVE, until=None, by=None, reason=None),
        ]
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            for change in changes:
                await work.status_history.add(change)
            await work.commit()
        found = await _history(store, user)
        assert found == [StatusChange.recorded(one.id, new) for one, new in zip(found, reversed(changes), strict=True)]

    async def test_changes_are_numbered_upwards_whatever_the_time(self, store: Store) -> None:
        user = await store.with_user()
        for minutes in (5, 0, 3):
            await store.with_status_change(user, since=NOW + timedelta(minutes=minutes))
        found = await _history(store, user)
        assert [change.since for change in found] == [NOW + timedelta(minutes=minutes) for minutes in (3, 0, 5)]
        assert [change.id for change in found] == sorted({change.id for change in found}, reverse=True)

    async def test_the_same_change_may_come_twice(self, store: Store) -> None:
        user = await store.with_user()
        for _ in range(2):
            await store.with_status_change(user)
        assert len(await _history(store, user)) == 2

    async def test_a_change_may_be_by_somebody_who_does_not_exist(self, store: Store) -> None:
        user = await store.with_user()
        nobody = UserId(user.id + 1000)
        await store.with_status_change(user, by=nobody)
        assert [change.by for change in await _history(store, user)] == [nobody]

    async def test_a_rollback_leaves_no_change(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.status_history.add(a_status_change(user.id))
        assert await _history(store, user) == []

    async def test_changes_of_one_user_are_numbered_as_they_happened(self, store: Store) -> None:
        user = await store.with_user()
        happened: list[str] = []

        async def change(reason: str) -> None:
            async with store.unit_of_work() as work:
                await work.users.lock(user.id)
                happened.append(reason)
                await work.status_history.add(a_status_change(user.id, reason=reason))
                await work.commit()

        await together(*(change(f"number {number}") for number in range(8)))
        assert [one.reason for one in await _history(store, user)] == happened[::-1]
