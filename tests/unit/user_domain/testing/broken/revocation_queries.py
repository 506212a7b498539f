"""Feeds of revocations that leave something out, tell too much, or in an order nobody can go on from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.ports.revocation_queries import CutOffUser, EndedSession, RevocationPosition
from user_domain.testing.builders import NOW
from user_domain.testing.in_memory import InMemoryDatabase, InMemoryRevocationQueries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from user_domain.ports.revocation_queries import Revocation


class TellsNoSessions(InMemoryRevocationQueries):
    def _all(self) -> Iterator[Revocation]:
        return (one for one in super()._all() if not isinstance(one, EndedSession))


class RoundsMoments(InMemoryRevocationQueries):
    def _all(self) -> Iterator[Revocation]:
        for one in super()._all():
            rounded = one.position.at.replace(microsecond=0)
            yield (
                EndedSession(one.handle, rounded) if isinstance(one, EndedSession) else replace(one, not_before=rounded)
            )


class TellsExpiredSessions(InMemoryRevocationQueries):
    def _all(self) -> Iterator[Revocation]:
        yield from super()._all()
        for session in self._database.committed.sessions.values():
            if session.ended_at is None and session.expires_at <= NOW:
                yield EndedSession(session.handle, session.expires_at)


class TellsLiveSessions(InMemoryRevocationQueries):
    def _all(self) -> Iterator[Revocation]:
        yield from super()._all()
        for session in self._database.committed.sessions.values():
            if session.ended_at is None:
                yield EndedSession(session.handle, session.started_at)


class KnowsBlocksOnly(InMemoryRevocationQueries):
    def _all(self) -> Iterator[Revocation]:
        blocked = {account.user.id for account in self._database.committed.accounts.values() if account.user.block}
        return (one for one in super()._all() if isinstance(one, EndedSession) or one.user_id in blocked)


class KnowsNoResets(InMemoryRevocationQueries):
    def _all(self) -> Iterator[Revocation]:
        for one in super()._all():
            user = isinstance(one, CutOffUser) and self._database.committed.accounts[one.user_id].user
            if not user or user.block or user.suspension:
                yield one


class TellsTheBlockFirst(InMemoryRevocationQueries):
    """Though the user was cut off again after it."""

    def _all(self) -> Iterator[Revocation]:
        for one in super()._all():
            block = isinstance(one, CutOffUser) and self._database.committed.accounts[one.user_id].user.block
            yield replace(one, not_before=block.at) if isinstance(one, CutOffUser) and block else one


class ForgetsSuspensionsThatAreOver(InMemoryRevocationQueries):
    def _all(self) -> Iterator[Revocation]:
        for one in super()._all():
            suspension = isinstance(one, CutOffUser) and self._database.committed.accounts[one.user_id].user.suspension
            if not suspension or suspension.holds(NOW + timedelta(hours=1)):
                yield one


class BeginsBehindTheMoment(InMemoryRevocationQueries):
    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        found = await super().after(position, limit=limit)
        return [one for one in found if one.position.at > position.at]


class BeginsBefore(InMemoryRevocationQueries):
    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        return await super().after(replace(position, at=position.at - timedelta(microseconds=1)), limit=limit)


class TellsUsersLast(InMemoryRevocationQueries):
    """Two lists, one after the other."""

    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        return sorted(await super().after(position, limit=limit), key=lambda one: isinstance(one, CutOffUser))


class NewestFirst(InMemoryRevocationQueries):
    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        return (await super().after(position, limit=limit))[::-1]


class KnowsNoLimit(InMemoryRevocationQueries):
    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        return await super().after(position, limit=1000)


class LimitsEachKind(InMemoryRevocationQueries):
    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        found = await super().after(position, limit=1000)
        sessions = [one for one in found if isinstance(one, EndedSession)][:limit]
        users = [one for one in found if isinstance(one, CutOffUser)][:limit]
        return sorted([*sessions, *users], key=lambda one: one.position)


class GoesOnByTimeAlone(InMemoryRevocationQueries):
    """And loses what shares its moment with the end of a page."""

    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        is_start = position == RevocationPosition(position.at)
        later = position if is_start else RevocationPosition(position.at + timedelta(microseconds=1))
        return await super().after(later, limit=limit)


class RemembersRevocations(InMemoryRevocationQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: list[Revocation] | None = None

    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        if self._remembered is None:
            self._remembered = await super().after(position, limit=limit)
        return self._remembered


class TellsNothingWhileSomebodyWrites(InMemoryRevocationQueries):
    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        return [] if self._database.lock.locked() else await super().after(position, limit=limit)
