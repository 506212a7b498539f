"""Session repositories that end sessions for everybody, too many of them, or without a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.ports.session_repository import SessionHolder
from user_domain.testing.in_memory.session_repository import InMemorySessionRepository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from user_domain.entities.session import EndReason, NewSession, Session
    from user_domain.ports.user_repository import UserRepository
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import SessionHandle, SessionId, UserId


class AddForgetsTheClient(InMemorySessionRepository):
    async def add(self, session: NewSession) -> None:
        await super().add(replace(session, ip_address=None, user_agent=None))


class EndsForEverybody(InMemorySessionRepository):
    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        await super().end(handle, at=at, reason=reason)
        return True


class EndsForNobody(InMemorySessionRepository):
    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        return False


class EndForgetsWhy(InMemorySessionRepository):
    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        ended = await super().end(handle, at=at, reason=reason)
        if ended:
            self._sessions[handle] = replace(self._sessions[handle], end_reason=None)
        return ended


class EndMovesAnEarlierEnd(InMemorySessionRepository):
    """Says rightly that the session was over, and ends it once more all the same."""

    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        ended = await super().end(handle, at=at, reason=reason)
        if handle in self._sessions:
            self._sessions[handle] = replace(self._sessions[handle], ended_at=at, end_reason=reason)
        return ended


class EndsAllOfThem(InMemorySessionRepository):
    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        for other in set(self._sessions) - {handle}:
            await super().end(other, at=at, reason=reason)
        return await super().end(handle, at=at, reason=reason)


class EndAllEndsOne(InMemorySessionRepository):
    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        for session in list(self._sessions.values()):
            if (
                session.user_id == user_id
                and session.handle != keep
                and await self.end(session.handle, at=at, reason=reason)
            ):
                return 1
        return 0


class EndAllCountsWhatIsOver(InMemorySessionRepository):
    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        await super().end_all(user_id, at=at, reason=reason, keep=keep, seen_after=seen_after)
        return len([s for s in self._sessions.values() if s.user_id == user_id and s.handle != keep])


class EndAllCountsTheOneItKeeps(InMemorySessionRepository):
    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        return await super().end_all(user_id, at=at, reason=reason, keep=keep, seen_after=seen_after) + 1


class EndAllForgetsWhy(InMemorySessionRepository):
    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        ended = await super().end_all(user_id, at=at, reason=reason, keep=keep, seen_after=seen_after)
        for session in list(self._sessions.values()):
            self._sessions[session.handle] = replace(session, end_reason=None)
        return ended


class EndAllKeepsNone(InMemorySessionRepository):
    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        return await super().end_all(user_id, at=at, reason=reason, seen_after=seen_after)


class EndsAllOnlyIfOneIsKept(InMemorySessionRepository):
    """Where nothing is to be kept, nothing ends: `handle <> null` is not true of any handle."""

    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        return (
            0
            if keep is None
            else await super().end_all(user_id, at=at, reason=reason, keep=keep, seen_after=seen_after)
        )


class EndsAllOfEverybody(InMemorySessionRepository):
    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        for owner in {session.user_id for session in self._sessions.values()} - {user_id}:
            await super().end_all(owner, at=at, reason=reason, keep=keep, seen_after=seen_after)
        return await super().end_all(user_id, at=at, reason=reason, keep=keep, seen_after=seen_after)


class EndAllMovesEarlierEnds(InMemorySessionRepository):
    """Expired ones too, and counts rightly all the same."""

    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        ended = await super().end_all(user_id, at=at, reason=reason, keep=keep, seen_after=seen_after)
        for session in list(self._sessions.values()):
            if session.user_id == user_id and session.handle != keep:
                self._sessions[session.handle] = replace(session, ended_at=at, end_reason=reason)
        return ended


class EndAllCountsWhatLiesIdle(InMemorySessionRepository):
    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        return await super().end_all(user_id, at=at, reason=reason, keep=keep)


class EndAllCountsWhatLaysIdleForAnInstant(InMemorySessionRepository):
    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        seen_after = seen_after and seen_after - timedelta(microseconds=1)
        return await super().end_all(user_id, at=at, reason=reason, keep=keep, seen_after=seen_after)


class EndAllLeavesWhatLiesIdle(InMemorySessionRepository):
    """What is not to be counted does not end either."""

    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        seen = self._state.live_sessions(user_id, at=at, seen_after=seen_after)
        return sum([await self.end(s.handle, at=at, reason=reason) for s in seen if s.handle != keep])


class AddCountsARefresh(InMemorySessionRepository):
    async def add(self, session: NewSession) -> None:
        await super().add(session)
        self._sessions[session.handle] = replace(self._sessions[session.handle], refresh_generation=1)


# --- The holder and the oldest --------------------------------------------------------------------------------------


class _Holds(InMemorySessionRepository):
    """Has other sessions go."""

    def _candidates(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return self._state.live_sessions(user_id, at=at, seen_after=seen_after)

    def _surplus(self, newest_first: list[Session], keep: int) -> list[Session]:
        return newest_first[keep:]

    async def lock_holder(
        self, user_id: UserId, *, keep: int, at: datetime, seen_after: datetime | None
    ) -> SessionHolder | None:
        holder = await super().lock_holder(user_id, keep=keep, at=at, seen_after=seen_after)
        candidates = self._candidates(user_id, at=at, seen_after=seen_after)
        newest_first = sorted(candidates, key=lambda session: (session.started_at, session.id), reverse=True)
        surplus = self._surplus(newest_first, keep)[::-1]
        return holder and replace(holder, surplus=tuple(session.id for session in surplus))

    async def evict(self, surplus: Sequence[SessionId], *, at: datetime, reason: EndReason) -> None:
        for session in list(self._sessions.values()):
            if session.id in surplus:
                self._sessions[session.handle] = replace(session, ended_at=at, end_reason=reason)


class HoldsNothing(_Holds):
    def _candidates(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return []


class HoldsEverybodysSessions(_Holds):
    def _candidates(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return [session for session in self._sessions.values() if session.is_live(at)]


class HoldsWhatIsOver(_Holds):
    def _candidates(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return [session for session in self._sessions.values() if session.user_id == user_id]


class HoldsWhatExpired(_Holds):
    def _candidates(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return [s for s in self._sessions.values() if s.user_id == user_id and s.ended_at is None]


class WhatIsOverTakesPlaces(HoldsWhatIsOver):
    def _surplus(self, newest_first: list[Session], keep: int) -> list[Session]:
        return [session for session in newest_first[keep:] if session.ended_at is None]


class HoldsWhatLiesIdle(_Holds):
    def _candidates(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return super()._candidates(user_id, at=at, seen_after=None)


class HoldsWhatLaysIdleForAnInstant(_Holds):
    def _candidates(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        seen_after = seen_after and seen_after - timedelta(microseconds=1)
        return super()._candidates(user_id, at=at, seen_after=seen_after)


class HoldsWhatWasCommitted(_Holds):
    def __init__(self, state: State, users: UserRepository) -> None:
        super().__init__(state, users)
        self._before = state.copy()

    def _candidates(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return self._before.live_sessions(user_id, at=at, seen_after=seen_after)


class MakesHoldersUp(InMemorySessionRepository):
    async def lock_holder(
        self, user_id: UserId, *, keep: int, at: datetime, seen_after: datetime | None
    ) -> SessionHolder | None:
        holder = await super().lock_holder(user_id, keep=keep, at=at, seen_after=seen_after)
        return holder or SessionHolder(next(iter(self._state.accounts.values())), ())


class LocksNobody(InMemorySessionRepository):
    async def lock_holder(
        self, user_id: UserId, *, keep: int, at: datetime, seen_after: datetime | None
    ) -> SessionHolder | None:
        account = self._state.accounts.get(user_id)
        live = self._state.live_sessions(user_id, at=at, seen_after=seen_after)
        return SessionHolder(account, tuple(session.id for session in live)) if account else None


class NamesTheNewestFirst(InMemorySessionRepository):
    async def lock_holder(
        self, user_id: UserId, *, keep: int, at: datetime, seen_after: datetime | None
    ) -> SessionHolder | None:
        holder = await super().lock_holder(user_id, keep=keep, at=at, seen_after=seen_after)
        return holder and replace(holder, surplus=holder.surplus[::-1])


class EvictsNobody(InMemorySessionRepository):
    async def evict(self, surplus: Sequence[SessionId], *, at: datetime, reason: EndReason) -> None:
        pass


class EvictsTheNewest(_Holds):
    def _surplus(self, newest_first: list[Session], keep: int) -> list[Session]:
        return newest_first[::-1][keep:]


class EvictsWhatWasStoredFirst(_Holds):
    def _surplus(self, newest_first: list[Session], keep: int) -> list[Session]:
        return sorted(newest_first, key=lambda session: session.id, reverse=True)[keep:]


class EvictsOne(InMemorySessionRepository):
    async def evict(self, surplus: Sequence[SessionId], *, at: datetime, reason: EndReason) -> None:
        await super().evict(surplus[:1], at=at, reason=reason)


class EvictsWithoutAReason(InMemorySessionRepository):
    async def evict(self, surplus: Sequence[SessionId], *, at: datetime, reason: EndReason) -> None:
        await super().evict(surplus, at=at, reason=reason)
        for session in list(self._sessions.values()):
            self._sessions[session.handle] = replace(session, end_reason=None)


class EvictsAllOfThem(InMemorySessionRepository):
    async def evict(self, surplus: Sequence[SessionId], *, at: datetime, reason: EndReason) -> None:
        await super().evict([session.id for session in self._sessions.values()], at=at, reason=reason)


class CountsFromTheEnd(_Holds):
    """A slice to `number - keep`, which begins again from the end where that is below zero."""

    def _surplus(self, newest_first: list[Session], keep: int) -> list[Session]:
        return newest_first[::-1][: len(newest_first) - keep][::-1]


class AlwaysKeepsOne(_Holds):
    def _surplus(self, newest_first: list[Session], keep: int) -> list[Session]:
        return newest_first[max(keep, 1) :]


class KeepsWhatStartedWithTheLast(_Holds):
    def _surplus(self, newest_first: list[Session], keep: int) -> list[Session]:
        kept = newest_first[:keep]
        return [s for s in newest_first[keep:] if not kept or s.started_at < kept[-1].started_at]


class EvictsWhateverStartedBeforeTheFirst(_Holds):
    """All that started at or before the moment of the first that has to go, among them some that had a place."""

    def _surplus(self, newest_first: list[Session], keep: int) -> list[Session]:
        going = newest_first[keep : keep + 1]
        return [s for s in newest_first if going and s.started_at <= going[0].started_at]


class EvictsWhatIsOver(InMemorySessionRepository):
    async def evict(self, surplus: Sequence[SessionId], *, at: datetime, reason: EndReason) -> None:
        await super().evict(surplus, at=at, reason=reason)
        for session in list(self._sessions.values()):
            if not session.is_live(at):
                self._sessions[session.handle] = replace(session, ended_at=at, end_reason=reason)
