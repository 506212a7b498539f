"""The contract of `SessionQueries`."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from user_domain.entities.session import EndReason, Session
from user_domain.testing.builders import NOW, a_handle, a_new_session
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together
from user_domain.value_objects.ids import SessionId

if TYPE_CHECKING:
    from user_domain.entities.session import NewSession
    from user_domain.entities.user import User
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import SessionHandle

MOMENT = timedelta(microseconds=1)
LATER = NOW + timedelta(hours=1)


async def _live(store: Store, user: User, **other: Any) -> list[Session]:
    asked = {"at": LATER, "seen_after": None, "limit": 100, **other}
    return await store.sessions.live_of_user(user.id, **asked)


def _handles(sessions: list[Session]) -> list[SessionHandle]:
    return [session.handle for session in sessions]


async def _one_after_the_other(store: Store, user: User, number: int) -> list[NewSession]:
    """Sessions, the newest first."""
    sessions = [a_new_session(user.id, started_at=NOW + timedelta(minutes=minute)) for minute in range(number)]
    await store.with_sessions(*sessions)
    return sessions[::-1]


class SessionQueriesContract(Contract):
    """Needs a fixture `store`."""

    async def test_finds_a_session_and_its_user(self, store: Store) -> None:
        await store.with_session(await store.with_user())
        user = await store.with_user()
        session = await store.with_session(user)
        login = await store.sessions.login_by_handle(session.handle)
        assert login is not None
        assert login.user == user
        assert login.session.handle == session.handle

    async def test_answers_none_where_there_is_no_such_session(self, store: Store) -> None:
        assert await store.sessions.login_by_handle(a_handle()) is None

    async def test_many_at_once_each_get_their_own(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [await store.with_session(user) for _ in range(5)]
        handles = [session.handle for session in sessions] + [a_handle()]
        logins = await together(*(store.sessions.login_by_handle(handle) for handle in handles * 4))
        found = [login.session.handle if login else None for login in logins]
        assert found == [*(session.handle for session in sessions), None] * 4

    async def test_what_was_committed_before_the_question_is_in_the_answer(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        before = await store.sessions.login_by_handle(session.handle)
        assert before is not None
        assert before.session.is_live(NOW)
        async with store.unit_of_work() as work:
            await work.sessions.end(session.handle, at=NOW, reason=EndReason.LOGOUT)
            await work.commit()
        login = await store.sessions.login_by_handle(session.handle)
        assert login is not None
        assert not login.session.is_live(NOW)

    async def test_an_ended_session_is_found_and_says_why(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        await store.end_session(session.handle, at=NOW)
        login = await store.sessions.login_by_handle(session.handle)
        assert login is not None
        assert (login.session.ended_at, login.session.end_reason) == (NOW, EndReason.LOGOUT)

    # --- Look-ups that are shared -------------------------------------------------------------------------------

    async def test_many_who_ask_for_the_same_session_at_once_all_get_it(self, store: Store) -> None:
        user = await store.with_user()
        session = await store.with_session(user)
        logins = await together(*(store.sessions.login_by_handle(session.handle) for _ in range(50)))
        assert logins == [await store.login(session.handle)] * 50

    async def test_while_others_ask_too_everybody_gets_what_was_committed_before(self, store: Store) -> None:
        user = await store.with_user()
        has_ended = asyncio.Event()

        async def keep_asking(handle: SessionHandle) -> None:
            while not has_ended.is_set():
                await store.sessions.login_by_handle(handle)
                await asyncio.sleep(0)

        async def end_and_ask(handle: SessionHandle) -> Session:
            try:
                await asyncio.sleep(0.005)  # the others have begun; right either way
                await store.end_session(handle, at=NOW)
                return (await store.login(handle)).session
            finally:
                has_ended.set()

        for _ in range(10):
            session = await store.with_session(user)
            has_ended.clear()
            ended, *_ = await together(end_and_ask(session.handle), *(keep_asking(session.handle) for _ in range(5)))
            assert ended is not None
            assert ended.end_reason is EndReason.LOGOUT

    async def test_a_caller_that_gives_up_leaves_the_others_alone(self, store: Store) -> None:
        user = await store.with_user()
        one, other = [await store.with_session(user) for _ in range(2)]
        expected = [await store.login(session.handle) for session in (one, other)]
        for turns in range(6):  # of the event loop: before anything was asked, on the way, or afterwards
            callers = [
                asyncio.ensure_future(store.sessions.login_by_handle(session.handle))
                for session in (one, other, one, other, one, other)
            ]
            for _ in range(turns):
                await asyncio.sleep(0)
            for caller in callers[:3]:
                caller.cancel()
            async with asyncio.timeout(5):
                answers = await asyncio.gather(*callers, return_exceptions=True)
            assert answers[3:] == [expected[1], expected[0], expected[1]]

    async def test_after_all_have_given_up_the_next_gets_an_answer(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        expected = await store.login(session.handle)
        for turns in range(6):
            callers = [asyncio.ensure_future(store.sessions.login_by_handle(session.handle)) for _ in range(5)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for caller in callers:
                caller.cancel()
            await asyncio.gather(*callers, return_exceptions=True)
            async with asyncio.timeout(5):
                answers = await asyncio.gather(store.login(session.handle), return_exceptions=True)
            assert [*answers] == [expected]

    # --- By number ----------------------------------------------------------------------------------------------

    async def test_a_session_has_a_number_by_which_it_is_found(self, store: Store) -> None:
        user = await store.with_user()
        new = [await store.with_session(user) for _ in range(3)]
        sessions = [(await store.login(session.handle)).session for session in new]
        assert len({session.id for session in sessions}) == 3
        assert [await store.sessions.by_id(session.id) for session in sessions] == sessions

    async def test_it_is_found_by_its_number_when_it_is_over(self, store: Store) -> None:
        user = await store.with_user()
        ended, expired = await store.with_session(user), await store.with_session(user, expires_at=NOW)
        await store.end_session(ended.handle, at=NOW)
        sessions = [(await store.login(session.handle)).session for session in (ended, expired)]
        assert [session.end_reason for session in sessions] == [EndReason.LOGOUT, None]
        assert [await store.sessions.by_id(session.id) for session in sessions] == sessions

    async def test_by_a_number_that_no_session_has_none_is_found(self, store: Store) -> None:
        session = (await store.login((await store.with_session(await store.with_user())).handle)).session
        for number in (session.id + 1, session.id - 1, -session.id, 0, 2**31, 2**63 - 1, 2**63, 10**30):
            assert await store.sessions.by_id(SessionId(number)) is None

    # --- Of a user ----------------------------------------------------------------------------------------------

    async def test_a_user_without_sessions_has_none(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_session(await store.with_user())
        assert await _live(store, user) == []

    async def test_sessions_come_as_they_are_stored_the_newest_first(self, store: Store) -> None:
        user = await store.with_user()
        sessions = await _one_after_the_other(store, user, 4)
        expected = [(await store.login(session.handle)).session for session in sessions]
        assert await _live(store, user) == expected

    async def test_sessions_of_others_are_not_among_them(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        for owner in (user, other, user, other):
            await store.with_session(owner)
        assert {session.user_id for session in await _live(store, user)} == {user.id}
        assert len(await _live(store, user)) == 2

    async def test_sessions_that_are_over_are_not_among_them(self, store: Store) -> None:
        user = await store.with_user()
        ended = await store.with_session(user)
        await store.end_session(ended.handle, at=NOW)
        await store.with_session(user, expires_at=LATER)
        live = await store.with_session(user, expires_at=LATER + MOMENT)
        assert _handles(await _live(store, user)) == [live.handle]

    async def test_sessions_that_were_not_seen_since_are_not_among_them(self, store: Store) -> None:
        user = await store.with_user()
        newer, older = await _one_after_the_other(store, user, 2)
        for seen_after, expected in [
            (None, [newer, older]),
            (older.started_at - MOMENT, [newer, older]),
            (older.started_at, [newer]),
            (newer.started_at - MOMENT, [newer]),
            (newer.started_at, []),
        ]:
            found = _handles(await _live(store, user, seen_after=seen_after))
            assert found == [session.handle for session in expected]

    async def test_a_page_of_sessions_has_no_more_than_was_asked_for(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [session.handle for session in await _one_after_the_other(store, user, 3)]
        for limit in (1, 2, 3, 4):
            assert _handles(await _live(store, user, limit=limit)) == sessions[:limit]

    async def test_the_next_page_of_sessions_begins_after_the_last_one(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [session.handle for session in await _one_after_the_other(store, user, 5)]
        found: list[SessionHandle] = []
        before = None
        for _ in range(3):
            page = await _live(store, user, limit=2, before=before)
            found += _handles(page)
            before = page[-1].id
        assert found == sessions
        assert await _live(store, user, limit=2, before=before) == []

    async def test_it_begins_there_too_when_that_session_is_over(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [session.handle for session in await _one_after_the_other(store, user, 4)]
        page = await _live(store, user, limit=2)
        await store.end_session(page[-1].handle, at=NOW)
        assert _handles(await _live(store, user, limit=2, before=page[-1].id)) == sessions[2:]

    async def test_a_page_is_full_also_where_sessions_in_between_are_over(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [session.handle for session in await _one_after_the_other(store, user, 5)]
        for handle in sessions[1:3]:
            await store.end_session(handle, at=NOW)
        assert _handles(await _live(store, user, limit=2)) == [sessions[0], sessions[3]]

    # --- All of a user's --------------------------------------------------------------------------------------------

    async def test_all_sessions_of_a_user_are_those_that_are_over_too(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        assert await store.sessions.of_user(user.id, limit=100) == []
        expired = await store.with_session(user, expires_at=NOW - timedelta(days=300))
        ended, live = await store.with_session(user), await store.with_session(user)
        await store.with_session(other)
        await store.end_session(ended.handle, at=LATER)
        found = await store.sessions.of_user(user.id, limit=100)
        assert found == [(await store.login(one.handle)).session for one in (live, ended, expired)]

    async def test_pages_of_all_sessions_join_without_a_gap(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [session.handle for session in await _one_after_the_other(store, user, 5)]
        await store.end_session(sessions[1], at=LATER)
        for limit in (1, 2, 5, 6):
            pages: list[SessionHandle] = []
            before = None
            while page := await store.sessions.of_user(user.id, limit=limit, before=before):
                pages += _handles(page)
                before = page[-1].id
                assert pages == sessions[: len(pages)]
                assert len(page) <= limit
            assert pages == sessions

    async def test_locks_keep_nobody_who_reads_sessions_waiting(self, store: Store) -> None:
        user = await store.with_user()
        session = await store.with_session(user)
        before = await store.login(session.handle)
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            assert await work.sessions.end(session.handle, at=NOW, reason=EndReason.LOGOUT)
            async with asyncio.timeout(5):
                assert await store.login(session.handle) == before
                assert await store.sessions.by_id(before.session.id) == before.session
                assert await _live(store, user) == [before.session]
                assert await store.sessions.of_user(user.id, limit=1) == [before.session]
            await work.commit()
        assert await _live(store, user) == []
        ended = await store.sessions.by_id(before.session.id)
        assert ended is not None
        assert ended.end_reason is EndReason.LOGOUT
