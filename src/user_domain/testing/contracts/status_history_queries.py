"""The contract of `StatusHistoryQueries`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from user_domain.testing.builders import a_status_change
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.ids import StatusChangeId, UserId

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.testing.contracts.store import Store


async def _with_changes(store: Store, user: User, number: int) -> list[str]:
    """The reasons of as many changes, the newest first."""
    reasons = [f"reason {one}" for one in range(number)]
    for reason in reasons:
        await store.with_status_change(user, reason=reason)
    return reasons[::-1]


async def _page(
    store: Store, user: User, *, limit: int = 100, up_to: StatusChangeId | None = None
) -> tuple[list[str | None], list[StatusChangeId]]:
    changes = await store.status_history.of_user(user.id, limit=limit, up_to=up_to)
    assert all(change.user_id == user.id for change in changes)
    return [change.reason for change in changes], [change.id for change in changes]


class StatusHistoryQueriesContract(Contract):
    """Needs a fixture `store`."""

    async def test_who_was_never_shut_and_who_does_not_exist_have_no_history(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        await store.with_status_change(other)
        assert await _page(store, user) == ([], [])
        assert await store.status_history.of_user(UserId(other.id + 1000), limit=10) == []

    async def test_changes_come_the_newest_first_and_those_of_others_are_not_among_them(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        await store.with_status_change(other, reason="before")
        reasons = await _with_changes(store, user, 3)
        await store.with_status_change(other, reason="after")
        assert (await _page(store, user))[0] == reasons

    async def test_a_page_of_changes_has_no_more_than_was_asked_for(self, store: Store) -> None:
        user = await store.with_user()
        reasons = await _with_changes(store, user, 3)
        for limit in (1, 2, 3, 4):
            assert (await _page(store, user, limit=limit))[0] == reasons[:limit]

    async def test_a_page_begins_with_the_change_it_is_asked_to_begin_with(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        reasons = await _with_changes(store, user, 4)
        await store.with_status_change(other)
        _, ids = await _page(store, user)
        for number, change_id in enumerate(ids):
            assert (await _page(store, user, up_to=change_id))[0] == reasons[number:]
            assert (await _page(store, user, up_to=change_id, limit=2))[0] == reasons[number : number + 2]

    async def test_it_begins_there_too_where_that_number_is_of_nobody_or_somebody_else(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        old = await _with_changes(store, user, 2)
        await store.with_status_change(other)
        (others,) = (await _page(store, other))[1]
        await store.with_status_change(user, reason="new")
        assert (await _page(store, user, up_to=others))[0] == old
        for number, expected in ((StatusChangeId(0), []), (StatusChangeId(2**63 - 1), ["new", *old])):
            assert (await _page(store, user, up_to=number))[0] == expected

    async def test_what_was_committed_before_the_question_is_in_the_answer(self, store: Store) -> None:
        user = await store.with_user()
        for number in range(3):
            assert len((await _page(store, user))[0]) == number
            await store.with_status_change(user)

    async def test_locks_keep_nobody_who_reads_the_history_waiting(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_status_change(user, reason="before")
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.status_history.add(a_status_change(user.id))
            async with asyncio.timeout(5):
                assert (await _page(store, user))[0] == ["before"]
