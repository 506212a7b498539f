"""The contract of `OldRecords`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from user_domain.entities.session import EndReason
from user_domain.testing.builders import NOW, a_mail, a_new_session, a_token, an_audit_entry
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime

    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.session import NewSession
    from user_domain.entities.user import User
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import MailId

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
THEN = NOW - 10 * DAY
"""The age at which things go in these tests."""


async def _ended(store: Store, user: User, at: datetime) -> NewSession:
    session = await store.with_session(user, started_at=at - DAY, expires_at=at + DAY)
    async with store.unit_of_work() as work:
        assert await work.sessions.end(session.handle, at=at, reason=EndReason.LOGOUT)
        await work.commit()
    return session


async def _lapsed(store: Store, user: User, *, expired_at: datetime, started_at: datetime | None = None) -> NewSession:
    return await store.with_session(user, started_at=started_at or expired_at - DAY, expires_at=expired_at)


async def _expired(store: Store, user: User, at: datetime, **facts: Any) -> OneTimeToken:
    return await store.with_token(a_token(user, issued_at=at - DAY, expires_at=at, **facts))


async def _dead(store: Store, at: datetime, **facts: Any) -> MailId:
    mail = await store.with_mail(a_mail(occurred_at=at - DAY, **facts))
    claimed = await store.mail_queue.claim(at=at, until=at + DAY)
    assert claimed is not None
    assert claimed.mail.id == mail.id
    await store.mail_queue.bury(claimed, at=at, error="no such mailbox")
    return mail.id


async def _paused(store: Store, name: str, until: datetime) -> None:
    async with store.unit_of_work() as work:
        assert await work.cool_downs.start(name, at=until - DAY, until=until) is None
        await work.commit()


async def _is_there(store: Store, *sessions: NewSession) -> list[bool]:
    return [await store.sessions.login_by_handle(session.handle) is not None for session in sessions]


async def _tokens_are_there(store: Store, *tokens: OneTimeToken) -> list[bool]:
    async with store.unit_of_work() as work:
        return [await work.tokens.lock(token.digest) is not None for token in tokens]


async def _unsent(store: Store) -> list[MailId]:
    return [unsent.mail.id for unsent in await store.mails.unsent(limit=100)]


def _everything_of(store: Store) -> dict[str, Callable[[int], Coroutine[Any, Any, int]]]:
    """Every kind, with what deletes so many of those that are older than THEN."""
    old = store.old_records
    return {
        "ended sessions": lambda limit: old.delete_ended_sessions(ended_by=THEN, limit=limit),
        "lapsed sessions": lambda limit: old.delete_lapsed_sessions(expired_by=THEN, started_by=THEN, limit=limit),
        "tokens": lambda limit: old.delete_tokens(expired_by=THEN, limit=limit),
        "dead mails": lambda limit: old.delete_dead_mails(dead_by=THEN, limit=limit),
        "pauses": lambda limit: old.delete_pauses(over_by=THEN, limit=limit),
    }


async def _with_old_ones(store: Store, number: int) -> None:
    """Commit so many of every kind that are older than THEN."""
    user = await store.with_user()
    for count in range(number):
        at = THEN - (number - count) * MOMENT
        await _ended(store, user, at)
        await _lapsed(store, user, expired_at=at)
        await _expired(store, user, at)
        await _dead(store, at)
        await _paused(store, f"pause {count}", at)


KINDS = ["ended sessions", "lapsed sessions", "tokens", "dead mails", "pauses"]


class OldRecordsContract(Contract):
    """Needs a fixture `store`."""

    # --- What goes, to the moment -----------------------------------------------------------------------------------

    async def test_a_session_that_ended_at_that_moment_goes_and_one_that_ended_after_it_stays(
        self, store: Store
    ) -> None:
        user = await store.with_user()
        before, then, after = [await _ended(store, user, THEN + offset) for offset in (-DAY, 0 * DAY, MOMENT)]
        assert await store.old_records.delete_ended_sessions(ended_by=THEN, limit=10) == 2
        assert await _is_there(store, before, then, after) == [False, False, True]

    async def test_a_session_that_nobody_ended_is_no_ended_one_however_old(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [await _lapsed(store, user, expired_at=at) for at in (THEN - 300 * DAY, NOW + DAY)]
        assert await store.old_records.delete_ended_sessions(ended_by=THEN, limit=10) == 0
        assert await _is_there(store, *sessions) == [True, True]

    async def test_a_session_that_expired_at_that_moment_goes_and_one_that_did_after_it_stays(
        self, store: Store
    ) -> None:
        user = await store.with_user()
        started = THEN - 30 * DAY
        before, then, after = [
            await _lapsed(store, user, started_at=started, expired_at=THEN + offset)
            for offset in (-DAY, 0 * DAY, MOMENT)
        ]
        assert await store.old_records.delete_lapsed_sessions(expired_by=THEN, started_by=THEN, limit=10) == 2
        assert await _is_there(store, before, then, after) == [False, False, True]

    async def test_an_expired_session_that_started_at_the_other_moment_goes_and_one_that_did_after_it_stays(
        self, store: Store
    ) -> None:
        user = await store.with_user()
        start = THEN - 30 * DAY
        before, then, after = [
            await _lapsed(store, user, started_at=start + offset, expired_at=THEN - DAY)
            for offset in (-DAY, 0 * DAY, MOMENT)
        ]
        assert await store.old_records.delete_lapsed_sessions(expired_by=THEN, started_by=start, limit=10) == 2
        assert await _is_there(store, before, then, after) == [False, False, True]

    async def test_a_session_that_lives_stays_however_long_ago_it_started(self, store: Store) -> None:
        session = await _lapsed(store, await store.with_user(), started_at=NOW - 400 * DAY, expired_at=NOW + DAY)
        assert await store.old_records.delete_lapsed_sessions(expired_by=THEN, started_by=THEN, limit=10) == 0
        assert await _is_there(store, session) == [True]

    async def test_a_session_that_was_ended_is_no_lapsed_one(self, store: Store) -> None:
        session = await _ended(store, await store.with_user(), THEN - 300 * DAY)
        assert await store.old_records.delete_lapsed_sessions(expired_by=THEN, started_by=THEN, limit=10) == 0
        assert await _is_there(store, session) == [True]

    async def test_a_token_that_expired_at_that_moment_goes_and_one_that_did_after_it_stays(self, store: Store) -> None:
        user = await store.with_user()
        before, then, after = [await _expired(store, user, THEN + offset) for offset in (-DAY, 0 * DAY, MOMENT)]
        assert await store.old_records.delete_tokens(expired_by=THEN, limit=10) == 2
        assert await _tokens_are_there(store, before, then, after) == [False, False, True]

    async def test_a_token_that_was_used_or_void_long_ago_stays_until_it_has_expired(self, store: Store) -> None:
        user = await store.with_user()
        long_ago = THEN - 100 * DAY
        facts: list[dict[str, Any]] = [{"used_at": long_ago}, {"voided_at": long_ago}]
        tokens = [
            await store.with_token(a_token(user, issued_at=long_ago - DAY, expires_at=NOW, **fact)) for fact in facts
        ]
        assert await store.old_records.delete_tokens(expired_by=THEN, limit=10) == 0
        assert await _tokens_are_there(store, *tokens) == [True, True]

    @pytest.mark.parametrize("purpose", list(TokenPurpose))
    async def test_an_expired_token_goes_whatever_it_was_for_and_whatever_became_of_it(
        self, store: Store, purpose: TokenPurpose
    ) -> None:
        user = await store.with_user()
        facts: list[dict[str, Any]] = [{}, {"used_at": THEN - DAY}, {"voided_at": THEN - DAY}]
        tokens = [await _expired(store, user, THEN, purpose=purpose, **fact) for fact in facts]
        assert await store.old_records.delete_tokens(expired_by=THEN, limit=10) == 3
        assert await _tokens_are_there(store, *tokens) == [False] * 3

    async def test_a_mail_that_died_at_that_moment_goes_and_one_that_did_after_it_stays(self, store: Store) -> None:
        *_, after = [await _dead(store, THEN + offset) for offset in (-DAY, 0 * DAY, MOMENT)]
        assert await store.old_records.delete_dead_mails(dead_by=THEN, limit=10) == 2
        assert await _unsent(store) == [after]

    async def test_a_mail_that_waits_stays_however_long_it_has_waited(self, store: Store) -> None:
        mail = await store.with_mail(a_mail(occurred_at=THEN - 300 * DAY))
        assert await store.old_records.delete_dead_mails(dead_by=THEN, limit=10) == 0
        assert await _unsent(store) == [mail.id]

    async def test_a_mail_that_is_tried_again_is_not_dead(self, store: Store) -> None:
        mail_id = await _dead(store, THEN - DAY)
        async with store.unit_of_work() as work:
            assert await work.outbox.revive(mail_id, at=NOW)
            await work.commit()
        assert await store.old_records.delete_dead_mails(dead_by=THEN, limit=10) == 0
        assert await _unsent(store) == [mail_id]

    async def test_a_mail_whose_tokens_are_gone_is_claimed_without_them(self, store: Store) -> None:
        user = await store.with_user()
        token = await _expired(store, user, THEN)
        mail_id = await _dead(store, NOW, user_id=user.id, recipient=user.email, token_ids=(token.id,))
        assert await store.old_records.delete_tokens(expired_by=THEN, limit=10) == 1
        async with store.unit_of_work() as work:
            assert await work.outbox.revive(mail_id, at=NOW)
            await work.commit()
        claimed = await store.mail_queue.claim(at=NOW, until=NOW + DAY)
        assert claimed is not None
        assert (claimed.mail.id, claimed.user, claimed.tokens) == (mail_id, user, ())

    async def test_a_pause_that_was_over_at_that_moment_goes_and_one_that_lasts_stays(self, store: Store) -> None:
        for number, offset in enumerate((-DAY, 0 * DAY, MOMENT)):
            await _paused(store, f"pause {number}", THEN + offset)
        assert await store.old_records.delete_pauses(over_by=THEN, limit=10) == 2
        assert await store.old_records.delete_pauses(over_by=THEN, limit=10) == 0
        async with store.unit_of_work() as work:
            running = await work.cool_downs.start("pause 2", at=THEN, until=NOW)
        assert running == THEN + MOMENT

    # --- How it goes ------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", KINDS)
    async def test_no_more_go_at_once_than_asked_for_and_in_the_end_all_do(self, store: Store, kind: str) -> None:
        await _with_old_ones(store, 5)
        delete = _everything_of(store)[kind]
        assert [await delete(2) for _ in range(4)] == [2, 2, 1, 0]

    @pytest.mark.parametrize("kind", KINDS)
    async def test_of_many_at_once_none_counts_what_another_has_deleted(self, store: Store, kind: str) -> None:
        await _with_old_ones(store, 9)
        delete = _everything_of(store)[kind]
        counts = await together(*(delete(2) for _ in range(4)))
        assert sum(counts) <= 8
        while count := await delete(2):
            counts.append(count)
        assert sum(counts) == 9

    async def test_the_oldest_go_first(self, store: Store) -> None:
        user = await store.with_user()
        ages = (2, 3, 1)
        ended = [await _ended(store, user, THEN - age * DAY) for age in ages]
        lapsed = [await _lapsed(store, user, expired_at=THEN - age * DAY) for age in ages]
        tokens = [await _expired(store, user, THEN - age * DAY) for age in ages]
        mails = [await _dead(store, THEN - age * DAY) for age in ages]
        for age in ages:
            await _paused(store, f"pause {age}", THEN - age * DAY)
        for delete in _everything_of(store).values():
            assert await delete(1) == 1
        assert await _is_there(store, *ended) == [True, False, True]
        assert await _is_there(store, *lapsed) == [True, False, True]
        assert await _tokens_are_there(store, *tokens) == [True, False, True]
        assert await _unsent(store) == [mails[0], mails[2]]
        assert await store.old_records.delete_pauses(over_by=THEN - 3 * DAY, limit=10) == 0

    async def test_nothing_else_goes(self, store: Store) -> None:
        entry = an_audit_entry(at=THEN - 300 * DAY)
        async with store.unit_of_work() as work:
            await work.audit.append(entry)
            await work.commit()
        await _with_old_ones(store, 1)
        user = await store.with_user()
        live = [a_new_session(user.id, started_at=THEN - DAY) for _ in range(2)]
        await store.with_sessions(*live)
        for delete in _everything_of(store).values():
            assert await delete(10) == 1
        assert await store.users.by_id(user.id) == user
        assert await store.audit_entries() == [entry]
        assert await _is_there(store, *live) == [True, True]

    async def test_what_is_not_there_does_not_go(self, store: Store) -> None:
        assert [await delete(10) for delete in _everything_of(store).values()] == [0] * 5
