"""The contract of `SessionActivity`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from user_domain.entities.session import EndReason
from user_domain.ports.session_refreshes import RefreshTerms
from user_domain.testing.builders import NOW, a_handle, a_new_session
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together
from user_domain.value_objects.refresh_token import RefreshToken

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime

    from user_domain.entities.session import NewSession
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import SessionHandle

MOMENT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(hours=1)


async def _note(store: Store, session: NewSession, *moments: datetime) -> None:
    """Write down what a process has noted that did nothing else."""
    activity = store.activity()
    for at in moments:
        activity.note(session.handle, at=at)
    await activity.write_down()


async def _seen(store: Store, handle: SessionHandle) -> datetime:
    return (await store.login(handle)).session.last_seen_at


class SessionActivityContract(Contract):
    """Needs a fixture `store`."""

    async def test_what_was_noted_is_written_down_and_nothing_else_changes(self, store: Store) -> None:
        user = await store.with_user()
        used, other = await store.with_session(user), await store.with_session(user)
        before = [await store.login(session.handle) for session in (used, other)]
        await _note(store, used, LATER)
        after = [await store.login(session.handle) for session in (used, other)]
        assert after == [replace(before[0], session=replace(before[0].session, last_seen_at=LATER)), before[1]]

    async def test_what_is_noted_has_not_been_written_yet(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        store.activity().note(session.handle, at=LATER)
        assert await _seen(store, session.handle) == NOW

    async def test_of_all_that_was_noted_the_latest_counts(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        await _note(store, session, LATER - MINUTE, LATER + MINUTE, LATER, NOW)
        assert await _seen(store, session.handle) == LATER + MINUTE

    async def test_a_session_is_written_once_a_minute(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        await _note(store, session, NOW + MINUTE - MOMENT)
        assert await _seen(store, session.handle) == NOW
        await _note(store, session, NOW + MINUTE)
        assert await _seen(store, session.handle) == NOW + MINUTE

    async def test_once_a_minute_however_many_processes_note_it(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        one, other = store.activity(), store.activity()
        one.note(session.handle, at=NOW + MINUTE)
        other.note(session.handle, at=NOW + 1.5 * MINUTE)
        await one.write_down()
        await other.write_down()
        assert await _seen(store, session.handle) == NOW + MINUTE
        await _note(store, session, NOW + 2 * MINUTE)
        assert await _seen(store, session.handle) == NOW + 2 * MINUTE

    async def test_of_many_at_the_same_instant_one_writes(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [a_new_session(user.id) for _ in range(20)]
        await store.with_sessions(*sessions)
        moments = [LATER + timedelta(seconds=number) for number in range(8)]

        async def use_all_of_them(at: datetime) -> None:
            activity = store.activity()
            for session in sessions if at.second % 2 else reversed(sessions):
                activity.note(session.handle, at=at)
            await activity.write_down()

        await together(*(use_all_of_them(at) for at in moments))
        for session in sessions:
            # Whoever finds a session being changed may leave it for the next time.
            assert await _seen(store, session.handle) in {NOW, *moments}
        await together(use_all_of_them(LATER + 2 * MINUTE))
        assert {await _seen(store, session.handle) for session in sessions} == {LATER + 2 * MINUTE}

    async def test_a_session_was_never_seen_earlier_than_before(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        await _note(store, session, LATER)
        for earlier in (LATER - MOMENT, LATER - MINUTE, LATER - 10 * MINUTE, NOW, NOW - MINUTE):
            await _note(store, session, earlier)
        assert await _seen(store, session.handle) == LATER

    async def test_a_refresh_at_the_same_instant_loses_nothing(self, store: Store) -> None:
        user = await store.with_user()
        for number in range(10):
            session = await store.with_session(user)
            advance = store.refreshes.advance(
                RefreshToken(session.handle, 0),
                RefreshTerms(
                    at=LATER,
                    sliding=timedelta(days=60),
                    absolute=timedelta(days=90),
                    seen_after=None,
                    verified_email_required=False,
                ),
            )
            note = _note(store, session, LATER - MINUTE)
            both: list[Coroutine[Any, Any, object]] = [advance, note]
            await together(*both[:: 1 if number % 2 else -1])
            stored = (await store.login(session.handle)).session
            assert (stored.refresh_generation, stored.last_seen_at) == (1, LATER)
            assert stored.expires_at == LATER + timedelta(days=60)

    async def test_what_is_over_or_unknown_is_left_out(self, store: Store) -> None:
        user = await store.with_user()
        ended, expired = await store.with_session(user), await store.with_session(user, expires_at=LATER)
        about_to_expire = await store.with_session(user, expires_at=LATER + MOMENT)
        async with store.unit_of_work() as work:
            await work.sessions.end(ended.handle, at=LATER + MINUTE, reason=EndReason.LOGOUT)
            await work.commit()
        before = [await store.login(session.handle) for session in (ended, expired)]
        activity = store.activity()
        for handle in (a_handle(), ended.handle, expired.handle, about_to_expire.handle):
            activity.note(handle, at=LATER)
        await activity.write_down()
        assert [await store.login(session.handle) for session in (ended, expired)] == before
        assert await _seen(store, about_to_expire.handle) == LATER

    async def test_where_nothing_was_noted_nothing_happens(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        before = await store.login(session.handle)
        await _note(store, session)
        assert await store.login(session.handle) == before

    async def test_what_was_written_down_is_written_down_once(self, store: Store) -> None:
        activity = store.activity()
        early = a_new_session((await store.with_user()).id)
        activity.note(early.handle, at=LATER)
        await activity.write_down()  # there is no such session yet
        await store.with_sessions(early)
        await activity.write_down()
        assert await _seen(store, early.handle) == NOW

    async def test_what_is_noted_after_that_is_written_the_next_time(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        activity = store.activity()
        for at in (LATER, LATER + MINUTE, LATER + 5 * MINUTE):
            activity.note(session.handle, at=at)
            await activity.write_down()
            assert await _seen(store, session.handle) == at

    async def test_thousands_are_written_down_each_to_its_own_moment(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [a_new_session(user.id) for _ in range(2100)]
        await store.with_sessions(*sessions)
        moments = {session.handle: LATER + timedelta(seconds=number) for number, session in enumerate(sessions)}
        activity = store.activity()
        for handle, at in moments.items():
            activity.note(handle, at=at)
        await activity.write_down()
        stored = await store.sessions.live_of_user(user.id, at=LATER, seen_after=None, limit=len(sessions))
        assert {session.handle: session.last_seen_at for session in stored} == moments
