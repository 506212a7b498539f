"""The contract of `MailQueue`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.testing.builders import NOW, a_mail, a_token
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together
from user_domain.value_objects.person_name import PersonName

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.mail import Mail, UnsentMail
    from user_domain.ports.mail_queue import ClaimedMail
    from user_domain.testing.contracts.store import Store

LEASE = timedelta(minutes=5)
UNTIL = NOW + LEASE
INSTANT = timedelta(microseconds=1)
LATER = NOW + timedelta(hours=1)
MUCH_LATER = NOW + timedelta(days=1)


async def _claim(store: Store, *, at: datetime = NOW) -> ClaimedMail | None:
    return await store.mail_queue.claim(at=at, until=at + LEASE)


async def _claimed(store: Store, *, at: datetime = NOW) -> ClaimedMail:
    claimed = await _claim(store, at=at)
    assert claimed is not None
    return claimed


async def _claimed_twice(store: Store) -> tuple[ClaimedMail, ClaimedMail]:
    """One mail, as the one who took too long has it, and the one who has it now."""
    slow, now = await _claimed(store), await _claimed(store, at=UNTIL)
    assert slow.mail == now.mail
    return slow, now


async def _unsent(store: Store) -> list[UnsentMail]:
    return await store.mails.unsent(limit=10)


async def _only_one(store: Store) -> UnsentMail:
    unsent = await _unsent(store)
    assert len(unsent) == 1
    return unsent[0]


class MailQueueContract(Contract):
    """Needs a fixture `store`."""

    # --- Taking ---

    async def test_a_mail_comes_with_its_user_and_its_tokens(self, store: Store) -> None:
        user = await store.with_user()
        tokens = [await store.with_token(a_token(user)) for _ in range(3)]
        mail = await store.with_mail(a_mail(user_id=user.id, token_ids=(tokens[2].id, tokens[0].id)))
        claimed = await _claimed(store)
        assert (claimed.mail, claimed.attempt, claimed.user) == (mail, 1, user)
        assert sorted(token.id for token in claimed.tokens) == [tokens[0].id, tokens[2].id]
        assert all(token in tokens for token in claimed.tokens)

    async def test_a_user_needs_no_token_to_be_mailed(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_token(a_token(user))
        await store.with_mail(a_mail(user_id=user.id))
        claimed = await _claimed(store)
        assert (claimed.user, claimed.tokens) == (user, ())

    async def test_a_mail_to_whoever_has_the_address_comes_without_a_user(self, store: Store) -> None:
        user = await store.with_user()
        mail = await store.with_mail(a_mail(recipient=user.email))
        claimed = await _claimed(store)
        assert (claimed.mail, claimed.attempt, claimed.user, claimed.tokens) == (mail, 1, None, ())

    async def test_user_and_tokens_come_as_they_are_now(self, store: Store) -> None:
        user = await store.with_user()
        token = await store.with_token(a_token(user))
        await store.with_mail(a_mail(user_id=user.id, token_ids=(token.id,)))
        changed = user.with_profile(name=PersonName("Jane Roe"), at=LATER)
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(changed)
            await work.tokens.mark_used(token.id, at=LATER)
            await work.commit()
        claimed = await _claimed(store)
        assert claimed.user == changed
        assert [found.used_at for found in claimed.tokens] == [LATER]

    async def test_where_nothing_is_queued_nothing_is_due(self, store: Store) -> None:
        assert await _claim(store) is None

    async def test_the_mail_that_has_been_due_the_longest_comes_first(self, store: Store) -> None:
        due = [NOW - timedelta(minutes=minutes) for minutes in (1, 4, 0, 3, 2)]
        for moment in due:
            await store.with_mail(a_mail(occurred_at=moment))
        assert [(await _claimed(store)).mail.occurred_at for _ in due] == sorted(due)

    async def test_what_was_postponed_takes_its_turn_among_the_others(self, store: Store) -> None:
        first = await store.with_mail()
        await store.mail_queue.postpone(await _claimed(store), until=LATER, error="busy")
        second = await store.with_mail(a_mail(occurred_at=LATER - INSTANT))
        assert [(await _claimed(store, at=LATER)).mail for _ in range(2)] == [second, first]

    async def test_a_mail_belongs_to_whoever_took_it_until_the_lease_is_over(self, store: Store) -> None:
        mail = await store.with_mail()
        for attempt in (1, 2, 3):
            at = NOW + (attempt - 1) * LEASE
            claimed = await _claimed(store, at=at)
            assert (claimed.mail, claimed.attempt) == (mail, attempt)
            assert await _claim(store, at=at) is None
            assert await _claim(store, at=at + LEASE - INSTANT) is None

    async def test_of_many_at_the_same_instant_each_gets_a_mail_of_its_own(self, store: Store) -> None:
        mails = {(await store.with_mail()).id for _ in range(5)}
        claims = await together(*(_claim(store) for _ in range(10)))
        claimed = [claim.mail.id for claim in claims if claim]
        assert sorted(claimed) == sorted(mails)

    async def test_of_many_at_the_end_of_a_lease_one_gets_the_mail(self, store: Store) -> None:
        await store.with_mail()
        await _claimed(store)
        claims = await together(*(_claim(store, at=UNTIL) for _ in range(8)))
        assert [claim.attempt for claim in claims if claim] == [2]

    async def test_nobody_waits_until_somebody_elses_mail_has_left(self, store: Store) -> None:
        for _ in range(3):
            await store.with_mail()
        claims = [await _claimed(store) for _ in range(3)]
        assert len({claim.mail.id for claim in claims}) == 3

    # --- What came of it ---

    async def test_a_mail_that_has_left_is_gone(self, store: Store) -> None:
        await store.with_mail()
        await store.mail_queue.remove(await _claimed(store))
        assert await _claim(store, at=MUCH_LATER) is None
        assert await _unsent(store) == []

    async def test_other_mails_have_not_left(self, store: Store) -> None:
        mails = [await store.with_mail(a_mail(occurred_at=NOW - INSTANT)), await store.with_mail()]
        await store.mail_queue.remove(await _claimed(store))
        assert [unsent.mail for unsent in await _unsent(store)] == mails[1:]

    async def test_what_has_left_has_left_whoever_has_it_now(self, store: Store) -> None:
        await store.with_mail()
        slow, now = await _claimed_twice(store)
        await store.mail_queue.remove(slow)
        assert await _unsent(store) == []
        await store.mail_queue.remove(now)
        assert await _claim(store, at=MUCH_LATER) is None

    async def test_what_has_left_does_not_come_back(self, store: Store) -> None:
        await store.with_mail()
        slow, now = await _claimed_twice(store)
        await store.mail_queue.remove(slow)
        await store.mail_queue.postpone(now, until=LATER, error="busy")
        await store.mail_queue.bury(now, at=LATER, error="no such mailbox")
        assert await _unsent(store) == []

    async def test_a_mail_that_was_postponed_is_due_when_it_was_told(self, store: Store) -> None:
        mail = await store.with_mail()
        await store.mail_queue.postpone(await _claimed(store), until=LATER, error="busy")
        assert await _claim(store, at=LATER - INSTANT) is None
        claimed = await _claimed(store, at=LATER)
        assert (claimed.mail, claimed.attempt) == (mail, 2)

    async def test_a_mail_that_was_postponed_says_why(self, store: Store) -> None:
        await store.with_mail()
        await store.mail_queue.postpone(await _claimed(store), until=LATER, error="busy")
        unsent = await _only_one(store)
        assert (unsent.attempts, unsent.next_attempt_at, unsent.dead_at, unsent.error) == (1, LATER, None, "busy")

    async def test_a_dead_mail_is_not_tried_again(self, store: Store) -> None:
        await store.with_mail()
        await store.mail_queue.bury(await _claimed(store), at=NOW, error="no such mailbox")
        assert await _claim(store, at=MUCH_LATER) is None

    async def test_a_dead_mail_is_kept_and_says_why(self, store: Store) -> None:
        mail = await store.with_mail()
        await store.mail_queue.bury(await _claimed(store), at=LATER, error="no such mailbox")
        unsent = await _only_one(store)
        assert (unsent.mail, unsent.attempts, unsent.dead_at, unsent.error) == (mail, 1, LATER, "no such mailbox")

    async def test_other_mails_are_neither_postponed_nor_dead(self, store: Store) -> None:
        mails: list[Mail] = [await store.with_mail(a_mail(occurred_at=NOW - age * INSTANT)) for age in (3, 2, 1)]
        await store.mail_queue.postpone(await _claimed(store), until=LATER, error="busy")
        await store.mail_queue.bury(await _claimed(store), at=NOW, error="no such mailbox")
        claimed = await _claimed(store)
        assert (claimed.mail, claimed.attempt) == (mails[2], 1)
        assert [unsent.error for unsent in await _unsent(store)] == ["busy", "no such mailbox", None]

    async def test_whoever_took_too_long_postpones_nothing(self, store: Store) -> None:
        await store.with_mail()
        slow, _now = await _claimed_twice(store)
        before = await _unsent(store)
        await store.mail_queue.postpone(slow, until=MUCH_LATER, error="busy")
        assert await _unsent(store) == before

    async def test_whoever_took_too_long_buries_nothing(self, store: Store) -> None:
        await store.with_mail()
        slow, now = await _claimed_twice(store)
        before = await _unsent(store)
        await store.mail_queue.bury(slow, at=LATER, error="no such mailbox")
        assert await _unsent(store) == before
        await store.mail_queue.postpone(now, until=LATER, error="busy")
        assert (await _claimed(store, at=LATER)).attempt == 3

    async def test_whoever_took_too_long_changes_nothing_about_a_mail_that_was_revived_since(
        self, store: Store
    ) -> None:
        mail = await store.with_mail()
        slow = await _claimed(store)
        async with store.unit_of_work() as work:
            await work.outbox.revive(mail.id, at=UNTIL)
            await work.commit()
        now = await _claimed(store, at=UNTIL)
        assert slow.attempt == now.attempt
        before = await _unsent(store)
        await store.mail_queue.postpone(slow, until=MUCH_LATER, error="busy")
        await store.mail_queue.bury(slow, at=LATER, error="no such mailbox")
        assert await _unsent(store) == before

    # --- When to look again ---

    async def test_where_nothing_is_queued_nothing_will_be_due(self, store: Store) -> None:
        assert await store.mail_queue.next_due() is None

    async def test_the_next_mail_may_have_been_due_long_ago(self, store: Store) -> None:
        for moment in (NOW, NOW - timedelta(days=400), NOW - timedelta(days=1)):
            await store.with_mail(a_mail(occurred_at=moment))
        due = await store.mail_queue.next_due()
        assert due is not None
        assert await _claim(store, at=due - INSTANT) is None
        assert (await _claimed(store, at=due)).mail.occurred_at == NOW - timedelta(days=400)

    async def test_a_mail_that_was_taken_is_due_when_the_lease_is_over(self, store: Store) -> None:
        await store.with_mail()
        await _claimed(store)
        assert await store.mail_queue.next_due() == UNTIL

    async def test_a_mail_that_was_postponed_is_the_next_if_no_other_is(self, store: Store) -> None:
        await store.with_mail()
        await store.mail_queue.postpone(await _claimed(store), until=LATER, error="busy")
        assert await store.mail_queue.next_due() == LATER
        await store.with_mail(a_mail(occurred_at=LATER - INSTANT))
        assert await store.mail_queue.next_due() == LATER - INSTANT

    async def test_what_is_dead_or_gone_will_not_be_due(self, store: Store) -> None:
        for _ in range(2):
            await store.with_mail()
        await store.mail_queue.bury(await _claimed(store), at=NOW, error="no such mailbox")
        await store.mail_queue.remove(await _claimed(store))
        assert await store.mail_queue.next_due() is None
