"""The part of the contract of `UserRepository` that is about `change_email`, and to whom an address belongs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from user_domain.errors import EmailAlreadyRegistered
from user_domain.ports.user_repository import Account
from user_domain.testing.builders import NOW, a_new_user, a_token, an_audit_entry, an_email
from user_domain.testing.contracts.store import HASH, NO_RESERVATION, together
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.person_name import PersonName

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from user_domain.entities.user import User
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.email_address import EmailAddress

LATER = NOW + timedelta(hours=1)


async def _change_email(store: Store, user: User, new: EmailAddress) -> None:
    async with store.unit_of_work() as work:
        await work.users.lock(user.id)
        await work.users.change_email(user.id, new, at=NOW)
        await work.commit()


async def _with_reservation(store: Store, owner: User, **facts: Any) -> EmailAddress:
    """An address that a user can still take back, but for what the facts say."""
    token = a_token(owner, TokenPurpose.UNDO_EMAIL_CHANGE, email=an_email())
    return (await store.with_token(replace(token, **facts))).email


async def _is_refused(attempt: Awaitable[object]) -> bool:
    try:
        await attempt
    except EmailAlreadyRegistered:
        return True
    return False


class ChangesOfAddress:
    """These tests belong to `UserRepositoryContract`, which inherits them."""

    async def test_a_user_gets_another_address_and_nothing_else(self, store: Store) -> None:
        user, new = await store.with_user(a_new_user(email_verified_at=NOW)), an_email()
        await _change_email(store, user, new)
        assert await store.users.account_by_email(new) == Account(replace(user, email=new), HASH)
        assert await store.users.account_by_email(user.email) is None

    async def test_what_is_saved_after_a_change_of_address_has_the_new_one(self, store: Store) -> None:
        user, new = await store.with_user(), an_email()
        changed = user.with_verified_email(new, at=LATER)
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.change_email(user.id, new, at=LATER)
            await work.users.save(changed)
            await work.commit()
        assert await store.users.by_id(user.id) == changed

    async def test_a_user_that_was_not_locked_gets_no_address(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            with pytest.raises(LookupError):
                await work.users.change_email(user.id, an_email(), at=NOW)

    async def test_nobody_changes_to_an_address_that_belongs_to_another_user(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        with pytest.raises(EmailAlreadyRegistered):
            await _change_email(store, user, other.email)
        assert await store.users.by_id(user.id) == user

    async def test_ones_own_address_is_taken_by_nobody_else(self, store: Store) -> None:
        user = await store.with_user()
        await _change_email(store, user, user.email)
        assert await store.users.by_id(user.id) == user

    async def test_a_refused_change_of_address_leaves_the_unit_of_work_usable(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        changed = user.with_profile(name=PersonName("Jane Roe"), at=LATER)
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            with pytest.raises(EmailAlreadyRegistered):
                await work.users.change_email(user.id, other.email, at=NOW)
            await work.users.save(changed)
            await work.commit()
        assert await store.users.by_id(user.id) == changed

    async def test_an_address_left_for_good_is_free(self, store: Store) -> None:
        user, heir = await store.with_user(), await store.with_user()
        await _change_email(store, user, an_email())
        await _change_email(store, heir, user.email)
        assert await store.users.by_id(heir.id) == replace(heir, email=user.email)

    async def test_a_change_of_address_that_was_rolled_back_did_not_happen(self, store: Store) -> None:
        user, new = await store.with_user(), a_new_user()
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.change_email(user.id, new.email, at=NOW)
        assert await store.users.by_id(user.id) == user
        assert (await store.with_user(new)).email == new.email

    async def test_of_many_who_want_one_address_one_gets_it_whether_they_have_an_account_or_not(
        self, store: Store
    ) -> None:
        wanted = a_new_user()
        users = [await store.with_user() for _ in range(6)]

        async def attempt(user: User | None) -> bool:
            async with store.unit_of_work() as work:
                if user is None:
                    refused = await _is_refused(work.users.add(wanted, HASH))
                else:
                    await work.users.lock(user.id)
                    refused = await _is_refused(work.users.change_email(user.id, wanted.email, at=NOW))
                if refused:
                    await work.audit.append(an_audit_entry())
                await work.commit()
            return refused

        assert sorted(await together(*(attempt(user) for user in [*users, None, None, None]))) == [False] + [True] * 8
        assert len(await store.audit_entries()) == 8
        owner = await store.users.account_by_email(wanted.email)
        assert owner is not None
        changed = [stored for user in users if (stored := await store.users.by_id(user.id)) != user]
        assert changed in ([owner.user], [])  # nobody's, where somebody registered with it

    async def test_an_address_that_can_be_taken_back_is_not_registered(self, store: Store) -> None:
        reserved = await _with_reservation(store, await store.with_user())
        with pytest.raises(EmailAlreadyRegistered):
            await store.with_user(a_new_user(email=reserved))

    async def test_nobody_changes_to_an_address_that_another_user_can_take_back(self, store: Store) -> None:
        owner, other = await store.with_user(), await store.with_user()
        reserved = await _with_reservation(store, owner)
        with pytest.raises(EmailAlreadyRegistered):
            await _change_email(store, other, reserved)
        assert await store.users.by_id(other.id) == other

    async def test_a_user_takes_back_the_address_that_is_reserved(self, store: Store) -> None:
        user = await store.with_user()
        reserved = await _with_reservation(store, user)
        await _change_email(store, user, reserved)
        assert await store.users.by_id(user.id) == replace(user, email=reserved)

    @pytest.mark.parametrize("token", NO_RESERVATION)
    async def test_a_token_that_undoes_nothing_keeps_nobody_from_registering(self, store: Store, token: str) -> None:
        free = await _with_reservation(store, await store.with_user(), **NO_RESERVATION[token])
        assert (await store.with_user(a_new_user(email=free))).email == free

    @pytest.mark.parametrize("token", NO_RESERVATION)
    async def test_a_token_that_undoes_nothing_keeps_nobody_from_changing_to_its_address(
        self, store: Store, token: str
    ) -> None:
        owner, other = await store.with_user(), await store.with_user()
        free = await _with_reservation(store, owner, **NO_RESERVATION[token])
        await _change_email(store, other, free)
        assert await store.users.by_id(other.id) == replace(other, email=free)

    async def test_an_address_left_with_a_way_back_is_free_at_no_moment(self, store: Store) -> None:
        user = await store.with_user()
        other = await store.with_user()
        left = asyncio.Event()

        async def leave() -> bool:
            async with store.unit_of_work() as work:
                await work.users.lock(user.id)
                await work.users.change_email(user.id, an_email(), at=NOW)
                await work.tokens.add(a_token(user, TokenPurpose.UNDO_EMAIL_CHANGE))
                left.set()
                await asyncio.sleep(0.05)  # time for the others to ask; right either way
                await work.commit()
            return False

        async def register() -> bool:
            await left.wait()
            return await _is_refused(store.with_user(a_new_user(email=user.email)))

        async def change() -> bool:
            await left.wait()
            return await _is_refused(_change_email(store, other, user.email))

        assert await together(leave(), register(), change()) == [False, True, True]
