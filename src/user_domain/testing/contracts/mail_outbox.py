"""The contract of `MailOutbox`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.entities.mail import UnsentMail
from user_domain.testing.builders import NOW, a_mail, a_mail_id, a_token
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from user_domain.entities.mail import Mail
    from user_domain.ports.mail_queue import ClaimedMail
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import MailId

LATER = NOW + timedelta(minutes=1)
MUCH_LATER = NOW + timedelta(hours=1)


async def _claim(store: Store) -> ClaimedMail:
    claimed = await store.mail_queue.claim(at=NOW, until=LATER)
    assert claimed is not None
    return claimed


async def _address(store: Store, mail: Mail) -> bool:
    async with store.unit_of_work() as work:
        addressed = await work.outbox.address(mail)
        await work.commit()
    return addressed


async def _revive(store: Store, mail_id: MailId) -> bool:
    async with store.unit_of_work() as work:
        revived = await work.outbox.revive(mail_id, at=MUCH_LATER)
        await work.commit()
    return revived


async def _unsent(store: Store) -> list[UnsentMail]:
    return await store.mails.unsent(limit=100)


async def _only_one(store: Store) -> UnsentMail:
    unsent = await _unsent(store)
    assert len(unsent) == 1
    return unsent[0]


class MailOutboxContract(Contract):
    """Needs a fixture `store`."""

    async def test_a_mail_is_queued_as_it_was_written(self, store: Store) -> None:
        user = await store.with_user()
        tokens = [await store.with_token(a_token(user)) for _ in range(3)]
        mails = [
            await store.with_mail(a_mail(kind=kind, user_id=user.id, token_ids=tuple(token.id for token in tokens)))
            for kind in MailKind
        ]
        client = ClientInfo(ip_address="2001:db8::1", user_agent='<"Agent">', request_id="r-1")
        mails.append(await store.with_mail(a_mail(client=client)))
        mails.append(await store.with_mail(a_mail(client=ClientInfo())))
        assert [unsent.mail for unsent in await _unsent(store)] == mails

    async def test_a_mail_is_due_at_once_and_was_never_tried(self, store: Store) -> None:
        mail = await store.with_mail()
        unsent = await _only_one(store)
        assert (unsent.attempts, unsent.dead_at, unsent.error) == (0, None, None)
        claimed = await _claim(store)
        assert (claimed.mail, claimed.attempt) == (mail, 1)

    async def test_nobody_sees_a_mail_before_the_commit(self, store: Store) -> None:
        mail = a_mail()
        async with store.unit_of_work() as work:
            await work.outbox.add(mail)
            assert await _unsent(store) == []
            assert await store.mail_queue.next_due() is None
            await work.commit()
        assert (await _claim(store)).mail == mail

    async def test_a_mail_falls_with_the_change_it_tells_of(self, store: Store) -> None:
        async with store.unit_of_work() as work:
            await work.outbox.add(a_mail())
        assert await store.mail_queue.claim(at=MUCH_LATER, until=MUCH_LATER) is None
        assert await _unsent(store) == []

    async def test_a_request_becomes_a_users_mail_and_stays_where_it_was(self, store: Store) -> None:
        user = await store.with_user()
        token = await store.with_token(a_token(user))
        mail = await store.with_mail()
        claimed = await _claim(store)
        await store.mail_queue.postpone(claimed, until=LATER, error="busy")
        addressed = replace(mail, user_id=user.id, token_ids=(token.id,))
        assert await _address(store, addressed)
        expected = UnsentMail(mail=addressed, attempts=1, next_attempt_at=LATER, dead_at=None, error="busy")
        assert await _unsent(store) == [expected]

    async def test_of_many_at_once_one_addresses_a_request(self, store: Store) -> None:
        users = [await store.with_user() for _ in range(5)]
        mail = await store.with_mail()
        done = await together(*(_address(store, replace(mail, user_id=user.id)) for user in users))
        assert sorted(done) == [False] * 4 + [True]
        assert (await _only_one(store)).mail.user_id == users[done.index(True)].id

    async def test_a_mail_that_is_somebodys_stays_so(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        mail = await store.with_mail(a_mail(user_id=user.id))
        assert not await _address(store, replace(mail, user_id=other.id))
        assert (await _only_one(store)).mail == mail

    async def test_a_request_that_is_gone_is_nobodys(self, store: Store) -> None:
        user = await store.with_user()
        mail = await store.with_mail()
        await store.mail_queue.remove(await _claim(store))
        assert not await _address(store, replace(mail, user_id=user.id))
        assert await _unsent(store) == []

    async def test_other_requests_stay_nobodys(self, store: Store) -> None:
        user = await store.with_user()
        mail, other = await store.with_mail(), await store.with_mail()
        addressed = replace(mail, user_id=user.id)
        await _address(store, addressed)
        assert [unsent.mail for unsent in await _unsent(store)] == [addressed, other]

    async def test_a_dead_mail_is_revived_with_all_its_attempts_before_it(self, store: Store) -> None:
        mail = await store.with_mail()
        await store.mail_queue.bury(await _claim(store), at=NOW, error="no such mailbox")
        assert await _revive(store, mail.id)
        unsent = await _only_one(store)
        assert (unsent.attempts, unsent.next_attempt_at, unsent.dead_at) == (0, MUCH_LATER, None)
        claimed = await store.mail_queue.claim(at=MUCH_LATER, until=MUCH_LATER + timedelta(minutes=1))
        assert claimed is not None
        assert (claimed.mail, claimed.attempt) == (mail, 1)

    async def test_a_mail_that_waits_is_due_when_it_is_revived(self, store: Store) -> None:
        mail = await store.with_mail()
        await store.mail_queue.postpone(await _claim(store), until=MUCH_LATER + timedelta(days=1), error="busy")
        assert await _revive(store, mail.id)
        unsent = await _only_one(store)
        assert (unsent.attempts, unsent.next_attempt_at, unsent.dead_at) == (0, MUCH_LATER, None)

    async def test_a_mail_that_is_gone_is_not_revived(self, store: Store) -> None:
        mail = await store.with_mail()
        await store.mail_queue.remove(await _claim(store))
        assert not await _revive(store, mail.id)
        assert not await _revive(store, a_mail_id())
        assert await _unsent(store) == []

    async def test_other_mails_stay_dead(self, store: Store) -> None:
        mail, _ = await store.with_mail(), await store.with_mail()
        for _ in range(2):
            await store.mail_queue.bury(await _claim(store), at=NOW, error="no such mailbox")
        await _revive(store, mail.id)
        assert [unsent.dead_at for unsent in await _unsent(store)] == [None, NOW]

    async def test_what_is_rolled_back_changes_no_mail(self, store: Store) -> None:
        mail = await store.with_mail()
        await store.mail_queue.bury(await _claim(store), at=NOW, error="no such mailbox")
        before = await _unsent(store)
        user = await store.with_user()
        async with store.unit_of_work() as work:
            await work.outbox.address(replace(mail, user_id=user.id))
            await work.outbox.revive(mail.id, at=MUCH_LATER)
            assert await _unsent(store) == before
        assert await _unsent(store) == before
