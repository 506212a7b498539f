"""The contract of `MailQueries`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.testing.builders import NOW, a_mail, a_mail_id
from user_domain.testing.contracts.contract import Contract

if TYPE_CHECKING:
    from user_domain.entities.mail import Mail
    from user_domain.ports.mail_queue import ClaimedMail
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import MailId

LATER = NOW + timedelta(minutes=1)


async def _page(store: Store, *, limit: int = 100, after: MailId | None = None) -> list[Mail]:
    return [unsent.mail for unsent in await store.mails.unsent(limit=limit, after=after)]


async def _claimed(store: Store) -> ClaimedMail:
    claimed = await store.mail_queue.claim(at=NOW, until=LATER)
    assert claimed is not None
    return claimed


class MailQueriesContract(Contract):
    """Needs a fixture `store`."""

    async def test_where_every_mail_has_left_there_is_none(self, store: Store) -> None:
        assert await _page(store) == []

    async def test_mails_come_in_the_order_of_their_ids(self, store: Store) -> None:
        mails = [a_mail(occurred_at=NOW - timedelta(minutes=number)) for number in range(5)]
        for number in (3, 0, 4, 2, 1):
            await store.with_mail(mails[number])
        assert await _page(store) == mails

    async def test_a_page_has_no_more_than_was_asked_for(self, store: Store) -> None:
        mails = [await store.with_mail() for _ in range(3)]
        assert await _page(store, limit=2) == mails[:2]
        assert await _page(store, limit=3) == mails

    async def test_the_next_page_begins_after_the_last_mail(self, store: Store) -> None:
        mails = [await store.with_mail() for _ in range(5)]
        assert await _page(store, limit=2, after=mails[1].id) == mails[2:4]
        assert await _page(store, limit=2, after=mails[3].id) == mails[4:]
        assert await _page(store, limit=2, after=mails[4].id) == []

    async def test_the_next_page_begins_there_too_when_that_mail_has_left(self, store: Store) -> None:
        before, gone, behind = await store.with_mail(), a_mail_id(), await store.with_mail()
        assert before.id < gone < behind.id
        assert await _page(store, after=gone) == [behind]

    async def test_mails_that_wait_and_dead_ones_say_how_they_stand(self, store: Store) -> None:
        mails = [await store.with_mail(a_mail(occurred_at=NOW - timedelta(minutes=age))) for age in (2, 1, 0)]
        waiting, dead = await _claimed(store), await _claimed(store)
        await store.mail_queue.postpone(waiting, until=LATER, error="busy")
        await store.mail_queue.bury(dead, at=NOW, error="no such mailbox")
        unsent = await store.mails.unsent(limit=100)
        assert [it.mail for it in unsent] == mails
        assert unsent[0].next_attempt_at == LATER
        assert [(it.attempts, it.dead_at, it.error) for it in unsent] == [
            (1, None, "busy"),
            (1, NOW, "no such mailbox"),
            (0, None, None),
        ]

    async def test_what_was_committed_before_the_question_is_in_the_answer(self, store: Store) -> None:
        mail = await store.with_mail()
        assert await _page(store) == [mail]
        other = await store.with_mail()
        assert await _page(store) == [mail, other]
        await store.mail_queue.remove(await _claimed(store))
        assert len(await _page(store)) == 1

    async def test_locks_keep_no_reader_waiting(self, store: Store) -> None:
        mail = await store.with_mail()
        async with store.unit_of_work() as work:
            await work.outbox.revive(mail.id, at=LATER)
            assert await _page(store) == [mail]
