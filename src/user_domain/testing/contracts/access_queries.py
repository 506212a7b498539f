"""The contract of `AccessQueries`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.ports.access_queries import AccessRecord, LoginAttempt, LoginOutcome
from user_domain.testing.builders import NOW, a_block, a_suspension, an_audit_entry
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.entities.user import User
    from user_domain.testing.contracts.store import Store

MOMENT = timedelta(microseconds=1)
LATER = NOW + timedelta(hours=1)
OUTCOMES = {
    AuditAction.SESSION_LOGIN_SUCCESS: LoginOutcome.SUCCESS,
    AuditAction.SESSION_LOGIN_FAILURE: LoginOutcome.FAILURE,
    AuditAction.SESSION_LOGIN_DENIED: LoginOutcome.DENIED,
}


async def _record(store: Store, user: User, **other: Any) -> AccessRecord:
    asked = {"at": NOW, "seen_after": None, "attempts": 20, **other}
    record = await store.access.record_of(user.id, **asked)
    assert record is not None
    return record


async def _written(store: Store, *entries: AuditEntry) -> None:
    async with store.unit_of_work() as work:
        for entry in entries:
            await work.audit.append(entry)
        await work.commit()


def _failure(user: User, at: datetime = NOW, number: int = 0) -> AuditEntry:
    return an_audit_entry(at=at, target_id=user.id, client=ClientInfo(request_id=f"r-{number}"))


async def _numbers(store: Store, user: User, attempts: int = 20) -> list[str | None]:
    """The attempts, by the requests they came with."""
    return [attempt.client.request_id for attempt in (await _record(store, user, attempts=attempts)).attempts]


class AccessQueriesContract(Contract):
    """Needs a fixture `store`."""

    async def test_of_a_user_who_is_not_there_there_is_no_record(self, store: Store) -> None:
        await store.with_user()
        await _written(store, an_audit_entry(target_id=UserId(2**31 - 1)))
        assert await store.access.record_of(UserId(2**31 - 1), at=NOW, seen_after=None, attempts=1) is None

    async def test_a_record_begins_with_the_user_and_nothing_else(self, store: Store) -> None:
        await store.with_user()
        user = await store.with_user()
        assert await _record(store, user) == AccessRecord(user=user, live_sessions=0, attempts=())

    async def test_the_user_comes_with_every_fact_that_counts(self, store: Store) -> None:
        user = await store.with_facts(
            await store.with_user(),
            block=a_block(),
            suspension=a_suspension(),
            password_reset_required_at=NOW,
            email_verified_at=NOW,
        )
        assert (await _record(store, user)).user == user

    # --- Sessions ---------------------------------------------------------------------------------------------------

    async def test_sessions_that_live_are_counted_and_nobody_elses(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        for owner in (user, other, user):
            await store.with_session(owner)
        ended = await store.with_session(user)
        async with store.unit_of_work() as work:
            await work.sessions.end(ended.handle, at=NOW, reason=EndReason.LOGOUT)
            await work.commit()
        assert (await _record(store, user)).live_sessions == 2

    async def test_one_is_live_up_to_its_end(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_session(user, expires_at=LATER)
        assert (await _record(store, user, at=LATER - MOMENT)).live_sessions == 1
        assert (await _record(store, user, at=LATER)).live_sessions == 0

    async def test_one_that_was_not_seen_since_does_not_count(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_session(user)
        assert (await _record(store, user, seen_after=NOW - MOMENT)).live_sessions == 1
        assert (await _record(store, user, seen_after=NOW)).live_sessions == 0

    # --- Attempts ---------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("action", OUTCOMES)
    async def test_an_attempt_comes_with_what_came_of_it_and_from_where(
        self, store: Store, action: AuditAction
    ) -> None:
        user = await store.with_user()
        client = ClientInfo(ip_address="2001:db8::1", user_agent='<"Agent">', request_id="r-1")
        reason = None if action is AuditAction.SESSION_LOGIN_SUCCESS else "a_code"
        entry = an_audit_entry(action=action, at=LATER, target_id=user.id, client=client, reason=reason)
        await _written(store, entry)
        attempt = LoginAttempt(at=LATER, outcome=OUTCOMES[action], client=client, reason=reason)
        assert (await _record(store, user)).attempts == (attempt,)

    async def test_nothing_else_that_happened_is_an_attempt(self, store: Store) -> None:
        user = await store.with_user()
        others = [action for action in AuditAction if action not in OUTCOMES]
        await _written(store, *(an_audit_entry(action=action, target_id=user.id) for action in others))
        assert (await _record(store, user)).attempts == ()

    async def test_attempts_at_other_accounts_and_at_none_are_not_among_them(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        await _written(
            store,
            an_audit_entry(target_id=other.id, actor_id=user.id),
            an_audit_entry(target_id=None, actor_id=user.id),
            _failure(user, number=7),
        )
        assert await _numbers(store, user) == ["r-7"]

    async def test_the_newest_attempts_come_first_however_many_months_they_are_apart(self, store: Store) -> None:
        user = await store.with_user()
        days = (0, -400, 31, 4000, -1, 62, 1)
        await _written(store, *(_failure(user, NOW + timedelta(days=day), number) for number, day in enumerate(days)))
        newest_first = sorted(range(len(days)), key=lambda number: days[number], reverse=True)
        expected = [f"r-{number}" for number in newest_first]
        assert await _numbers(store, user) == expected
        for attempts in (1, 3, 6, 7):
            assert await _numbers(store, user, attempts) == expected[:attempts]

    async def test_of_one_moment_what_was_written_last_comes_first(self, store: Store) -> None:
        user = await store.with_user()
        await _written(store, *(_failure(user, number=number) for number in range(5)))
        assert await _numbers(store, user, 3) == ["r-4", "r-3", "r-2"]

    async def test_what_was_committed_before_the_question_is_in_the_answer(self, store: Store) -> None:
        user = await store.with_user()
        assert await _numbers(store, user) == []
        await _written(store, _failure(user, number=1))
        assert await _numbers(store, user) == ["r-1"]

    async def test_what_is_not_committed_is_not_told_and_keeps_no_reader_waiting(self, store: Store) -> None:
        user = await store.with_user()
        await _written(store, _failure(user, number=1))
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.audit.append(_failure(user, number=2))
            assert await _numbers(store, user) == ["r-1"]
