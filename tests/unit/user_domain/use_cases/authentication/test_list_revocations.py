"""What other services learn, and that nothing gets lost between two questions."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.user_domain.world import ACCESS_TOKEN_LIFETIME, World
from user_domain.entities.session import EndReason
from user_domain.ports.revocation_queries import CutOffUser, EndedSession, Revocation, RevocationPosition
from user_domain.testing.builders import CLIENT, NOW, a_block, a_handle
from user_domain.testing.in_memory import InMemoryRevocationQueries
from user_domain.use_cases.authentication import list_revocations
from user_domain.use_cases.authentication.list_revocations import ListRevocations, RevocationFeed
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from user_domain.value_objects.ids import SessionHandle

MARGIN = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


def feed_of(world: World) -> ListRevocations:
    return ListRevocations(
        revocations=InMemoryRevocationQueries(world.database),
        clock=world.clock,
        token_lifetime=ACCESS_TOKEN_LIFETIME,
        margin=MARGIN,
    )


async def end_session(world: World, at: datetime) -> EndedSession:
    """Commit a session that was ended at a moment."""
    session = await world.with_session(await world.with_user(), started_at=at - SECOND)
    async with world.unit_of_work() as work:
        assert await work.sessions.end(session.handle, at=at, reason=EndReason.LOGOUT)
        await work.commit()
    return EndedSession(session.handle, at)


async def test_a_logout_and_a_block_are_told(world: World) -> None:
    login = await world.with_login(await world.with_user())
    blocked = await world.with_user(block=a_block(at=NOW))
    await world.log_out().execute(login, client=CLIENT)
    feed = await feed_of(world).execute()
    assert feed.revocations == (EndedSession(login.session.handle, NOW), CutOffUser(blocked.id, NOW))
    assert feed.next_page is None


async def test_without_a_moment_everything_is_told_that_a_token_can_name(world: World) -> None:
    """Also one that a verifier lets live a little longer, or whose clock is behind."""
    window = ACCESS_TOKEN_LIFETIME + MARGIN
    await end_session(world, NOW - window - timedelta(microseconds=1))
    oldest = await end_session(world, NOW - window)
    feed = await feed_of(world).execute()
    assert (feed.revocations, feed.window) == ((oldest,), window)
    assert (await feed_of(world).execute(since=NOW - timedelta(days=900))).revocations == (oldest,)


async def test_since_a_moment_only_what_came_then_or_later_is_told(world: World) -> None:
    await end_session(world, NOW - 2 * SECOND)
    later = await end_session(world, NOW - SECOND)
    assert (await feed_of(world).execute(since=NOW - SECOND)).revocations == (later,)
    assert (await feed_of(world).execute(since=NOW)).revocations == ()


async def test_the_next_question_reaches_back_a_margin(world: World) -> None:
    assert (await feed_of(world).execute()).next_since == NOW - MARGIN
    assert (await feed_of(world).execute(since=NOW + timedelta(days=1))).next_since == NOW - MARGIN


async def test_a_clock_that_is_ahead_hides_nothing(world: World) -> None:
    ahead = await end_session(world, NOW + timedelta(seconds=20))
    assert (await feed_of(world).execute(since=NOW)).revocations == (ahead,)


async def test_more_than_a_page_is_read_on_from_where_it_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when everybody was logged out at the same moment."""
    monkeypatch.setattr(list_revocations, "PAGE", 2)
    ended = {(await end_session(world, NOW)).handle for _ in range(5)}
    first = await feed_of(world).execute()
    second = await feed_of(world).execute(page=first.next_page)
    third = await feed_of(world).execute(page=second.next_page)
    pages = [first.revocations, second.revocations, third.revocations]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {one.handle for page in pages for one in page if isinstance(one, EndedSession)} == ended
    assert third.next_page is None


async def test_a_page_that_is_just_full_is_the_last(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_revocations, "PAGE", 2)
    for _ in range(2):
        await end_session(world, NOW)
    assert (await feed_of(world).execute()).next_page is None


# --- Whoever asks as told misses nothing ----------------------------------------------------------------------------


@dataclass
class Reader:
    """Another service: asks with what the last answer said, and not at all what it was told already (304)."""

    feed: ListRevocations
    since: datetime | None = None
    last: tuple[Revocation, ...] | None = None
    known: set[SessionHandle] = field(default_factory=set)

    async def ask(self) -> None:
        first = await self.feed.execute(since=self.since)
        if first.next_page is None and first.revocations == self.last:
            return
        self.last = first.revocations
        self._learn(first)
        page = first.next_page
        while page is not None:
            answer = await self.feed.execute(page=page)
            self._learn(answer)
            page = answer.next_page
        self.since = first.next_since

    def _learn(self, answer: RevocationFeed) -> None:
        self.known |= {one.handle for one in answer.revocations if isinstance(one, EndedSession)}


@dataclass(frozen=True)
class Ending:
    """A session that is ended at a moment, on a clock that may be ahead or behind, and committed later."""

    commits_at: timedelta
    decided_before: timedelta


SECONDS = st.integers(0, 4000).map(lambda tenths: timedelta(seconds=tenths / 10))
ENDINGS = st.builds(Ending, SECONDS, st.integers(-50, 590).map(lambda tenths: timedelta(seconds=tenths / 10)))


@settings(deadline=None)
@given(
    endings=st.lists(ENDINGS, min_size=1, max_size=8),
    questions=st.lists(SECONDS, max_size=12),
    page=st.integers(1, 3),
)
def test_what_commits_late_is_told_by_the_next_answer(
    endings: list[Ending], questions: list[timedelta], page: int
) -> None:
    """However commits and questions interleave: a commit is never later than a margin after its decision."""

    async def story() -> None:
        world = World()
        user = await world.with_user()
        sessions = [await world.with_session(user) for _ in endings]
        reader = Reader(feed_of(world))
        events = [(ending.commits_at, number) for number, ending in enumerate(endings)]
        events += [(at, -1) for at in questions]
        committed: set[SessionHandle] = set()
        for at, number in sorted(events):
            world.clock.advance(NOW + at - world.clock.now())
            if number < 0:
                await reader.ask()
                assert committed <= reader.known
            else:
                handle, state = sessions[number].handle, world.database.committed
                decided = NOW + at - endings[number].decided_before
                state.sessions[handle] = replace(state.sessions[handle], ended_at=decided)
                committed.add(handle)
        await reader.ask()
        assert committed == reader.known

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_revocations, "PAGE", page)
        asyncio.run(story())


async def test_a_page_that_takes_long_to_read_on_hides_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What commits behind a reader's back, while it reads on, comes with the next question."""
    monkeypatch.setattr(list_revocations, "PAGE", 1)
    feed = feed_of(world)
    await end_session(world, NOW - SECOND)
    await end_session(world, NOW)
    first = await feed.execute()
    late = await end_session(world, NOW - 2 * SECOND)
    world.clock.advance(10 * MARGIN)
    assert first.next_page is not None
    assert (await feed.execute(page=first.next_page)).next_page is None
    asked = await feed.execute(since=first.next_since)
    assert late in asked.revocations


def test_positions_are_in_the_order_of_time_sessions_and_users() -> None:
    session, user = EndedSession(a_handle(), NOW), CutOffUser(UserId(3), NOW)
    in_order = [RevocationPosition(NOW), session.position, user.position, RevocationPosition(NOW + SECOND)]
    assert all(earlier < later for earlier, later in pairwise(in_order))
