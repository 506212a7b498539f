"""Admins see who there is, page by page; nobody else does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from user_domain.errors import Forbidden
from user_domain.policies.access import AccessPolicy
from user_domain.ports.user_directory import Counting, Period, UserCriteria, UserOrder
from user_domain.testing.builders import NOW, a_block, a_suspension
from user_domain.testing.in_memory import InMemoryUserDirectory
from user_domain.value_objects.account_status import SHUT, AccountStatus
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World
    from user_domain.entities.user import User
    from user_domain.use_cases.administration.list_users import UserPage

EVERYBODY = UserCriteria()
NEWEST_FIRST = UserOrder.ID_DESCENDING


@pytest.fixture
async def admin(world: World) -> User:
    return await world.with_user(role=Role.ADMIN)


async def listed(world: World, actor: User, criteria: UserCriteria = EVERYBODY, **options: Any) -> UserPage:
    defaults: dict[str, Any] = {"order": NEWEST_FIRST, "limit": 200}
    return await world.list_users().execute(actor=actor, criteria=criteria, **(defaults | options))


async def test_an_admin_sees_everybody_the_newest_first(world: World, admin: User) -> None:
    users = [await world.with_user() for _ in range(3)]
    page = await listed(world, admin)
    assert page.users == [*reversed(users), admin]
    assert (page.at, page.next_page, page.total) == (NOW, None, None)


async def test_nobody_else_may_and_the_store_is_not_asked(world: World) -> None:
    class Unasked(InMemoryUserDirectory):
        async def page(self, *_: Any, **__: Any) -> list[User]:
            pytest.fail("the store was asked")

    world.directory = Unasked(world.database)
    user = await world.with_user()
    for counting in (None, *Counting):
        with pytest.raises(Forbidden):
            await listed(world, user, counting=counting)


async def test_page_follows_page(world: World, admin: User) -> None:
    users = [admin, *[await world.with_user() for _ in range(4)]]
    first = await listed(world, admin, limit=2)
    second = await listed(world, admin, limit=2, after=first.next_page)
    third = await listed(world, admin, limit=2, after=second.next_page)
    assert [*first.users, *second.users, *third.users] == users[::-1]
    assert first.next_page == NEWEST_FIRST.position_of(first.users[-1])
    assert third.next_page is None


async def test_the_last_page_that_is_full_leads_nowhere(world: World, admin: User) -> None:
    await world.with_user()
    assert (await listed(world, admin, limit=2)).next_page is None


async def test_who_is_shut_out_is_a_question_of_now_and_of_the_policy(world: World, admin: User) -> None:
    blocked = await world.with_user(block=a_block())
    suspended = await world.with_user(suspension=a_suspension(until=NOW + timedelta(minutes=1)))
    assert (await listed(world, admin, UserCriteria(statuses=SHUT))).users == [suspended, blocked]
    world.clock.advance(timedelta(minutes=1))
    assert (await listed(world, admin, UserCriteria(statuses=SHUT))).users == [blocked]
    pending = UserCriteria(statuses=frozenset({AccountStatus.PENDING_VERIFICATION}))
    assert (await listed(world, admin, pending)).users == []
    world.access = AccessPolicy(verified_email_required=True)
    assert (await listed(world, admin, pending)).users == [suspended, admin]


async def test_a_total_counts_all_who_are_looked_for_whatever_the_page(world: World, admin: User) -> None:
    for _ in range(4):
        await world.with_user()
    for counting in Counting:
        page = await listed(world, admin, UserCriteria(role=Role.USER), limit=2, counting=counting)
        assert page.total == 4
        page = await listed(
            world, admin, UserCriteria(role=Role.USER), limit=2, after=page.next_page, counting=counting
        )
        assert (page.total, page.next_page) == (4, None)


async def test_what_one_page_holds_need_not_be_counted_nor_guessed(world: World, admin: User) -> None:
    class Uncounted(InMemoryUserDirectory):
        async def count(self, *_: Any) -> int:
            pytest.fail("it was counted")

        async def estimate(self, *_: Any) -> int:
            pytest.fail("it was guessed")

    world.directory = Uncounted(world.database)
    for counting in Counting:
        assert (await listed(world, admin, counting=counting)).total == 1
        nobody = UserCriteria(created=Period(NOW, NOW))
        assert (await listed(world, admin, nobody, counting=counting)).total == 0


async def test_a_guess_is_never_less_than_what_is_seen(world: World, admin: User) -> None:
    class Modest(InMemoryUserDirectory):
        async def estimate(self, *_: Any) -> int:
            return 1

    world.directory = Modest(world.database)
    for _ in range(4):
        await world.with_user()
    assert (await listed(world, admin, limit=2, counting=Counting.ESTIMATE)).total == 3
