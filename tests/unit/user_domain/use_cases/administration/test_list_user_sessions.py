"""Admins see anybody's sessions."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.user_domain.interference import OutOfReach
from tests.unit.user_domain.world import SESSION_LIFETIME, World
from user_domain.entities.session import EndReason
from user_domain.entities.user import User
from user_domain.errors import Forbidden, UserNotFound
from user_domain.policies.session import SEEN_TO
from user_domain.steps.session_list import ListedSession
from user_domain.testing.builders import CLIENT
from user_domain.value_objects.device import Device
from user_domain.value_objects.ids import SessionHandle, SessionId, UserId
from user_domain.value_objects.role import Role

HOUR = timedelta(hours=1)


async def an_admin(world: World) -> User:
    return await world.with_user(role=Role.ADMIN)


async def listed(world: World, user: User, **asked: Any) -> list[ListedSession]:
    actor = asked.pop("actor", None) or await an_admin(world)
    asked = {"include_ended": False, "limit": 100, **asked}
    return await world.list_user_sessions().execute(user.id, actor=actor, **asked)


def handles(found: list[ListedSession]) -> list[SessionHandle]:
    return [one.session.handle for one in found]


async def test_they_see_those_of_the_user_the_newest_first(world: World) -> None:
    user = await world.with_user()
    await world.with_session(await world.with_user())
    sessions = [await world.with_session(user) for _ in range(3)]
    assert handles(await listed(world, user)) == [session.handle for session in reversed(sessions)]


@pytest.mark.parametrize("whose", ["their own", "another admin's"])
async def test_admins_are_no_exception(world: World, whose: str) -> None:
    admin, other = await an_admin(world), await an_admin(world)
    user = admin if whose == "their own" else other
    session = await world.with_session(user)
    assert handles(await listed(world, user, actor=admin)) == [session.handle]


async def test_what_is_over_is_there_only_where_that_is_asked_for_and_says_so(world: World) -> None:
    user = await world.with_user()
    live, ended = await world.with_login(user), await world.with_login(user)
    expired = await world.with_session(user, expires_at=world.clock.now() + HOUR)
    await world.session_end.end(ended.session, EndReason.LOGOUT, client=CLIENT)
    world.clock.advance(HOUR)
    assert handles(await listed(world, user)) == [live.session.handle]
    everything = await listed(world, user, include_ended=True)
    assert handles(everything) == [expired.handle, ended.session.handle, live.session.handle]
    assert [(one.is_live, one.session.end_reason) for one in everything] == [
        (False, None),
        (False, EndReason.LOGOUT),
        (True, None),
    ]


async def test_one_that_lies_idle_is_over(world: World) -> None:
    user = await world.with_user()
    session = await world.with_session(user)
    world.clock.advance(HOUR + SEEN_TO)
    world.session_policy = replace(world.session_policy, idle=HOUR)
    assert await listed(world, user) == []
    (one,) = await listed(world, user, include_ended=True)
    assert (one.is_live, one.ends_at) == (False, session.started_at + HOUR)


async def test_they_see_what_it_is_used_with(world: World) -> None:
    user = await world.with_user()
    await world.with_session(user, user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0")
    for include_ended in (False, True):
        (one,) = await listed(world, user, include_ended=include_ended)
        assert one.device == Device("Firefox", "Linux")


@pytest.mark.parametrize("include_ended", [False, True])
async def test_pages_go_on_where_the_one_before_ended(world: World, include_ended: bool) -> None:
    user = await world.with_user()
    for _ in range(5):
        await world.with_session(user)
    everything, pages = await listed(world, user, include_ended=include_ended), list[ListedSession]()
    before: SessionId | None = None
    while page := await listed(world, user, include_ended=include_ended, limit=2, before=before):
        assert len(page) <= 2
        pages += page
        before = page[-1].session.id
    assert pages == everything
    assert len(pages) == 5


@pytest.mark.parametrize("include_ended", [False, True])
async def test_a_user_who_was_never_there_has_none_and_one_who_is_not_has_no_list(
    world: World, include_ended: bool
) -> None:
    user = await world.with_user()
    await world.with_session(await world.with_user())
    assert await listed(world, user, include_ended=include_ended) == []
    with pytest.raises(UserNotFound):
        await world.list_user_sessions().execute(
            UserId(999), actor=await an_admin(world), include_ended=include_ended, limit=1
        )


async def test_a_page_behind_the_last_one_is_empty_and_the_user_is_there_all_the_same(world: World) -> None:
    user = await world.with_user()
    session = (await world.with_login(user)).session
    assert await listed(world, user, include_ended=True, before=session.id) == []


async def test_who_is_no_admin_is_refused_before_anything_is_looked_up(world: World) -> None:
    user = await world.with_user()
    use_case = world.list_user_sessions(sessions=OutOfReach(), users=OutOfReach())
    for user_id in (user.id, UserId(999)):
        with pytest.raises(Forbidden):
            await use_case.execute(user_id, actor=user, include_ended=True, limit=1)


async def test_looking_changes_nothing(world: World) -> None:
    user, admin = await world.with_user(), await an_admin(world)
    await world.with_session(user)
    world.clock.advance(SESSION_LIFETIME)
    before = world.snapshot()
    for include_ended in (False, True):
        await listed(world, user, actor=admin, include_ended=include_ended)
    assert world.snapshot() == before
