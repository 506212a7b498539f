"""The part of the contract of `SessionRepository` that is about how many sessions a user may have."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from user_domain.entities.session import EndReason
from user_domain.ports.session_repository import SessionHolder
from user_domain.ports.user_repository import Account
from user_domain.testing.builders import NOW, a_new_session
from user_domain.testing.contracts.store import HASH, together
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import NewSession
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import SessionId

MOMENT = timedelta(microseconds=1)
LATER = NOW + timedelta(hours=1)


async def _holder(
    store: Store, user_id: UserId, *, keep: int = 0, seen_after: datetime | None = None
) -> SessionHolder | None:
    async with store.unit_of_work() as work:
        return await work.sessions.lock_holder(user_id, keep=keep, at=LATER, seen_after=seen_after)


async def _evict_oldest(
    work: UnitOfWork, user_id: UserId, *, keep: int, seen_after: datetime | None = None
) -> tuple[SessionId, ...]:
    """End all live sessions but the newest; which that were."""
    holder = await work.sessions.lock_holder(user_id, keep=keep, at=LATER, seen_after=seen_after)
    assert holder is not None
    await asyncio.sleep(0)
    await work.sessions.evict(holder.surplus, at=LATER, reason=EndReason.EVICTED)
    return holder.surplus


async def _evict(
    store: Store, user_id: UserId, *, keep: int, seen_after: datetime | None = None
) -> tuple[SessionId, ...]:
    async with store.unit_of_work() as work:
        evicted = await _evict_oldest(work, user_id, keep=keep, seen_after=seen_after)
        await work.commit()
    return evicted


async def _log_in(store: Store, user_id: UserId, *, keep: int, **facts: Any) -> int:
    """Start a session and end the oldest for it; how many that were."""
    async with store.unit_of_work() as work:
        evicted = await _evict_oldest(work, user_id, keep=keep)
        await work.sessions.add(a_new_session(user_id, started_at=LATER, **facts))
        await work.commit()
    return len(evicted)


async def _one_after_the_other(store: Store, user_id: UserId, number: int) -> list[NewSession]:
    """Sessions that started one minute after the other, the oldest first, stored in another order."""
    sessions = [a_new_session(user_id, started_at=NOW + timedelta(minutes=minute)) for minute in range(number)]
    await store.with_sessions(*sessions[1::2], *sessions[::2])
    return sessions


async def _live(store: Store, user_id: UserId) -> int:
    return len(await store.sessions.live_of_user(user_id, at=LATER, seen_after=None, limit=1000))


class SessionLimit:
    """These tests belong to `SessionRepositoryContract`, which inherits them."""

    # --- The holder ---------------------------------------------------------------------------------------------

    async def test_a_holder_is_the_account_and_those_of_its_live_sessions_that_are_too_many(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        await store.with_session(other)
        for number in range(3):
            holder = await _holder(store, user.id)
            assert holder is not None
            assert (holder.account.user, holder.account.password_hash) == (user, HASH)
            assert len(holder.surplus) == number
            await store.with_session(user)

    async def test_who_is_no_user_holds_nothing(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_session(user)
        assert await _holder(store, UserId(user.id + 1)) is None

    async def test_sessions_that_are_over_are_not_held(self, store: Store) -> None:
        user = await store.with_user()
        ended = await store.with_session(user)
        await store.end_session(ended.handle, at=NOW)
        await store.with_session(user, expires_at=LATER)
        assert await _holder(store, user.id) == SessionHolder(Account(user, HASH), ())
        live = (await store.login((await store.with_session(user, expires_at=LATER + MOMENT)).handle)).session
        assert await _holder(store, user.id) == SessionHolder(Account(user, HASH), (live.id,))

    async def test_sessions_that_were_not_seen_since_are_not_held(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_session(user)  # seen NOW
        seen_after = [NOW - MOMENT, NOW, NOW + MOMENT, None]
        holders = [await _holder(store, user.id, seen_after=moment) for moment in seen_after]
        assert [holder and len(holder.surplus) for holder in holders] == [1, 0, 0, 1]

    async def test_what_was_done_before_in_the_same_unit_of_work_counts(self, store: Store) -> None:
        user = await store.with_user()
        old = await store.with_session(user)
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            for new in (a_new_session(user.id), a_new_session(user.id)):
                await work.sessions.add(new)
            assert await work.sessions.end(old.handle, at=NOW, reason=EndReason.LOGOUT)
            holder = await work.sessions.lock_holder(user.id, keep=0, at=LATER, seen_after=None)
        assert holder is not None
        assert len(holder.surplus) == 2

    async def test_a_holder_is_locked_like_any_user_and_can_be_saved(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            await work.sessions.lock_holder(user.id, keep=0, at=LATER, seen_after=None)
            await work.users.save(user.logged_in(LATER))
            await work.commit()
        assert await store.users.by_id(user.id) == user.logged_in(LATER)

    async def test_no_session_starts_beside_a_holder_that_is_locked(self, store: Store) -> None:
        user = await store.with_user()
        is_locked = asyncio.Event()

        async def hold() -> int:
            async with store.unit_of_work() as work:
                await work.sessions.lock_holder(user.id, keep=0, at=LATER, seen_after=None)
                is_locked.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
                return await _live(store, user.id)

        async def log_in() -> int:
            await is_locked.wait()
            return await _log_in(store, user.id, keep=5)

        assert await together(hold(), log_in()) == [0, 0]
        assert await _live(store, user.id) == 1

    async def test_a_session_that_starts_before_the_lock_is_had_counts(self, store: Store) -> None:
        user = await store.with_user()
        has_started = asyncio.Event()

        async def log_in() -> None:
            async with store.unit_of_work() as work:
                await work.users.lock(user.id)
                await work.sessions.add(a_new_session(user.id))
                await work.users.save(user.logged_in(LATER))
                has_started.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
                await work.commit()

        async def hold() -> SessionHolder | None:
            await has_started.wait()
            return await _holder(store, user.id)

        _, holder = await together(log_in(), hold())
        assert holder is not None
        assert (holder.account, len(holder.surplus)) == (Account(user.logged_in(LATER), HASH), 1)

    async def test_of_many_who_log_in_at_once_each_sees_those_before(self, store: Store) -> None:
        user = await store.with_user()
        assert sorted(await together(*(_log_in(store, user.id, keep=3) for _ in range(8)))) == [0] * 4 + [1] * 4
        assert await _live(store, user.id) == 4

    # --- The oldest ---------------------------------------------------------------------------------------------

    async def test_the_oldest_sessions_end_and_say_why(self, store: Store) -> None:
        user = await store.with_user()
        *oldest, fourth, fifth = await _one_after_the_other(store, user.id, 5)
        before = [(await store.login(session.handle)).session for session in (fourth, fifth)]
        evicted = await _evict(store, user.id, keep=2)
        ends = [(await store.login(session.handle)).session for session in oldest]
        assert evicted == tuple(end.id for end in ends)
        assert [(end.ended_at, end.end_reason) for end in ends] == [(LATER, EndReason.EVICTED)] * 3
        assert [(await store.login(session.handle)).session for session in (fourth, fifth)] == before

    async def test_nobody_else_ends_a_session_that_has_to_go(self, store: Store) -> None:
        user = await store.with_user()
        session = await store.with_session(user)
        is_locked = asyncio.Event()

        async def evict() -> int:
            async with store.unit_of_work() as work:
                holder = await work.sessions.lock_holder(user.id, keep=0, at=LATER, seen_after=None)
                assert holder is not None
                is_locked.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
                await work.sessions.evict(holder.surplus, at=LATER, reason=EndReason.EVICTED)
                await work.commit()
            return len(holder.surplus)

        async def log_out() -> int:
            await is_locked.wait()
            return await store.end_session(session.handle, at=LATER)

        assert await together(evict(), log_out()) == [1, False]
        assert ((await store.login(session.handle)).session).end_reason is EndReason.EVICTED

    async def test_who_is_ended_by_somebody_else_first_has_not_to_go(self, store: Store) -> None:
        user = await store.with_user()
        session = await store.with_session(user)
        has_ended = asyncio.Event()

        async def log_out() -> int:
            async with store.unit_of_work() as work:
                ended = await work.sessions.end(session.handle, at=LATER, reason=EndReason.LOGOUT)
                has_ended.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
                await work.commit()
            return ended

        async def evict() -> int:
            await has_ended.wait()
            return len(await _evict(store, user.id, keep=0))

        assert await together(log_out(), evict()) == [True, 0]
        assert ((await store.login(session.handle)).session).end_reason is EndReason.LOGOUT

    async def test_where_there_are_no_more_than_are_kept_none_ends(self, store: Store) -> None:
        user = await store.with_user()
        await _evict(store, user.id, keep=0)
        await _one_after_the_other(store, user.id, 3)
        for keep in (3, 4, 5, 6, 100):
            await _evict(store, user.id, keep=keep)
            assert await _live(store, user.id) == 3

    async def test_all_of_them_end_where_none_is_kept(self, store: Store) -> None:
        user = await store.with_user()
        await _one_after_the_other(store, user.id, 3)
        await _evict(store, user.id, keep=0)
        assert await _live(store, user.id) == 0

    async def test_of_sessions_that_started_at_the_same_moment_as_many_are_kept(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_sessions(*(a_new_session(user.id) for _ in range(5)))
        await _evict(store, user.id, keep=2)
        assert await _live(store, user.id) == 2

    async def test_sessions_of_others_take_no_place_and_are_not_evicted(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        await _one_after_the_other(store, other.id, 3)
        await _one_after_the_other(store, user.id, 3)
        await _evict(store, user.id, keep=1)
        assert (await _live(store, user.id), await _live(store, other.id)) == (1, 3)

    async def test_sessions_that_are_over_take_no_place_and_keep_their_reason(self, store: Store) -> None:
        user = await store.with_user()
        live = await store.with_session(user)
        ended = await store.with_session(user, started_at=NOW + timedelta(minutes=1))
        await store.end_session(ended.handle, at=NOW + timedelta(minutes=2))
        expired = await store.with_session(user, started_at=NOW + timedelta(minutes=1), expires_at=LATER)
        before = [(await store.login(session.handle)).session for session in (live, ended, expired)]
        await _evict(store, user.id, keep=1)
        assert [(await store.login(session.handle)).session for session in (live, ended, expired)] == before
        await _evict(store, user.id, keep=0)
        assert [(await store.login(session.handle)).session for session in (ended, expired)] == before[1:]
        assert await _live(store, user.id) == 0

    async def test_sessions_that_were_not_seen_since_take_no_place(self, store: Store) -> None:
        user = await store.with_user()
        oldest, *others = await _one_after_the_other(store, user.id, 3)
        activity = store.activity()
        activity.note(oldest.handle, at=LATER)
        await activity.write_down()
        await _evict(store, user.id, keep=1, seen_after=others[-1].started_at)
        assert await _live(store, user.id) == 3
        await _evict(store, user.id, keep=1, seen_after=others[-1].started_at - MOMENT)
        ends = [((await store.login(session.handle)).session).end_reason for session in (oldest, *others)]
        assert ends == [EndReason.EVICTED, None, None]

    async def test_a_session_that_starts_in_the_same_unit_of_work_is_the_newest(self, store: Store) -> None:
        user = await store.with_user()
        first, second = await _one_after_the_other(store, user.id, 2)
        new = a_new_session(user.id, started_at=LATER)
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.sessions.add(new)
            await _evict_oldest(work, user.id, keep=2)
            await work.commit()
        ends = [((await store.login(session.handle)).session).end_reason for session in (first, second, new)]
        assert ends == [EndReason.EVICTED, None, None]

    async def test_of_many_who_log_in_at_once_no_more_are_kept_than_are_allowed(self, store: Store) -> None:
        user = await store.with_user()
        await _one_after_the_other(store, user.id, 5)
        assert await together(*(_log_in(store, user.id, keep=4) for _ in range(8))) == [1] * 8
        assert await _live(store, user.id) == 5
        newest = await store.sessions.live_of_user(user.id, at=LATER, seen_after=None, limit=10)
        assert {session.started_at for session in newest} == {LATER}

    async def test_what_was_evicted_in_a_unit_of_work_that_was_left_lives_on(self, store: Store) -> None:
        user = await store.with_user()
        await _one_after_the_other(store, user.id, 3)
        async with store.unit_of_work() as work:
            await _evict_oldest(work, user.id, keep=0)
        assert await _live(store, user.id) == 3
