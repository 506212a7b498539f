"""Refreshes that spend tokens twice, for nothing, or for whoever is kept out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.policies.access import AccessPolicy
from user_domain.ports.session_queries import Login
from user_domain.ports.session_refreshes import Refresh
from user_domain.testing.in_memory import InMemoryDatabase, InMemorySessionRefreshes

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import Session
    from user_domain.entities.user import User
    from user_domain.ports.session_refreshes import RefreshTerms
    from user_domain.value_objects.refresh_token import RefreshToken

MOMENT = timedelta(microseconds=1)


class _Advances(InMemorySessionRefreshes):
    """Does the same in parts, so that one of them can be broken."""

    def _session(self, token: RefreshToken) -> Session | None:
        return self._database.committed.sessions.get(token.session)

    def _is_current(self, session: Session, generation: int) -> bool:
        return session.refresh_generation == generation

    def _is_live(self, session: Session, *, at: datetime, seen_after: datetime | None) -> bool:
        return session.is_live(at) and (seen_after is None or session.last_seen_at > seen_after)

    def _is_let_in(self, user: User, *, at: datetime, verified_email_required: bool) -> bool:
        return not AccessPolicy(verified_email_required=verified_email_required).denials(user, at=at)

    def _expiry(self, session: Session, *, at: datetime, sliding: timedelta, absolute: timedelta) -> datetime:
        return max(session.expires_at, min(at + sliding, session.started_at + absolute))

    def _advanced(self, session: Session, *, at: datetime, expires_at: datetime) -> Session:
        return replace(
            session,
            refresh_generation=session.refresh_generation + 1,
            refreshed_at=at,
            last_seen_at=max(at, session.last_seen_at),
            expires_at=expires_at,
        )

    def _store(self, session: Session) -> None:
        self._database.committed.sessions[session.handle] = session

    def _shown(self, session: Session, *, before: Session) -> Session:
        return session

    async def _travel(self) -> None:
        """What is between reading and writing."""

    async def advance(self, token: RefreshToken, terms: RefreshTerms) -> Refresh | None:
        session = self._session(token)
        if session is None:
            return None
        user = self._database.committed.accounts[session.user_id].user
        if not (
            self._is_current(session, token.generation)
            and self._is_live(session, at=terms.at, seen_after=terms.seen_after)
            and self._is_let_in(user, at=terms.at, verified_email_required=terms.verified_email_required)
        ):
            return Refresh(has_advanced=False, login=Login(user, self._shown(session, before=session)))
        await self._travel()
        expires_at = self._expiry(session, at=terms.at, sliding=terms.sliding, absolute=terms.absolute)
        advanced = self._advanced(session, at=terms.at, expires_at=expires_at)
        self._store(advanced)
        return Refresh(has_advanced=True, login=Login(user, self._shown(advanced, before=session)))


# --- What becomes of the session ------------------------------------------------------------------------------------


class AdvancesForNobody(_Advances):
    def _is_current(self, session: Session, generation: int) -> bool:
        return False


class ForgetsWhenItRefreshed(_Advances):
    def _advanced(self, session: Session, *, at: datetime, expires_at: datetime) -> Session:
        return replace(super()._advanced(session, at=at, expires_at=expires_at), refreshed_at=session.refreshed_at)


class SeesNobody(_Advances):
    def _advanced(self, session: Session, *, at: datetime, expires_at: datetime) -> Session:
        return replace(super()._advanced(session, at=at, expires_at=expires_at), last_seen_at=session.last_seen_at)


class SeesEarlier(_Advances):
    def _advanced(self, session: Session, *, at: datetime, expires_at: datetime) -> Session:
        return replace(super()._advanced(session, at=at, expires_at=expires_at), last_seen_at=at)


class CountsToOne(_Advances):
    def _advanced(self, session: Session, *, at: datetime, expires_at: datetime) -> Session:
        return replace(super()._advanced(session, at=at, expires_at=expires_at), refresh_generation=1)


class StoresNothing(_Advances):
    def _store(self, session: Session) -> None:
        pass


class ShowsTheSessionAsItWasBefore(_Advances):
    def _shown(self, session: Session, *, before: Session) -> Session:
        return before


class AnswersForAnySession(_Advances):
    def _session(self, token: RefreshToken) -> Session | None:
        return super()._session(token) or next(iter(self._database.committed.sessions.values()))


class AdvancesAllSessionsOfAUser(_Advances):
    def _store(self, session: Session) -> None:
        for other in list(self._database.committed.sessions.values()):
            if other.user_id == session.user_id:
                super()._store(replace(session, id=other.id, handle=other.handle))


class AdvancesAllSessions(_Advances):
    def _store(self, session: Session) -> None:
        for other in list(self._database.committed.sessions.values()):
            super()._store(replace(session, id=other.id, handle=other.handle, user_id=other.user_id))


# --- How long it lives ----------------------------------------------------------------------------------------------


class NeverLengthens(_Advances):
    def _expiry(self, session: Session, *, at: datetime, sliding: timedelta, absolute: timedelta) -> datetime:
        return session.expires_at


class SlidesFromTheStart(_Advances):
    def _expiry(self, session: Session, *, at: datetime, sliding: timedelta, absolute: timedelta) -> datetime:
        return super()._expiry(session, at=session.started_at, sliding=sliding, absolute=absolute)


class LivesForEver(_Advances):
    def _expiry(self, session: Session, *, at: datetime, sliding: timedelta, absolute: timedelta) -> datetime:
        return max(session.expires_at, at + sliding)


class Shortens(_Advances):
    def _expiry(self, session: Session, *, at: datetime, sliding: timedelta, absolute: timedelta) -> datetime:
        return min(at + sliding, session.started_at + absolute)


class CountsDaysByTheCalendar(_Advances):
    """As PostgreSQL does with days, in the time zone of whoever set the database up."""

    def _expiry(self, session: Session, *, at: datetime, sliding: timedelta, absolute: timedelta) -> datetime:
        ends = (_by_the_calendar(at, sliding), _by_the_calendar(session.started_at, absolute))
        return max(session.expires_at, *ends) if absolute < sliding else max(session.expires_at, min(ends))


def _by_the_calendar(start: datetime, lifetime: timedelta) -> datetime:
    wall_clock = start + _summer_time(start) + lifetime
    return wall_clock - _summer_time(wall_clock)


def _summer_time(moment: datetime) -> timedelta:
    return timedelta(hours=1 if 4 <= moment.month < 11 else 0)


# --- Who is kept out ------------------------------------------------------------------------------------------------


class IgnoresBlocks(_Advances):
    def _is_let_in(self, user: User, *, at: datetime, verified_email_required: bool) -> bool:
        user = replace(user, block=None)
        return super()._is_let_in(user, at=at, verified_email_required=verified_email_required)


class IgnoresSuspensions(_Advances):
    def _is_let_in(self, user: User, *, at: datetime, verified_email_required: bool) -> bool:
        user = replace(user, suspension=None)
        return super()._is_let_in(user, at=at, verified_email_required=verified_email_required)


class SuspensionsNeverEnd(_Advances):
    def _is_let_in(self, user: User, *, at: datetime, verified_email_required: bool) -> bool:
        let_in = super()._is_let_in(user, at=at, verified_email_required=verified_email_required)
        return let_in and user.suspension is None


class SuspensionsNeedAnEnd(_Advances):
    """`until <= at` in a `not`, and null is neither."""

    def _is_let_in(self, user: User, *, at: datetime, verified_email_required: bool) -> bool:
        if user.suspension is not None and user.suspension.until is None:
            user = replace(user, suspension=None)
        return super()._is_let_in(user, at=at, verified_email_required=verified_email_required)


class SuspensionsHoldAnInstantTooLong(_Advances):
    def _is_let_in(self, user: User, *, at: datetime, verified_email_required: bool) -> bool:
        let_in = super()._is_let_in(user, at=at, verified_email_required=verified_email_required)
        return let_in and (user.suspension is None or user.suspension.until != at)


class IgnoresRequiredResets(_Advances):
    def _is_let_in(self, user: User, *, at: datetime, verified_email_required: bool) -> bool:
        user = replace(user, password_reset_required_at=None)
        return super()._is_let_in(user, at=at, verified_email_required=verified_email_required)


class NeverAsksForVerification(_Advances):
    def _is_let_in(self, user: User, *, at: datetime, verified_email_required: bool) -> bool:
        return super()._is_let_in(user, at=at, verified_email_required=False)


class AlwaysAsksForVerification(_Advances):
    def _is_let_in(self, user: User, *, at: datetime, verified_email_required: bool) -> bool:
        return super()._is_let_in(user, at=at, verified_email_required=True)


class _SpendsForNothing(InMemorySessionRefreshes):
    """Says rightly that the session has not advanced, and changes it all the same."""

    def _change(self, session: Session, at: datetime) -> Session:
        raise NotImplementedError

    async def advance(self, token: RefreshToken, terms: RefreshTerms) -> Refresh | None:
        refresh = await super().advance(token, terms)
        if refresh is None or refresh.has_advanced:
            return refresh
        changed = self._change(refresh.login.session, terms.at)
        self._database.committed.sessions[token.session] = changed
        return replace(refresh, login=replace(refresh.login, session=changed))


class SpendsTokensOfWhoIsKeptOut(_SpendsForNothing):
    def _change(self, session: Session, at: datetime) -> Session:
        return replace(session, refresh_generation=session.refresh_generation + 1)


class SeesWhoIsKeptOut(_SpendsForNothing):
    def _change(self, session: Session, at: datetime) -> Session:
        return replace(session, last_seen_at=at)


# --- Which token, which session -------------------------------------------------------------------------------------


class AdvancesByAnyToken(_Advances):
    def _is_current(self, session: Session, generation: int) -> bool:
        return True


class AdvancesByTheTokenBefore(_Advances):
    def _is_current(self, session: Session, generation: int) -> bool:
        return session.refresh_generation - generation in {0, 1}


class AdvancesByTokensToCome(_Advances):
    def _is_current(self, session: Session, generation: int) -> bool:
        return session.refresh_generation <= generation


class RevivesEndedSessions(_Advances):
    def _is_live(self, session: Session, *, at: datetime, seen_after: datetime | None) -> bool:
        return super()._is_live(replace(session, ended_at=None), at=at, seen_after=seen_after)


class RevivesSessionsBeforeTheirEnd(_Advances):
    """Looks at when it was ended, which may be later than the moment by a clock that is behind."""

    def _is_live(self, session: Session, *, at: datetime, seen_after: datetime | None) -> bool:
        if session.ended_at is not None and at < session.ended_at:
            session = replace(session, ended_at=None)
        return super()._is_live(session, at=at, seen_after=seen_after)


class RevivesExpiredSessions(_Advances):
    def _is_live(self, session: Session, *, at: datetime, seen_after: datetime | None) -> bool:
        return super()._is_live(replace(session, expires_at=at + MOMENT), at=at, seen_after=seen_after)


class SessionsLiveAnInstantTooLong(_Advances):
    def _is_live(self, session: Session, *, at: datetime, seen_after: datetime | None) -> bool:
        return super()._is_live(replace(session, expires_at=session.expires_at + MOMENT), at=at, seen_after=seen_after)


class KnowsNoIdleness(_Advances):
    def _is_live(self, session: Session, *, at: datetime, seen_after: datetime | None) -> bool:
        return super()._is_live(session, at=at, seen_after=None)


class SessionsLieIdleAnInstantTooLong(_Advances):
    def _is_live(self, session: Session, *, at: datetime, seen_after: datetime | None) -> bool:
        return super()._is_live(session, at=at, seen_after=seen_after and seen_after - MOMENT)


# --- At the same instant --------------------------------------------------------------------------------------------


class LooksBeforeItLeaps(_Advances):
    """And writes the whole session over whatever has become of it meanwhile."""

    async def _travel(self) -> None:
        await asyncio.sleep(0)


class RemembersWhatItShowed(_Advances):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: dict[tuple[str, int], Session] = {}

    def _shown(self, session: Session, *, before: Session) -> Session:
        if session is before:
            return self._remembered.get((session.handle, session.refresh_generation - 1), session)
        self._remembered[session.handle, before.refresh_generation] = before
        return session


class AdvancesTheLastThatWasAskedFor(_Advances):
    """Gathers callers to make one round trip of them, and mixes them up."""

    _asked: RefreshToken | None = None

    async def advance(self, token: RefreshToken, terms: RefreshTerms) -> Refresh | None:
        self._asked = token
        await asyncio.sleep(0)
        return await super().advance(self._asked, terms)
