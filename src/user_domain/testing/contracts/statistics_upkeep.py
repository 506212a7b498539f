"""The contract of `StatisticsUpkeep`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.testing.builders import NOW, a_block
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together
from user_domain.value_objects.calendar import Calendar

if TYPE_CHECKING:
    from user_domain.entities.session import NewSession
    from user_domain.ports.statistics_queries import DayCounts, Totals
    from user_domain.testing.contracts.store import Store

CALENDAR = Calendar()
MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def _everything(store: Store) -> tuple[Totals, list[DayCounts]]:
    days = CALENDAR.days_until(NOW, count=3)
    totals = await store.statistics.totals(at=NOW, today=days[-1], verified_email_required=False)
    return totals, await store.statistics.days(days)


async def _active_sessions(store: Store) -> int:
    return (await _everything(store))[0].active_sessions


async def _some_of_all(store: Store) -> list[NewSession]:
    """Commit something for every number; the sessions."""
    users = [await store.with_user() for _ in range(3)]
    sessions = [await store.with_login(user) for user in users]
    await store.with_entries(AuditAction.SESSION_LOGIN_FAILURE)
    await store.with_facts(users[0], block=a_block(), email_verified_at=NOW)
    return sessions


class StatisticsUpkeepContract(Contract):
    """Needs a fixture `store`."""

    # --- Folding ------------------------------------------------------------------------------------------------------

    async def test_no_number_changes_by_folding(self, store: Store) -> None:
        await _some_of_all(store)
        before = await _everything(store)
        while await store.upkeep.fold():
            pass
        assert await _everything(store) == before

    async def test_what_happens_after_folding_is_counted_on_top(self, store: Store) -> None:
        await _some_of_all(store)
        await store.upkeep.fold()
        (before, _), session = await _everything(store), await store.with_login(await store.with_user())
        (after, _) = await _everything(store)
        assert (after.total_users, after.logins_today) == (before.total_users + 1, before.logins_today + 1)
        await store.upkeep.fold()
        assert (await _everything(store))[0] == after
        await _end(store, session)
        assert await _active_sessions(store) == before.active_sessions

    async def test_where_nothing_has_happened_there_is_nothing_to_fold(self, store: Store) -> None:
        assert not await store.upkeep.fold()
        await _some_of_all(store)
        while await store.upkeep.fold():
            pass
        assert not await store.upkeep.fold()

    async def test_many_fold_at_once_while_others_write(self, store: Store) -> None:
        await _some_of_all(store)
        users = [await store.with_user() for _ in range(10)]
        await together(*(store.with_login(user) for user in users), *(_fold(store) for _ in range(10)))
        totals, _ = await _everything(store)
        assert (totals.total_users, totals.logins_today, totals.active_sessions) == (13, 13, 13)

    # --- Sessions that are over ---------------------------------------------------------------------------------------

    async def test_a_session_that_has_expired_is_not_counted_any_more(self, store: Store) -> None:
        user = await store.with_user()
        for expires_at in (NOW - MOMENT, NOW, NOW + MOMENT):
            await store.with_session(user, started_at=NOW - DAY, expires_at=expires_at)
        await _settle(store)
        assert await _active_sessions(store) == 1
        await _settle(store)
        assert await _active_sessions(store) == 1

    async def test_one_that_was_seen_since_is_counted_on(self, store: Store) -> None:
        user = await store.with_user()
        session = await store.with_session(user, started_at=NOW - DAY, expires_at=NOW + HOUR)
        activity = store.activity()
        activity.note(session.handle, at=NOW)
        await activity.write_down()
        await store.upkeep.settle(at=NOW + MOMENT, seen_after=NOW - HOUR)
        assert await _active_sessions(store) == 1

    async def test_that_a_session_is_over_changes_nothing_about_it(self, store: Store) -> None:
        session = await store.with_session(await store.with_user(), started_at=NOW - DAY, expires_at=NOW)
        before = await store.login(session.handle)
        await _settle(store)
        assert await store.login(session.handle) == before

    async def test_one_that_ends_after_that_is_not_taken_off_twice(self, store: Store) -> None:
        user = await store.with_user()
        session = await store.with_session(user, started_at=NOW - DAY, expires_at=NOW + HOUR)
        await store.with_session(user)
        await store.upkeep.settle(at=NOW + HOUR, seen_after=None)
        assert await _active_sessions(store) == 1
        await _end(store, session)  # by a process whose clock is behind
        assert await _active_sessions(store) == 1

    async def test_many_settle_at_once_and_each_session_is_taken_off_once(self, store: Store) -> None:
        user = await store.with_user()
        for _ in range(20):
            await store.with_session(user, started_at=NOW - DAY, expires_at=NOW)
        await store.with_session(user)
        await together(*(_settle(store) for _ in range(10)))
        await _settle(store)
        assert await _active_sessions(store) == 1

    async def test_when_less_is_allowed_than_before_rearming_finds_those_that_are_over(self, store: Store) -> None:
        user = await store.with_user()
        for started_at in (NOW - 2 * HOUR, NOW - HOUR, NOW - HOUR + MOMENT):
            await store.with_session(user, started_at=started_at)
        assert await store.upkeep.rearm(at=NOW, seen_after=NOW - HOUR) == 2
        assert await _active_sessions(store) == 1
        assert await store.upkeep.rearm(at=NOW, seen_after=NOW - HOUR) == 0
        await store.upkeep.settle(at=NOW + MOMENT, seen_after=NOW - HOUR + MOMENT)
        assert await _active_sessions(store) == 0, "and settling finds the others in time"

    async def test_when_more_is_allowed_than_before_rearming_counts_those_again_that_live(self, store: Store) -> None:
        user = await store.with_user()
        for expires_at in (NOW, NOW + HOUR):
            await store.with_session(user, started_at=NOW - 2 * HOUR, expires_at=expires_at)
        ended = await store.with_session(user, started_at=NOW - 2 * HOUR)
        await _end(store, ended)
        await store.upkeep.rearm(at=NOW, seen_after=NOW - HOUR)
        assert await _active_sessions(store) == 0
        assert await store.upkeep.rearm(at=NOW, seen_after=None) == 1
        assert await _active_sessions(store) == 1

    # --- Counting anew ------------------------------------------------------------------------------------------------

    async def test_where_every_number_is_right_a_recount_tells_of_none_and_changes_none(self, store: Store) -> None:
        for session in await _some_of_all(store):
            await _end(store, session)
            assert await store.upkeep.recount() == []
        before = await _everything(store)
        await store.upkeep.fold()
        assert await store.upkeep.recount() == []
        assert await _everything(store) == before

    async def test_what_was_purged_is_nothing_that_is_wrong_and_nothing_to_take_off(self, store: Store) -> None:
        for session in await _some_of_all(store):
            await _end(store, session)
        before = await _everything(store)
        assert await store.old_records.delete_ended_sessions(ended_by=NOW, limit=2) == 2
        for take_off_surplus in (False, True):
            assert await store.upkeep.recount(take_off_surplus=take_off_surplus) == []
            await _fold(store)
        assert await _everything(store) == before

    async def test_where_there_is_nothing_a_recount_finds_that(self, store: Store) -> None:
        assert await store.upkeep.recount() == []
        assert await store.upkeep.rearm(at=NOW, seen_after=NOW) == 0


async def _fold(store: Store) -> None:
    while await store.upkeep.fold():
        pass


async def _settle(store: Store) -> None:
    while await store.upkeep.settle(at=NOW, seen_after=None):
        pass


async def _end(store: Store, session: NewSession) -> None:
    async with store.unit_of_work() as work:
        await work.sessions.end(session.handle, at=NOW, reason=EndReason.LOGOUT)
        await work.commit()
