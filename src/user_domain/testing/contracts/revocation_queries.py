"""The contract of `RevocationQueries`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from user_domain.entities.session import EndReason
from user_domain.ports.revocation_queries import CutOffUser, EndedSession, Revocation, RevocationPosition
from user_domain.testing.builders import NOW, a_block, a_suspension
from user_domain.testing.contracts.contract import Contract

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.testing.contracts.store import Store

MOMENT = timedelta(microseconds=1)
LATER = NOW + timedelta(minutes=1)


async def _since(store: Store, moment: datetime, *, limit: int = 100) -> list[Revocation]:
    return await store.revocations.after(RevocationPosition(moment), limit=limit)


async def _ended(store: Store, at: datetime, user: User | None = None) -> EndedSession:
    """Commit a session that was ended at a moment."""
    session = await store.with_session(user or await store.with_user())
    assert await store.end_session(session.handle, at=at)
    return EndedSession(session.handle, at)


async def _user(store: Store, **facts: Any) -> User:
    """Commit a user of whom these facts hold."""
    user = await store.with_user()
    async with store.unit_of_work() as work:
        await work.users.lock(user.id)
        user = replace(user, **facts, version=user.version + 1)
        await work.users.save(user)
        await work.commit()
    return user


class RevocationQueriesContract(Contract):
    """Needs a fixture `store`."""

    async def test_an_ended_session_is_told_with_its_moment(self, store: Store) -> None:
        ended = await _ended(store, NOW)
        assert await _since(store, NOW - MOMENT) == [ended]

    async def test_live_and_expired_sessions_are_not_told_nor_users_who_may_come_in(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_session(user)
        await store.with_session(user, started_at=NOW - timedelta(days=60), expires_at=NOW - timedelta(days=30))
        assert await _since(store, NOW - timedelta(days=90)) == []

    async def test_each_way_to_cut_a_user_off_is_told(self, store: Store) -> None:
        told = [
            CutOffUser((await _user(store, **facts)).id, LATER)
            for facts in (
                {"block": a_block(at=LATER)},
                {"suspension": a_suspension(at=LATER, until=None)},
                {"password_reset_required_at": LATER},
            )
        ]
        assert await _since(store, NOW) == told

    async def test_of_several_facts_about_a_user_the_latest_counts(self, store: Store) -> None:
        facts = {"block": a_block(at=NOW), "password_reset_required_at": LATER, "suspension": a_suspension(at=NOW)}
        user = await _user(store, **facts)
        assert await _since(store, NOW) == [CutOffUser(user.id, LATER)]

    async def test_a_suspension_that_is_over_cut_off_all_the_same(self, store: Store) -> None:
        user = await _user(store, suspension=a_suspension(at=NOW, until=NOW + MOMENT))
        assert await _since(store, NOW) == [CutOffUser(user.id, NOW)]

    async def test_the_moment_asked_for_is_included_and_what_was_before_is_not(self, store: Store) -> None:
        await _ended(store, NOW - MOMENT)
        await _user(store, block=a_block(at=NOW - MOMENT))
        at_that_moment = await _ended(store, NOW)
        user = await _user(store, block=a_block(at=NOW))
        assert await _since(store, NOW) == [at_that_moment, CutOffUser(user.id, NOW)]

    async def test_they_come_in_order_of_time_then_sessions_then_users(self, store: Store) -> None:
        users = [await _user(store, block=a_block(at=at)) for at in (LATER, NOW, NOW)]
        ended = [await _ended(store, at) for at in (LATER, LATER, NOW, NOW, NOW - MOMENT)]
        everything: list[Revocation] = [
            *ended,
            *(CutOffUser(user.id, at) for user, at in zip(users, (LATER, NOW, NOW), strict=True)),
        ]
        assert await _since(store, NOW - MOMENT) == sorted(everything, key=lambda one: one.position)

    async def test_no_more_are_told_than_asked_for(self, store: Store) -> None:
        ended = [await _ended(store, NOW + number * MOMENT) for number in range(3)]
        user = await _user(store, block=a_block(at=NOW + MOMENT))
        assert await _since(store, NOW, limit=2) == ended[:2]
        assert await _since(store, NOW, limit=3) == [*ended[:2], CutOffUser(user.id, NOW + MOMENT)]

    async def test_pages_join_without_a_gap_also_within_one_moment(self, store: Store) -> None:
        for _ in range(4):
            await _ended(store, NOW)
            await _user(store, block=a_block(at=NOW))
        everything = await _since(store, NOW)
        assert len(everything) == 8
        for limit in (1, 3, 8):
            pages: list[Revocation] = []
            position = RevocationPosition(NOW)
            while page := await store.revocations.after(position, limit=limit):
                pages += page
                position = page[-1].position
            assert pages == everything

    async def test_what_was_committed_before_the_question_is_in_the_answer(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        assert await _since(store, NOW) == []
        assert await store.end_session(session.handle, at=NOW)
        assert await _since(store, NOW) == [EndedSession(session.handle, NOW)]

    async def test_what_is_not_committed_is_not_told_and_keeps_no_reader_waiting(self, store: Store) -> None:
        ended = await _ended(store, NOW)
        session = await store.with_session(await store.with_user())
        async with store.unit_of_work() as work:
            assert await work.sessions.end(session.handle, at=NOW, reason=EndReason.LOGOUT)
            assert await _since(store, NOW) == [ended]
