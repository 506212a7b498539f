"""Histories that lose, mix up or reorder what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from user_domain.entities.status_change import StatusChange
from user_domain.testing.in_memory import InMemoryStatusHistoryQueries
from user_domain.testing.in_memory.status_history import InMemoryStatusHistory
from user_domain.value_objects.ids import StatusChangeId

if TYPE_CHECKING:
    from user_domain.entities.status_change import NewStatusChange
    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.ids import UserId

# --- Writing --------------------------------------------------------------------------------------------------------


class ForgetsTheEnd(InMemoryStatusHistory):
    async def add(self, change: NewStatusChange) -> None:
        await super().add(replace(change, until=None))


class NumbersByTime(InMemoryStatusHistory):
    async def add(self, change: NewStatusChange) -> None:
        await super().add(change)
        self._changes.sort(key=lambda stored: stored.since)
        self._changes[:] = [
            replace(stored, id=StatusChangeId(number)) for number, stored in enumerate(self._changes, start=1)
        ]


class KeepsNoTwins(InMemoryStatusHistory):
    async def add(self, change: NewStatusChange) -> None:
        if not any(StatusChange.recorded(stored.id, change) == stored for stored in self._changes):
            await super().add(change)


class WantsToKnowWho(InMemoryStatusHistory):
    """As a foreign key does."""

    async def add(self, change: NewStatusChange) -> None:
        await super().add(replace(change, by=None if change.by and change.by > change.user_id else change.by))


class NumbersDownwards(InMemoryStatusHistory):
    async def add(self, change: NewStatusChange) -> None:
        self._changes.insert(0, StatusChange.recorded(StatusChangeId(len(self._changes) + 1), change))


# --- Reading --------------------------------------------------------------------------------------------------------


class _Reads(InMemoryStatusHistoryQueries):
    """Answers in another way."""

    def _answer(self, changes: list[StatusChange], **asked: Any) -> list[StatusChange]:
        raise NotImplementedError

    async def of_user(self, user_id: UserId, *, limit: int, up_to: StatusChangeId | None = None) -> list[StatusChange]:
        changes = list(self._database.committed.status_changes)
        return self._answer(changes, user_id=user_id, limit=limit, up_to=up_to)


class ShowsEverybodys(_Reads):
    def _answer(self, changes: list[StatusChange], **asked: Any) -> list[StatusChange]:
        return [replace(change, user_id=asked["user_id"]) for change in reversed(changes)][: asked["limit"]]


class ShowsTheOldestFirst(_Reads):
    def _answer(self, changes: list[StatusChange], **asked: Any) -> list[StatusChange]:
        return [change for change in changes if change.user_id == asked["user_id"]][: asked["limit"]]


class KnowsNoLimit(InMemoryStatusHistoryQueries):
    async def of_user(self, user_id: UserId, *, limit: int, up_to: StatusChangeId | None = None) -> list[StatusChange]:
        return await super().of_user(user_id, limit=limit + 1, up_to=up_to)


class BeginsAfterIt(InMemoryStatusHistoryQueries):
    async def of_user(self, user_id: UserId, *, limit: int, up_to: StatusChangeId | None = None) -> list[StatusChange]:
        found = await super().of_user(user_id, limit=limit + 1, up_to=up_to)
        return [change for change in found if change.id != up_to][:limit]


class LooksForTheOneToBeginWith(InMemoryStatusHistoryQueries):
    async def of_user(self, user_id: UserId, *, limit: int, up_to: StatusChangeId | None = None) -> list[StatusChange]:
        found = await super().of_user(user_id, limit=limit, up_to=up_to)
        return found if up_to is None or any(change.id == up_to for change in found) else []


class RemembersTheHistory(InMemoryStatusHistoryQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._known: dict[UserId, list[StatusChange]] = {}

    async def of_user(self, user_id: UserId, *, limit: int, up_to: StatusChangeId | None = None) -> list[StatusChange]:
        if user_id not in self._known:
            self._known[user_id] = await super().of_user(user_id, limit=limit, up_to=up_to)
        return self._known[user_id]


class ShowsNothingWhileSomebodyWrites(InMemoryStatusHistoryQueries):
    async def of_user(self, user_id: UserId, *, limit: int, up_to: StatusChangeId | None = None) -> list[StatusChange]:
        return [] if self._database.lock.locked() else await super().of_user(user_id, limit=limit, up_to=up_to)
