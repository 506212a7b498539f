"""The contract of `SessionRefreshes`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from user_domain.entities.session import EndReason
from user_domain.policies.access import AccessPolicy
from user_domain.ports.session_queries import Login
from user_domain.ports.session_refreshes import RefreshTerms
from user_domain.testing.builders import NOW, a_block, a_handle, a_new_session, a_suspension
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together
from user_domain.value_objects.refresh_token import RefreshToken

if TYPE_CHECKING:
    from user_domain.entities.session import NewSession
    from user_domain.entities.user import Block, Suspension
    from user_domain.ports.session_refreshes import Refresh
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import UserId

AT = NOW + timedelta(hours=1)
"""When most tokens here are spent; sessions start NOW."""

MOMENT = timedelta(microseconds=1)
SLIDING, ABSOLUTE = timedelta(days=30), timedelta(days=90)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How an account stands, and whether people must have verified their address."""

    block: Block | None
    suspension: Suspension | None
    password_reset_required_at: datetime | None
    email_verified_at: datetime | None
    verified_email_required: bool

    def __str__(self) -> str:
        until = self.suspension and self.suspension.until
        facts = {
            "blocked": self.block,
            f"suspended for {(until - AT).total_seconds():g} s" if until else "suspended": self.suspension,
            "reset required": self.password_reset_required_at,
            "verified": self.email_verified_at,
            "must be verified": self.verified_email_required,
        }
        return ", ".join(name for name, fact in facts.items() if fact) or "nothing"


STANDINGS = [
    _Standing(*facts)
    for facts in product(
        [None, a_block()],
        [None, *(a_suspension(until=until) for until in (AT + MOMENT, AT, AT - MOMENT, None))],
        [None, NOW],
        [None, NOW],
        [False, True],
    )
]
"""All of them: without a suspension, and with one that holds, ends just now, has ended, or is open-ended."""


async def _advance(store: Store, session: NewSession, generation: int = 0, **other: Any) -> Refresh | None:
    policy = {"sliding": SLIDING, "absolute": ABSOLUTE, "seen_after": None, "verified_email_required": False}
    terms = RefreshTerms(**{"at": AT, **policy, **other})
    return await store.refreshes.advance(RefreshToken(session.handle, generation), terms)


async def _has_advanced(store: Store, session: NewSession, generation: int = 0, **other: Any) -> bool:
    """Whether it has, shown as it is stored. If not, nothing has changed."""
    before = await store.login(session.handle)
    refresh = await _advance(store, session, generation, **other)
    assert refresh is not None
    after = await store.login(session.handle)
    assert refresh.login == after
    assert refresh.has_advanced or after == before
    assert refresh.has_advanced is (after.session.refresh_generation == before.session.refresh_generation + 1)
    return refresh.has_advanced


async def _log_out(store: Store, session: NewSession) -> bool:
    async with store.unit_of_work() as work:
        ended = await work.sessions.end(session.handle, at=AT, reason=EndReason.LOGOUT)
        await work.commit()
    return ended


async def _block(store: Store, user_id: UserId) -> bool:
    async with store.unit_of_work() as work:
        account = await work.users.lock(user_id)
        assert account is not None
        await work.users.save(replace(account.user, block=a_block()))
        ended = await work.sessions.end_all(user_id, at=AT, reason=EndReason.REVOKED)
        await work.commit()
    return ended == 1


