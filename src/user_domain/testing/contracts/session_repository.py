"""The contract of `SessionRepository`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from user_domain.entities.session import EndReason
from user_domain.testing.builders import NOW, a_handle
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.session_repository_limit import SessionLimit
from user_domain.testing.contracts.store import together

if TYPE_CHECKING:
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import UserId

MOMENT = timedelta(microseconds=1)
LATER = NOW + timedelta(hours=1)


async def _end_all(store: Store, user_id: UserId, **facts: Any) -> int:
    async with store.unit_of_work() as work:
        await work.users.lock(user_id)
        ended = await work.sessions.end_all(user_id, at=LATER, reason=EndReason.PASSWORD_CHANGE, **facts)
        await work.commit()
    return ended


class SessionRepositoryContract(SessionLimit, Contract):
    """Needs a fixture `store`."""

    async def test_a_session_is_stored_as_started(self, store: Store) -> None:
        user = await store.with_user()
        new = await store.with_session(user)
        session = (await store.login(new.handle)).session
        assert (session.handle, session.user_id) == (new.handle, user.id)
        assert (session.ip_address, session.user_agent) == (new.ip_address, new.user_agent)
        assert (session.started_at, session.expires_at) == (new.started_at, new.expires_at)
        assert (session.ended_at, session.end_reason) == (None, None)
        assert (session.last_seen_at, session.refreshed_at) == (new.started_at, new.started_at)
        assert session.refresh_generation == 0

    async def test_an_ended_session_says_when_and_why(self, store: Store) -> None:
        new = await store.with_session(await store.with_user())
        assert await store.end_session(new.handle, at=LATER)
        session = (await store.login(new.handle)).session
        assert (session.ended_at, session.end_reason) == (LATER, EndReason.LOGOUT)

    async def test_a_session_ends_once_however_many_end_it(self, store: Store) -> None:
        new = await store.with_session(await store.with_user())
        ended = await together(*(store.end_session(new.handle, at=LATER) for _ in range(8)))
        assert sorted(ended) == [False] * 7 + [True]
        assert not await store.end_session(new.handle, at=LATER + timedelta(hours=1))
        assert (await store.login(new.handle)).session.ended_at == LATER

    async def test_an_expired_session_has_ended_by_itself(self, store: Store) -> None:
        new = await store.with_session(await store.with_user())
        async with store.unit_of_work() as work:
            assert not await work.sessions.end(new.handle, at=new.expires_at, reason=EndReason.LOGOUT)

    async def test_a_session_nobody_has_does_not_end(self, store: Store) -> None:
        assert not await store.end_session(a_handle(), at=LATER)

    async def test_other_sessions_live_on(self, store: Store) -> None:
        user = await store.with_user()
        ended, other = await store.with_session(user), await store.with_session(user)
        await store.end_session(ended.handle, at=LATER)
        assert (await store.login(other.handle)).session.is_live(LATER)

    async def test_all_sessions_of_a_user_end_together_and_are_counted(self, store: Store) -> None:
        user = await store.with_user()
        handles = [(await store.with_session(user)).handle for _ in range(3)]
        assert await _end_all(store, user.id) == 3
        ends = [(await store.login(handle)).session for handle in handles]
        assert [(end.ended_at, end.end_reason) for end in ends] == [(LATER, EndReason.PASSWORD_CHANGE)] * 3

    async def test_where_there_is_no_session_none_ends(self, store: Store) -> None:
        assert await _end_all(store, (await store.with_user()).id) == 0

    async def test_the_session_to_keep_lives_on_when_all_others_end(self, store: Store) -> None:
        user = await store.with_user()
        kept, other = await store.with_session(user), await store.with_session(user)
        assert await _end_all(store, user.id, keep=kept.handle) == 1
        assert (await store.login(kept.handle)).session.is_live(LATER)
        assert not (await store.login(other.handle)).session.is_live(LATER)

    async def test_sessions_of_others_live_on_when_all_of_a_user_end(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        await store.with_session(user)
        foreign = await store.with_session(other)
        assert await _end_all(store, user.id) == 1
        assert (await store.login(foreign.handle)).session.is_live(LATER)

    async def test_what_ended_before_all_others_keeps_its_reason(self, store: Store) -> None:
        user = await store.with_user()
        ended = await store.with_session(user)
        await store.end_session(ended.handle, at=NOW)
        assert await _end_all(store, user.id) == 0
        session = (await store.login(ended.handle)).session
        assert (session.ended_at, session.end_reason) == (NOW, EndReason.LOGOUT)

    async def test_what_expired_is_not_ended_with_all_others(self, store: Store) -> None:
        user = await store.with_user()
        expired = await store.with_session(user, expires_at=LATER)
        assert await _end_all(store, user.id) == 0
        assert (await store.login(expired.handle)).session.ended_at is None

    async def test_what_was_not_seen_since_ends_with_all_others_and_is_not_counted(self, store: Store) -> None:
        user = await store.with_user()
        for seen_after, counted in [(NOW - MOMENT, 1), (NOW, 0), (NOW + MOMENT, 0), (None, 1)]:
            session = await store.with_session(user)  # seen NOW
            assert await _end_all(store, user.id, seen_after=seen_after) == counted
            assert (await store.login(session.handle)).session.ended_at == LATER

    async def test_a_session_ends_once_however_many_end_all(self, store: Store) -> None:
        user = await store.with_user()
        for _ in range(3):
            await store.with_session(user)
        assert sorted(await together(*(_end_all(store, user.id) for _ in range(5)))) == [0, 0, 0, 0, 3]
