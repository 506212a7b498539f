"""The contract of `UserQueries`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.password_hasher import PasswordHash
from user_domain.ports.user_repository import Account
from user_domain.testing.builders import NOW, an_email
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import HASH
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from user_domain.testing.contracts.store import Store


class UserQueriesContract(Contract):
    """Needs a fixture `store`."""

    async def test_finds_a_user_by_number(self, store: Store) -> None:
        await store.with_user()
        user = await store.with_user()
        assert await store.users.by_id(user.id) == user

    async def test_finds_an_account_by_address(self, store: Store) -> None:
        await store.with_user()
        user = await store.with_user()
        assert await store.users.account_by_email(user.email) == Account(user, HASH)

    async def test_answers_none_where_there_is_nobody(self, store: Store) -> None:
        assert await store.users.by_id(UserId(1)) is None
        assert await store.users.account_by_email(an_email()) is None

    async def test_what_was_committed_before_the_question_is_in_the_answer(self, store: Store) -> None:
        user = await store.with_user()
        assert await store.users.by_id(user.id) == user
        assert await store.users.account_by_email(user.email) == Account(user, HASH)
        later, newer = user.logged_in(NOW), PasswordHash("$contract$newer-hash")
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(later)
            await work.users.replace_password_hash(user.id, old=HASH, new=newer)
            await work.commit()
        assert await store.users.by_id(user.id) == later
        assert await store.users.account_by_email(user.email) == Account(later, newer)

    async def test_locks_keep_no_reader_waiting(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            assert await store.users.by_id(user.id) == user