class SessionRefreshesContract(Contract):
    """Needs a fixture `store`."""

    # --- A token is spent ---------------------------------------------------------------------------------------

    async def test_a_session_goes_on_to_the_next_generation_and_has_nothing_else_changed(self, store: Store) -> None:
        user = await store.with_user()
        session = await store.with_session(user, expires_at=AT + timedelta(days=1))
        before = (await store.login(session.handle)).session
        refresh = await _advance(store, session)
        assert refresh is not None
        assert refresh.has_advanced
        assert refresh.login.user == user
        assert refresh.login.session == replace(
            before, refresh_generation=1, refreshed_at=AT, last_seen_at=AT, expires_at=AT + SLIDING
        )

    async def test_what_it_shows_is_what_is_stored(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        refresh = await _advance(store, session)
        assert refresh is not None
        assert refresh.login == await store.login(session.handle)
        assert refresh.login.session == await store.sessions.by_id(refresh.login.session.id)

    async def test_one_generation_follows_the_other(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        for generation in range(5):
            assert await _has_advanced(store, session, generation, at=AT + timedelta(minutes=generation))
        assert (await store.login(session.handle)).session.refresh_generation == 5

    async def test_a_session_that_nobody_has_is_none(self, store: Store) -> None:
        other = await store.with_session(await store.with_user())
        assert await _advance(store, replace(other, handle=a_handle())) is None

    async def test_other_sessions_stay_as_they_are(self, store: Store) -> None:
        user = await store.with_user()
        others = [await store.with_session(user), await store.with_session(await store.with_user())]
        session = await store.with_session(user)
        before = [await store.login(other.handle) for other in others]
        assert await _has_advanced(store, session)
        assert [await store.login(other.handle) for other in others] == before

    async def test_a_session_was_seen_when_it_was_refreshed_but_never_earlier_than_before(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        assert await _has_advanced(store, session)
        assert await _has_advanced(store, session, 1, at=AT - timedelta(minutes=30))
        stored = (await store.login(session.handle)).session
        assert (stored.last_seen_at, stored.refreshed_at) == (AT, AT - timedelta(minutes=30))

    # --- How long a session lives -------------------------------------------------------------------------------

    async def test_a_session_lives_on_from_each_refresh(self, store: Store) -> None:
        session = await store.with_session(await store.with_user(), expires_at=NOW + timedelta(days=7))
        for generation, days in enumerate((1, 5, 11)):
            at = NOW + timedelta(days=days)
            assert await _has_advanced(store, session, generation, at=at, sliding=timedelta(days=7))
            assert (await store.login(session.handle)).session.expires_at == at + timedelta(days=7)

    async def test_days_have_24_hours_also_where_clocks_are_changed(self, store: Store) -> None:
        session = await store.with_session(await store.with_user(), expires_at=NOW + timedelta(days=1))
        for generation, days in enumerate((30, 200, 365)):  # over the changes of spring and autumn
            sliding, absolute = timedelta(days=days), timedelta(days=1000)
            assert await _has_advanced(store, session, generation, sliding=sliding, absolute=absolute)
            assert (await store.login(session.handle)).session.expires_at == AT + timedelta(days=days)
        assert await _has_advanced(store, session, 3, sliding=timedelta(days=1000), absolute=timedelta(days=600))
        assert (await store.login(session.handle)).session.expires_at == NOW + timedelta(days=600)

    @pytest.mark.parametrize("late", [-MOMENT, timedelta(0), MOMENT, timedelta(hours=20)], ids=str)
    async def test_in_all_it_lives_no_longer_than_is_allowed(self, store: Store, late: timedelta) -> None:
        session = await store.with_session(await store.with_user(), expires_at=NOW + timedelta(days=31))
        at, absolute = NOW + SLIDING + late, 2 * SLIDING
        assert await _has_advanced(store, session, at=at, absolute=absolute)
        assert (await store.login(session.handle)).session.expires_at == min(at + SLIDING, NOW + absolute)

    @pytest.mark.parametrize(
        "lowered",
        [{"sliding": timedelta(minutes=5)}, {"absolute": timedelta(minutes=90)}, {"absolute": timedelta(minutes=1)}],
        ids=str,
    )
    async def test_it_never_lives_shorter_than_before(self, store: Store, lowered: dict[str, Any]) -> None:
        session = await store.with_session(await store.with_user())
        assert await _has_advanced(store, session, **lowered)
        assert (await store.login(session.handle)).session.expires_at == session.expires_at

    # --- Where a token is not spent -----------------------------------------------------------------------------

    @pytest.mark.parametrize("standing", STANDINGS, ids=str)
    async def test_it_advances_exactly_where_the_access_policy_has_nothing_against_it(
        self, store: Store, standing: _Standing
    ) -> None:
        user = await store.with_facts(
            await store.with_user(),
            block=standing.block,
            suspension=standing.suspension,
            password_reset_required_at=standing.password_reset_required_at,
            email_verified_at=standing.email_verified_at,
        )
        session = await store.with_session(user)
        required = standing.verified_email_required
        denials = AccessPolicy(verified_email_required=required).denials(user, at=AT)
        assert await _has_advanced(store, session, verified_email_required=required) is (not denials)
        assert (await store.login(session.handle)).user == user

    @pytest.mark.parametrize("generation", [0, 1, 3, 4, 2**31 - 1])
    async def test_only_the_current_generation_advances(self, store: Store, generation: int) -> None:
        session = await store.with_session(await store.with_user())
        for current in range(2):
            assert await _has_advanced(store, session, current)
        assert not await _has_advanced(store, session, generation, at=AT + timedelta(minutes=1))
        assert await _has_advanced(store, session, 2, at=AT + timedelta(minutes=1))

    async def test_a_session_that_was_ended_does_not_advance(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        assert await _log_out(store, session)
        assert not await _has_advanced(store, session)
        assert not await _has_advanced(store, session, at=AT - timedelta(minutes=1))

    async def test_a_session_advances_until_it_expires(self, store: Store) -> None:
        session, other = [await store.with_session(await store.with_user(), expires_at=AT) for _ in range(2)]
        assert not await _has_advanced(store, session)
        assert await _has_advanced(store, other, at=AT - MOMENT)

    async def test_a_session_that_was_not_seen_since_does_not_advance(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())  # seen NOW
        for seen_after in (NOW, NOW + MOMENT):
            assert not await _has_advanced(store, session, seen_after=seen_after)
        assert await _has_advanced(store, session, seen_after=NOW - MOMENT)
        assert not await _has_advanced(store, session, 1, at=AT + MOMENT, seen_after=AT)
        assert await _has_advanced(store, session, 1, at=AT + MOMENT, seen_after=AT - MOMENT)

    # --- At the same instant ------------------------------------------------------------------------------------

    async def test_of_many_with_one_token_it_advances_for_exactly_one(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        refreshes = await together(*(_advance(store, session) for _ in range(16)))
        assert sorted(refresh is not None and refresh.has_advanced for refresh in refreshes) == [False] * 15 + [True]
        assert (await store.login(session.handle)).session.refresh_generation == 1
        assert {refresh and refresh.login.session.handle for refresh in refreshes} == {session.handle}

    async def test_whoever_lost_is_shown_what_it_is_since_when_asking_again(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())

        async def advance_twice() -> tuple[Refresh | None, Refresh | None]:
            return await _advance(store, session), await _advance(store, session)

        for first, second in await together(*(advance_twice() for _ in range(8))):
            assert first is not None
            assert first.login.session.refresh_generation in {0, 1}
            assert second is not None
            assert not second.has_advanced
            assert second.login == await store.login(session.handle)

    async def test_many_sessions_advance_beside_each_other(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [a_new_session(user.id) for _ in range(20)]
        await store.with_sessions(*sessions)
        refreshes = await together(*(_advance(store, session) for session in sessions))
        assert [refresh and (refresh.has_advanced, refresh.login) for refresh in refreshes] == [
            (True, await store.login(session.handle)) for session in sessions
        ]

    async def test_a_session_that_is_ended_at_the_same_instant_is_over_whoever_came_first(self, store: Store) -> None:
        user = await store.with_user()
        for _ in range(10):
            session = await store.with_session(user)

            async def advance(session: NewSession = session) -> bool:
                refresh = await _advance(store, session)
                return refresh is not None and refresh.has_advanced

            has_advanced, has_ended = await together(advance(), _log_out(store, session))
            stored = (await store.login(session.handle)).session
            assert has_ended
            assert (stored.ended_at, stored.end_reason) == (AT, EndReason.LOGOUT)
            assert stored.refresh_generation == has_advanced
            assert not await _has_advanced(store, session, stored.refresh_generation)

    async def test_a_user_who_is_blocked_at_the_same_instant_has_no_session_whoever_came_first(
        self, store: Store
    ) -> None:
        for _ in range(10):
            user = await store.with_user()
            session = await store.with_session(user)

            async def advance(session: NewSession = session) -> bool:
                refresh = await _advance(store, session)
                return refresh is not None and refresh.has_advanced

            has_advanced, has_ended = await together(advance(), _block(store, user.id))
            login = await store.login(session.handle)
            assert has_ended
            assert not login.session.is_live(AT)
            assert login.session.refresh_generation == has_advanced
            assert login == Login(replace(user, block=a_block()), login.session)
