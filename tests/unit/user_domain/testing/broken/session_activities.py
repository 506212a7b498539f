"""Activities that write too often, too little, or what is not true."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.errors import StorageUnavailable
from user_domain.policies.session import SEEN_TO
from user_domain.testing.in_memory import InMemoryDatabase, InMemorySessionActivity

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import Session
    from user_domain.value_objects.ids import SessionHandle

MOMENT = timedelta(microseconds=1)


class _Writes(InMemorySessionActivity):
    """Does the same in parts, so that one of them can be broken."""

    def _is_due(self, session: Session, at: datetime) -> bool:
        return session.is_live(at) and at - session.last_seen_at >= SEEN_TO

    def _seen(self, session: Session, at: datetime) -> Session:
        return replace(session, last_seen_at=at)

    async def _travel(self) -> None:
        """What is between reading and writing."""

    async def write_down(self) -> None:
        noted, self._noted = self._noted, {}
        before = dict(self._database.committed.sessions)
        await self._travel()
        for handle, at in noted.items():
            session = before.get(handle)
            if session is not None and self._is_due(session, at):
                self._database.committed.sessions[handle] = self._seen(session, at)


class WritesNothing(_Writes):
    def _is_due(self, session: Session, at: datetime) -> bool:
        return False


class RefreshesToo(_Writes):
    def _seen(self, session: Session, at: datetime) -> Session:
        return replace(super()._seen(session, at), refreshed_at=at)


class LengthensSessions(_Writes):
    def _seen(self, session: Session, at: datetime) -> Session:
        return replace(super()._seen(session, at), expires_at=session.expires_at + timedelta(hours=1))


class SeesAllSessionsOfAUser(_Writes):
    def _seen(self, session: Session, at: datetime) -> Session:
        for other in list(self._database.committed.sessions.values()):
            if other.user_id == session.user_id:
                self._database.committed.sessions[other.handle] = super()._seen(other, at)
        return super()._seen(session, at)


class WritesAtOnce(InMemorySessionActivity):
    def note(self, handle: SessionHandle, *, at: datetime) -> None:
        session = self._database.committed.sessions[handle]
        self._database.committed.sessions[handle] = replace(session, last_seen_at=at)


class KeepsTheLastNote(InMemorySessionActivity):
    def note(self, handle: SessionHandle, *, at: datetime) -> None:
        self._noted[handle] = at


class KeepsTheFirstNote(InMemorySessionActivity):
    def note(self, handle: SessionHandle, *, at: datetime) -> None:
        self._noted.setdefault(handle, at)


class WritesEachTime(_Writes):
    def _is_due(self, session: Session, at: datetime) -> bool:
        return session.is_live(at) and at > session.last_seen_at


class WritesAnInstantTooLate(_Writes):
    def _is_due(self, session: Session, at: datetime) -> bool:
        return super()._is_due(session, at - MOMENT)


class KnowsItsOwnWritesOnly(_Writes):
    """Each process counts its own minute."""

    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._written: dict[SessionHandle, datetime] = {}

    def _is_due(self, session: Session, at: datetime) -> bool:
        due = session.is_live(at) and at > session.last_seen_at
        before = self._written.get(session.handle)
        if due and (before is None or at - before >= SEEN_TO):
            self._written[session.handle] = at
            return True
        return False


class WritesWholeMinutes(_Writes):
    def _seen(self, session: Session, at: datetime) -> Session:
        return super()._seen(session, at.replace(second=0, microsecond=0))


class SeesEarlier(_Writes):
    def _is_due(self, session: Session, at: datetime) -> bool:
        return session.is_live(at) and abs(at - session.last_seen_at) >= SEEN_TO


class PutsBackWhatItRead(_Writes):
    async def _travel(self) -> None:
        await asyncio.sleep(0)


class SeesWhatIsOver(_Writes):
    def _is_due(self, session: Session, at: datetime) -> bool:
        return at - session.last_seen_at >= SEEN_TO


class SeesWhatWasEndedLater(_Writes):
    def _is_due(self, session: Session, at: datetime) -> bool:
        was_live = session.ended_at is None or at < session.ended_at
        return was_live and super()._is_due(replace(session, ended_at=None), at)


class SeesAnInstantTooLong(_Writes):
    def _is_due(self, session: Session, at: datetime) -> bool:
        return super()._is_due(replace(session, expires_at=session.expires_at + MOMENT), at)


class RefusesWhatItDoesNotKnow(InMemorySessionActivity):
    async def write_down(self) -> None:
        if not set(self._noted) <= set(self._database.committed.sessions):
            raise StorageUnavailable
        await super().write_down()


class StopsAtWhatItDoesNotKnow(InMemorySessionActivity):
    async def write_down(self) -> None:
        noted, self._noted = self._noted, {}
        for handle, at in noted.items():
            if handle not in self._database.committed.sessions:
                return
            self._noted[handle] = at
            await super().write_down()


class SeesAllWhereNothingWasNoted(InMemorySessionActivity):
    async def write_down(self) -> None:
        if not self._noted:
            sessions = self._database.committed.sessions
            for session in list(sessions.values()):
                sessions[session.handle] = replace(session, last_seen_at=session.expires_at)
        await super().write_down()


class ForgetsNothing(InMemorySessionActivity):
    async def write_down(self) -> None:
        noted = dict(self._noted)
        await super().write_down()
        self._noted = noted


class WritesOnlyOnce(InMemorySessionActivity):
    _has_written = False

    async def write_down(self) -> None:
        if not self._has_written:
            self._has_written = True
            await super().write_down()


class WritesAThousand(InMemorySessionActivity):
    async def write_down(self) -> None:
        self._noted = dict(list(self._noted.items())[:1000])
        await super().write_down()


class WritesOneMomentForAll(InMemorySessionActivity):
    async def write_down(self) -> None:
        self._noted = dict.fromkeys(self._noted, max(self._noted.values()))
        await super().write_down()
