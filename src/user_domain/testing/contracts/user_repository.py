"""The contract of `UserRepository`."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from user_domain.entities.user import User
from user_domain.errors import EmailAlreadyRegistered
from user_domain.ports.password_hasher import PasswordHash
from user_domain.ports.user_repository import Account
from user_domain.testing.builders import (
    NOW,
    a_block,
    a_new_user,
    a_suspension,
    a_user,
    an_audit_entry,
    an_email,
)
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import HASH, together
from user_domain.testing.contracts.user_repository_addresses import ChangesOfAddress
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from user_domain.testing.contracts.store import Store

LATER = NOW + timedelta(hours=1)
NOBODY = UserId(2_000_000_000)


class UserRepositoryContract(ChangesOfAddress, Contract):
    """Needs a fixture `store`."""

    async def test_a_new_user_is_stored_as_admitted(self, store: Store) -> None:
        new = a_new_user(locale=Locale("zh-Hant-TW"), name=PersonName("Zoë Ñandú 王"), email_verified_at=LATER)
        user = await store.with_user(new)
        assert user == User.admitted(user.id, new)
        assert await store.users.account_by_email(new.email) == Account(user, HASH)

    async def test_users_are_numbered_upwards(self, store: Store) -> None:
        first = await store.with_user()
        second = await store.with_user()
        assert 0 < first.id < second.id

    async def test_an_address_belongs_to_one_user(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            with pytest.raises(EmailAlreadyRegistered):
                await work.users.add(a_new_user(email=user.email), HASH)

    async def test_a_refusal_leaves_the_unit_of_work_usable(self, store: Store) -> None:
        user = await store.with_user()
        entry = an_audit_entry()
        async with store.unit_of_work() as work:
            with pytest.raises(EmailAlreadyRegistered):
                await work.users.add(a_new_user(email=user.email), HASH)
            await work.audit.append(entry)
            await work.commit()
        assert await store.audit_entries() == [entry]

    async def test_a_refusal_uses_up_no_number(self, store: Store) -> None:
        user = await store.with_user()
        for _ in range(3):
            async with store.unit_of_work() as work:
                with pytest.raises(EmailAlreadyRegistered):
                    await work.users.add(a_new_user(email=user.email), HASH)
                await work.commit()
        assert (await store.with_user()).id == user.id + 1

    async def test_of_many_at_the_same_instant_one_gets_the_address_and_one_number_is_used(self, store: Store) -> None:
        before = await store.with_user()
        new = a_new_user()
        outcomes = await asyncio.gather(*(store.with_user(new) for _ in range(10)), return_exceptions=True)
        users = [outcome for outcome in outcomes if isinstance(outcome, User)]
        assert [type(outcome) for outcome in outcomes].count(EmailAlreadyRegistered) == 9
        assert [user.id for user in users] == [before.id + 1]
        assert (await store.with_user()).id == before.id + 2

    async def test_an_address_given_back_by_a_rollback_is_free(self, store: Store) -> None:
        new = a_new_user()
        async with store.unit_of_work() as work:
            await work.users.add(new, HASH)
        assert (await store.with_user(new)).email == new.email

    async def test_lock_reads_the_account(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            assert await work.users.lock(user.id) == Account(user, HASH)
            assert await work.users.lock(NOBODY) is None

    async def test_every_fact_that_can_change_is_saved(self, store: Store) -> None:
        admin = await store.with_user()
        user = await store.with_user()
        changed = a_user(
            id=user.id,
            email=user.email,
            created_at=user.created_at,
            name=PersonName("Jane Roe"),
            mobile=MobileNumber("+4915112345678"),
            locale=Locale("fr-CA"),
            role=Role.ADMIN,
            updated_at=LATER,
            email_verified_at=LATER,
            pending_email=an_email(),
            password_reset_required_at=LATER,
            last_login_at=LATER,
            block=a_block(by=admin.id),
            suspension=a_suspension(by=admin.id, until=None),
            version=user.version + 1,
        )
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(changed)
            await work.commit()
        assert await store.users.by_id(user.id) == changed
        assert await store.users.account_by_email(user.email) == Account(changed, HASH)

    async def test_address_and_time_of_creation_stay_as_they_were_admitted(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(a_user(id=user.id, created_at=LATER))  # with another address, as every a_user()
            await work.commit()
        assert await store.users.by_id(user.id) == user

    async def test_facts_can_be_taken_back(self, store: Store) -> None:
        user = await store.with_user()
        shut = a_user(
            id=user.id,
            email=user.email,
            block=a_block(reason=None),
            suspension=a_suspension(),
            pending_email=an_email(),
            password_reset_required_at=LATER,
        )
        for state in (shut, user):
            async with store.unit_of_work() as work:
                await work.users.lock(user.id)
                await work.users.save(state)
                await work.commit()
            assert await store.users.by_id(user.id) == state

    async def test_a_user_that_was_not_locked_cannot_be_saved(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            with pytest.raises(LookupError):
                await work.users.save(user)

    async def test_whoever_waits_for_a_lock_sees_what_was_committed_meanwhile(self, store: Store) -> None:
        user = await store.with_user()
        rounds = 8

        async def append_an_x() -> None:
            async with store.unit_of_work() as work:
                account = await work.users.lock(user.id)
                assert account is not None
                name = PersonName(account.user.name.value + "x")
                await work.users.save(account.user.with_profile(name=name, at=LATER))
                await work.commit()

        await together(*(append_an_x() for _ in range(rounds)))
        stored = await store.users.by_id(user.id)
        assert stored is not None
        assert stored.version == user.version + rounds
        assert stored.name.value == user.name.value + "x" * rounds

    async def test_whoever_waits_for_a_lock_sees_the_password_hash_committed_meanwhile(self, store: Store) -> None:
        user = await store.with_user()
        other = PasswordHash("$contract$another-hash")
        locked = asyncio.Event()

        async def change() -> Account | None:
            async with store.unit_of_work() as work:
                await work.users.lock(user.id)
                locked.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
                await work.users.replace_password_hash(user.id, old=HASH, new=other)
                await work.commit()
            return None

        async def look() -> Account | None:
            await locked.wait()
            async with store.unit_of_work() as work:
                return await work.users.lock(user.id)

        _, seen = await together(change(), look())
        assert seen == Account(user, other)

    async def test_a_password_hash_is_replaced_by_one_of_the_same_password(self, store: Store) -> None:
        user = await store.with_user()
        newer = PasswordHash("$contract$newer-hash")
        async with store.unit_of_work() as work:
            await work.users.replace_password_hash(user.id, old=HASH, new=newer)
            await work.commit()
        assert await store.users.account_by_email(user.email) == Account(user, newer)

    async def test_a_password_changed_in_the_meantime_wins_over_a_newer_hash_of_the_old_one(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            stale, newer = PasswordHash("$contract$stale-hash"), PasswordHash("$contract$newer-hash")
            await work.users.replace_password_hash(user.id, old=stale, new=newer)
            await work.commit()
        assert await store.users.account_by_email(user.email) == Account(user, HASH)

    async def test_another_password_takes_the_place_of_the_one_before(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        new = PasswordHash("$contract$new-hash")
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.set_password_hash(user.id, new, at=LATER)
            await work.commit()
        assert await store.users.account_by_email(user.email) == Account(user, new)
        assert await store.users.account_by_email(other.email) == Account(other, HASH)

    async def test_a_user_that_was_not_locked_gets_no_password(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            with pytest.raises(LookupError):
                await work.users.set_password_hash(user.id, PasswordHash("$contract$new-hash"), at=LATER)
