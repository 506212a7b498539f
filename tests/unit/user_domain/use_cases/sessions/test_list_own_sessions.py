"""People see the sessions of theirs that live."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import SESSION_LIFETIME, World
from user_domain.entities.session import EndReason
from user_domain.policies.session import SEEN_TO
from user_domain.ports.session_queries import Login
from user_domain.steps.session_list import ListedSession
from user_domain.testing.builders import CLIENT
from user_domain.value_objects.device import Device
from user_domain.value_objects.ids import SessionHandle, SessionId

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


async def listed(
    world: World, login: Login, *, limit: int = 100, before: SessionId | None = None
) -> list[SessionHandle]:
    found = await world.list_own_sessions().execute(login, limit=limit, before=before)
    return [one.session.handle for one in found]


async def test_they_see_their_own_the_newest_first_and_nobody_elses(world: World) -> None:
    user = await world.with_user()
    await world.with_session(await world.with_user())
    logins = [await world.with_login(user) for _ in range(3)]
    assert await listed(world, logins[1]) == [login.session.handle for login in reversed(logins)]


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0", Device("Firefox", "Linux")),
        ("curl/8.0", Device()),
        (None, Device()),
    ],
)
async def test_they_see_what_each_is_used_with(world: World, user_agent: str | None, device: Device) -> None:
    user = await world.with_user()
    handle = (await world.with_session(user, user_agent=user_agent)).handle
    login = await world.sessions.login_by_handle(handle)
    assert login is not None
    assert await world.list_own_sessions().execute(login, limit=1) == [
        ListedSession(login.session, device, ends_at=login.session.expires_at, is_live=True)
    ]


async def test_what_is_over_is_not_there_any_more(world: World) -> None:
    user = await world.with_user()
    login, ended = await world.with_login(user), await world.with_login(user)
    expiring = await world.with_session(user, expires_at=world.clock.now() + HOUR)
    await world.session_end.end(ended.session, EndReason.REVOKED, client=CLIENT)
    world.clock.advance(HOUR - MOMENT)
    assert await listed(world, login) == [expiring.handle, login.session.handle]
    world.clock.advance(MOMENT)
    assert await listed(world, login) == [login.session.handle]
    world.clock.advance(SESSION_LIFETIME)
    assert await listed(world, login) == []


async def test_nor_is_what_has_been_idle_for_too_long(world: World) -> None:
    user = await world.with_user()
    login = await world.with_login(user)
    world.clock.advance(HOUR + SEEN_TO)
    used = await world.with_login(user)
    assert await listed(world, used) == [used.session.handle, login.session.handle]
    world.session_policy = replace(world.session_policy, idle=HOUR)
    assert await listed(world, used) == [used.session.handle]


async def test_a_page_is_as_long_as_asked_for_and_the_next_one_goes_on_from_there(world: World) -> None:
    user = await world.with_user()
    login = await world.with_login(user)
    for _ in range(4):
        await world.with_session(user)
    everything, pages = await listed(world, login), list[SessionHandle]()
    before = None
    while page := await world.list_own_sessions().execute(login, limit=2, before=before):
        assert len(page) <= 2
        pages += [one.session.handle for one in page]
        before = page[-1].session.id
    assert pages == everything
    assert len(pages) == 5


async def test_looking_changes_nothing(world: World) -> None:
    login = await world.with_login(await world.with_user())
    before = world.snapshot()
    await listed(world, login)
    assert world.snapshot() == before


async def test_one_that_may_not_lie_idle_ends_sooner(world: World) -> None:
    world.session_policy = replace(world.session_policy, idle=timedelta(minutes=15))
    login = await world.with_login(await world.with_user())
    (listed,) = await world.list_own_sessions().execute(login, limit=1)
    assert listed.ends_at == login.session.last_seen_at + timedelta(minutes=15)
