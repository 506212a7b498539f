"""The contract of `AdminRoster`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from user_domain.ports.user_repository import Account
from user_domain.testing.builders import NOW, a_block, a_new_user, a_suspension
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import HASH, together
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.testing.contracts.store import Store

MOMENT = timedelta(microseconds=1)

LET_IN: dict[str, dict[str, Any]] = {
    "nothing against": {},
    "a suspension that is over": {"suspension": a_suspension(until=NOW)},
}
KEPT_OUT: dict[str, dict[str, Any]] = {
    "blocked": {"block": a_block()},
    "suspended": {"suspension": a_suspension(until=NOW + MOMENT)},
    "suspended until lifted": {"suspension": a_suspension(until=None)},
    "needs a new password": {"password_reset_required_at": NOW},
    "a user": {"role": Role.USER},
}


async def _with_admin(store: Store, **facts: Any) -> User:
    admin = await store.with_user(a_new_user(role=Role.ADMIN, email_verified_at=NOW))
    return await store.with_facts(admin, **facts) if facts else admin


async def _others(store: Store, user: User, *, verified_email_required: bool = True) -> int:
    async with store.unit_of_work() as work:
        place = await work.admins.lock(user.id, at=NOW, verified_email_required=verified_email_required)
    assert place is not None
    return place.other_admins


async def _take_away(store: Store, user: User) -> bool:
    """Make an admin a user, where there is another one; whether that was done."""
    async with store.unit_of_work() as work:
        place = await work.admins.lock(user.id, at=NOW, verified_email_required=False)
        assert place is not None
        if not place.other_admins:
            return False
        await work.users.save(place.account.user.with_role(Role.USER, at=NOW))
        await work.commit()
    return True


class AdminRosterContract(Contract):
    """Needs a fixture `store`."""

    async def test_a_place_is_the_account_and_the_number_of_other_admins(self, store: Store) -> None:
        admins = [await _with_admin(store) for _ in range(3)]
        user = await store.with_user()
        async with store.unit_of_work() as work:
            place = await work.admins.lock(admins[0].id, at=NOW, verified_email_required=True)
            assert place is not None
            assert (place.account, place.other_admins) == (Account(admins[0], HASH), 2)
        assert await _others(store, user) == 3

    async def test_who_is_no_user_has_no_place(self, store: Store) -> None:
        admin = await _with_admin(store)
        async with store.unit_of_work() as work:
            nobody = UserId(admin.id + 1000)
            assert await work.admins.lock(nobody, at=NOW, verified_email_required=False) is None

    async def test_the_last_admin_has_no_others(self, store: Store) -> None:
        admin = await _with_admin(store)
        await store.with_user()
        assert await _others(store, admin) == 0

    @pytest.mark.parametrize("facts", LET_IN)
    async def test_whoever_is_let_in_counts(self, store: Store, facts: str) -> None:
        admin = await _with_admin(store)
        await _with_admin(store, **LET_IN[facts])
        assert await _others(store, admin) == 1

    @pytest.mark.parametrize("facts", KEPT_OUT)
    async def test_whoever_is_kept_out_or_no_admin_does_not_count(self, store: Store, facts: str) -> None:
        admin = await _with_admin(store)
        await _with_admin(store, **KEPT_OUT[facts])
        assert await _others(store, admin) == 0

    async def test_who_has_not_verified_the_address_counts_where_that_is_not_required(self, store: Store) -> None:
        admin = await _with_admin(store)
        await _with_admin(store, email_verified_at=None)
        assert await _others(store, admin, verified_email_required=False) == 1
        assert await _others(store, admin, verified_email_required=True) == 0

    async def test_an_admin_is_locked_like_any_user_and_can_be_saved(self, store: Store) -> None:
        admin = await _with_admin(store)
        demoted = admin.with_role(Role.USER, at=NOW)
        async with store.unit_of_work() as work:
            await work.admins.lock(admin.id, at=NOW, verified_email_required=False)
            await work.users.save(demoted)
            await work.commit()
        assert await store.users.by_id(admin.id) == demoted

    async def test_what_was_done_before_in_the_same_unit_of_work_counts(self, store: Store) -> None:
        admin, other = await _with_admin(store), await _with_admin(store)
        async with store.unit_of_work() as work:
            await work.users.lock(other.id)
            await work.users.save(other.with_role(Role.USER, at=NOW))
            place = await work.admins.lock(admin.id, at=NOW, verified_email_required=False)
            assert place is not None
            assert place.other_admins == 0

    async def test_of_two_who_take_each_other_away_at_once_one_succeeds(self, store: Store) -> None:
        for _ in range(10):
            admins = [await _with_admin(store) for _ in range(2)]
            assert sorted(await together(*(_take_away(store, admin) for admin in admins))) == [False, True]
            (left,) = [one for one in [await store.users.by_id(admin.id) for admin in admins] if one and one.is_admin]
            await store.with_facts(left, role=Role.USER)

    async def test_of_many_who_go_at_once_one_is_left(self, store: Store) -> None:
        admins = [await _with_admin(store) for _ in range(8)]
        assert sorted(await together(*(_take_away(store, admin) for admin in admins))) == [False, *[True] * 7]

    async def test_whoever_waits_for_the_roster_sees_what_was_committed_meanwhile(self, store: Store) -> None:
        admin, other = await _with_admin(store), await _with_admin(store)
        locked = asyncio.Event()

        async def leave() -> int:
            async with store.unit_of_work() as work:
                place = await work.admins.lock(other.id, at=NOW, verified_email_required=False)
                assert place is not None
                locked.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
                await work.users.save(replace(place.account.user, role=Role.USER))
                await work.commit()
            return place.other_admins

        async def look() -> int:
            await locked.wait()
            return await _others(store, admin)

        assert await together(leave(), look()) == [1, 0]

    async def test_whoever_waits_for_one_that_is_rolled_back_finds_the_admins_as_they_were(self, store: Store) -> None:
        admin, other = await _with_admin(store), await _with_admin(store)
        locked = asyncio.Event()

        async def leave_and_come_back() -> int:
            async with store.unit_of_work() as work:
                place = await work.admins.lock(other.id, at=NOW, verified_email_required=False)
                assert place is not None
                locked.set()
                await asyncio.sleep(0.05)  # as above
                await work.users.save(replace(place.account.user, role=Role.USER))
            return place.other_admins

        async def look() -> int:
            await locked.wait()
            return await _others(store, admin)

        assert await together(leave_and_come_back(), look()) == [1, 1]

    async def test_the_roster_keeps_nobody_else_waiting(self, store: Store) -> None:
        admin, other = await _with_admin(store), await _with_admin(store)
        async with store.unit_of_work() as work:
            await work.admins.lock(admin.id, at=NOW, verified_email_required=False)
            async with asyncio.timeout(5):
                assert await store.users.by_id(other.id) == other
                assert await store.users.account_by_email(admin.email) == Account(admin, HASH)
