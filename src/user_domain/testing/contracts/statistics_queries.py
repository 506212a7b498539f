"""The contract of `StatisticsQueries`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from itertools import cycle, product
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.policies.access import AccessPolicy
from user_domain.ports.session_refreshes import RefreshTerms
from user_domain.ports.statistics_queries import DayCounts
from user_domain.testing.builders import NOW, a_block, a_new_user, a_suspension
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import HASH, together
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.calendar import Calendar
from user_domain.value_objects.refresh_token import RefreshToken
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from datetime import date, datetime

    from user_domain.entities.session import NewSession
    from user_domain.ports.statistics_queries import Totals
    from user_domain.testing.contracts.store import Store

CALENDAR = Calendar()
TODAY = CALENDAR.day(NOW.date())
KATHMANDU = timezone(timedelta(hours=5, minutes=45))
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)


async def _totals(store: Store, *, at: datetime = NOW, verified_email_required: bool = False) -> Totals:
    today = CALENDAR.day(CALENDAR.date_of(at))
    return await store.statistics.totals(at=at, today=today, verified_email_required=verified_email_required)


async def _week(store: Store) -> dict[date, tuple[int, int, int, int]]:
    """What happened on each of the last days, but for quiet ones: registrations, logins, failed logins, people."""
    counts = await store.statistics.days(CALENDAR.days_until(NOW, count=7))
    rows = {day.date: (day.registrations, day.logins, day.failed_logins, day.active_users) for day in counts}
    return {on: row for on, row in rows.items() if any(row)}


async def _active_sessions(store: Store) -> int:
    return (await _totals(store)).active_sessions


async def _end(store: Store, session: NewSession, *, at: datetime = NOW) -> bool:
    async with store.unit_of_work() as work:
        has_ended = await work.sessions.end(session.handle, at=at, reason=EndReason.LOGOUT)
        await work.commit()
    return has_ended


async def _seen(store: Store, *sessions: NewSession, at: datetime) -> None:
    activity = store.activity()
    for session in sessions:
        activity.note(session.handle, at=at)
    await activity.write_down()


async def _people(store: Store) -> dict[date, int]:
    """How many were there on each of the last days, but for quiet ones."""
    return {on: row[3] for on, row in (await _week(store)).items() if row[3]}


class StatisticsQueriesContract(Contract):
    """Needs a fixture `store`."""

    # --- Users --------------------------------------------------------------------------------------------------------

    async def test_where_there_is_nothing_every_number_is_zero(self, store: Store) -> None:
        totals = await _totals(store)
        assert {getattr(totals, name) for name in type(totals).__slots__} == {0}

    async def test_every_user_stands_where_the_access_policy_says_whatever_the_facts(self, store: Store) -> None:
        blocks = (None, a_block())
        suspensions = (
            None,
            a_suspension(until=None),
            a_suspension(until=NOW + MOMENT),
            a_suspension(until=NOW),
        )
        facts = [
            {"block": block, "suspension": suspension, "email_verified_at": verified_at, "role": role, **reset}
            for block, suspension, verified_at, role, reset in product(
                blocks, suspensions, (None, NOW), Role, ({}, {"password_reset_required_at": NOW})
            )
        ]
        users = [await store.with_facts(await store.with_user(), **some) for some in facts]
        for at, required in product((NOW, NOW + MOMENT), (False, True)):
            access = AccessPolicy(verified_email_required=required)
            stands = [access.status(user, at=at) for user in users]
            totals = await _totals(store, at=at, verified_email_required=required)
            assert (
                totals.active_users,
                totals.blocked_users,
                totals.suspended_users,
                totals.pending_verification,
            ) == tuple(
                stands.count(status)
                for status in (
                    AccountStatus.ACTIVE,
                    AccountStatus.BLOCKED,
                    AccountStatus.SUSPENDED,
                    AccountStatus.PENDING_VERIFICATION,
                )
            )
            assert totals.total_users == len(users)
            assert totals.admins == sum(user.is_admin for user in users)
            assert totals.verified_users == sum(user.is_email_verified for user in users)

    async def test_a_suspension_lifts_itself_for_the_number_too(self, store: Store) -> None:
        await store.with_facts(await store.with_user(), suspension=a_suspension(until=NOW + DAY))
        assert (await _totals(store, at=NOW + DAY - MOMENT)).suspended_users == 1
        assert (await _totals(store, at=NOW + DAY)).suspended_users == 0

    async def test_those_suspended_are_right_at_every_moment_wherever_suspensions_end(self, store: Store) -> None:
        """Within this quarter of an hour, today, some day, never; and over already."""
        quarter = NOW.replace(minute=NOW.minute // 15 * 15, second=0, microsecond=0)
        edges = [
            *(NOW - DAY, TODAY.begins_at, quarter, NOW, quarter + QUARTER, quarter + 2 * QUARTER),
            *(TODAY.ends_at - QUARTER, TODAY.ends_at, TODAY.ends_at + QUARTER, NOW + 40 * DAY, NOW + 4000 * DAY),
        ]
        ends = [None, *(edge + step * MOMENT for edge in edges for step in (-1, 0, 1))]
        users = [
            await store.with_facts(await store.with_user(), suspension=a_suspension(until=until), **verified)
            for until, verified in zip(ends, cycle(({}, {"email_verified_at": NOW})), strict=False)
        ]
        access = AccessPolicy(verified_email_required=True)
        for at in (edge + step * MOMENT for edge in edges for step in (-1, 0, 1)):
            stands = [access.status(user, at=at) for user in users]
            totals = await _totals(store, at=at, verified_email_required=True)
            assert (totals.suspended_users, totals.pending_verification, totals.active_users) == (
                stands.count(AccountStatus.SUSPENDED),
                stands.count(AccountStatus.PENDING_VERIFICATION),
                stands.count(AccountStatus.ACTIVE),
            )

    async def test_whatever_changes_about_somebody_suspended_is_counted(self, store: Store) -> None:
        """Blocked and opened again, verified, suspended until later, and once more after it was over."""
        user = await store.with_user()
        today, some_day = a_suspension(until=NOW + MOMENT), a_suspension(until=NOW + 40 * DAY)
        for facts in (
            {"suspension": today},
            {"suspension": today, "block": a_block()},
            {"suspension": some_day, "block": a_block()},
            {"suspension": some_day},
            {"suspension": some_day, "email_verified_at": NOW},
            {"suspension": today, "email_verified_at": NOW},
            {"suspension": today, "email_verified_at": None},
            {"suspension": a_suspension(until=NOW - DAY)},
            {"suspension": a_suspension(until=None)},
            {"suspension": a_suspension(until=None), "block": a_block(), "email_verified_at": NOW},
            {},
        ):
            changed = await store.with_facts(user, **facts)
            for at in (NOW, NOW + MOMENT, NOW + 40 * DAY):
                status = AccessPolicy(verified_email_required=True).status(changed, at=at)
                totals = await _totals(store, at=at, verified_email_required=True)
                assert (totals.suspended_users, totals.blocked_users, totals.pending_verification) == (
                    status is AccountStatus.SUSPENDED,
                    status is AccountStatus.BLOCKED,
                    status is AccountStatus.PENDING_VERIFICATION,
                )

    async def test_a_change_back_is_counted_as_well(self, store: Store) -> None:
        before = await _totals(store)
        user = await store.with_user()
        added = await _totals(store)
        await store.with_facts(user, block=a_block(), role=Role.ADMIN, email_verified_at=NOW)
        changed = await _totals(store)
        await store.with_facts(user)
        assert (changed.blocked_users, changed.admins, changed.verified_users) == (1, 1, 1)
        assert await _totals(store) == added != before

    # --- Days ---------------------------------------------------------------------------------------------------------

    async def test_users_are_counted_on_the_day_they_were_admitted(self, store: Store) -> None:
        for created_at in (TODAY.begins_at - MOMENT, TODAY.begins_at, NOW, TODAY.ends_at - MOMENT, TODAY.ends_at):
            await store.with_user(a_new_user(created_at=created_at, role=Role.ADMIN))
        assert (await _totals(store)).users_today == 3
        assert await _week(store) == {TODAY.date - DAY: (1, 0, 0, 0), TODAY.date: (3, 0, 0, 0)}

    async def test_logins_are_counted_on_their_day(self, store: Store) -> None:
        user = await store.with_user(a_new_user(created_at=NOW - 30 * DAY))
        for at in (TODAY.begins_at - MOMENT, TODAY.begins_at, TODAY.ends_at - MOMENT):
            await store.with_login(user, at=at)
        assert (await _totals(store)).logins_today == 2
        assert await _week(store) == {TODAY.date - DAY: (0, 1, 0, 1), TODAY.date: (0, 2, 0, 1)}

    async def test_failed_logins_are_those_with_wrong_passwords_and_those_denied(self, store: Store) -> None:
        await store.with_entries(AuditAction.SESSION_LOGIN_FAILURE, at=TODAY.begins_at - MOMENT)
        await store.with_entries(*AuditAction, at=TODAY.begins_at)
        totals = await _totals(store)
        assert totals.failed_logins_today == 2
        failed = {on: row[2] for on, row in (await _week(store)).items()}
        assert failed == {TODAY.date - DAY: 1, TODAY.date: 2}

    async def test_every_day_is_there_in_order_and_quiet_ones_with_zeros(self, store: Store) -> None:
        await store.with_user(a_new_user(created_at=NOW - 2 * DAY))
        days = CALENDAR.days_until(NOW, count=5)
        counts = await store.statistics.days(days)
        assert [day.date for day in counts] == [day.date for day in days]
        assert counts[0] == DayCounts(date=days[0].date, registrations=0, logins=0, failed_logins=0, active_users=0)
        assert [day.registrations for day in counts] == [0, 0, 1, 0, 0]

    async def test_the_longest_series_is_a_leap_year(self, store: Store) -> None:
        await store.with_user(a_new_user(created_at=NOW - 365 * DAY))
        await store.with_user(a_new_user(created_at=NOW))
        counts = await store.statistics.days(CALENDAR.days_until(NOW, count=366))
        assert [number for number, day in enumerate(counts) if day.registrations] == [0, 365]

    async def test_a_day_may_begin_at_any_quarter_of_an_hour_and_have_23_hours(self, store: Store) -> None:
        days = Calendar(KATHMANDU).days_until(NOW, count=3)
        assert days[1].begins_at.minute == 15
        for day in days:
            for at in (day.begins_at - MOMENT, day.begins_at):
                await store.with_user(a_new_user(created_at=at))
        short = [days[0], replace(days[1], ends_at=days[1].ends_at - timedelta(hours=1))]
        assert [day.registrations for day in await store.statistics.days(days)] == [2, 2, 1]
        assert [day.registrations for day in await store.statistics.days(short)] == [2, 1]

    # --- Who was there ------------------------------------------------------------------------------------------------

    async def test_a_person_is_counted_once_a_day_however_often_it_logs_in(self, store: Store) -> None:
        john, jane = await store.with_user(), await store.with_user()
        for user, at in ((john, NOW - DAY), (john, NOW), (john, NOW + MOMENT), (jane, NOW)):
            await store.with_login(user, at=at)
        assert await _people(store) == {TODAY.date - DAY: 1, TODAY.date: 2}

    async def test_a_person_who_was_seen_was_there_and_is_counted_once(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [await store.with_session(user, started_at=NOW - 3 * DAY) for _ in range(2)]
        await _seen(store, *sessions, at=NOW)
        assert await _people(store) == {TODAY.date: 1}
        await store.with_login(user, at=NOW)
        await _seen(store, sessions[0], at=NOW + timedelta(minutes=5))
        assert await _people(store) == {TODAY.date: 1}

    async def test_being_seen_on_both_sides_of_midnight_counts_on_both_days(self, store: Store) -> None:
        user = await store.with_user()
        session = await store.with_session(user, started_at=NOW - 3 * DAY)
        activity = store.activity()
        for at in (TODAY.begins_at - MOMENT, TODAY.begins_at):
            activity.note(session.handle, at=at)
        await activity.write_down()
        assert await _people(store) == {TODAY.date - DAY: 1, TODAY.date: 1}

    async def test_whoever_was_seen_and_has_logged_out_since_was_there(self, store: Store) -> None:
        session = await store.with_session(await store.with_user(), started_at=NOW - 3 * DAY)
        activity = store.activity()
        activity.note(session.handle, at=NOW)
        await _end(store, session)
        await activity.write_down()
        assert await _people(store) == {TODAY.date: 1}

    async def test_nobody_is_counted_twice_who_is_seen_and_logs_in_at_the_same_instant(self, store: Store) -> None:
        users = [await store.with_user() for _ in range(5)]
        sessions = [await store.with_session(user, started_at=NOW - 3 * DAY) for user in users for _ in range(2)]
        await together(
            *(_seen(store, *sessions, at=NOW) for _ in range(5)), *(store.with_login(user, at=NOW) for user in users)
        )
        await _seen(store, *sessions, at=NOW)  # whom somebody held
        assert await _people(store) == {TODAY.date: 5}

    # --- Sessions -----------------------------------------------------------------------------------------------------

    async def test_a_session_counts_from_its_start_to_its_end(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [await store.with_session(user) for _ in range(3)]
        assert await _active_sessions(store) == 3
        assert await _end(store, sessions[0])
        assert not await _end(store, sessions[0])
        assert await _active_sessions(store) == 2
        async with store.unit_of_work() as work:
            await work.sessions.end_all(user.id, at=NOW, reason=EndReason.LOGOUT_ALL)
            await work.commit()
        assert await _active_sessions(store) == 0

    async def test_one_that_was_found_to_be_over_and_comes_back_to_life_counts_when_it_is_used(
        self, store: Store
    ) -> None:
        user = await store.with_user()
        refreshed, seen, _ = [await store.with_session(user, started_at=NOW - DAY) for _ in range(3)]
        await store.upkeep.settle(at=NOW, seen_after=NOW - timedelta(hours=1))
        await store.upkeep.rearm(at=NOW, seen_after=NOW - timedelta(hours=1))
        assert await _active_sessions(store) == 0
        terms = RefreshTerms(at=NOW, sliding=DAY, absolute=90 * DAY, seen_after=None, verified_email_required=False)
        refresh = await store.refreshes.advance(RefreshToken(refreshed.handle, 0), terms)
        assert refresh is not None
        assert refresh.has_advanced
        assert await _active_sessions(store) == 1
        await _seen(store, seen, at=NOW)
        assert await _active_sessions(store) == 2

    # --- Exactly ------------------------------------------------------------------------------------------------------

    async def test_what_is_rolled_back_is_not_counted(self, store: Store) -> None:
        user = await store.with_user()
        before = await _totals(store)
        async with store.unit_of_work() as work:
            await work.users.add(a_new_user(), HASH)
            await work.users.lock(user.id)
            await work.users.save(user.logged_in(NOW))
        assert await _totals(store) == before
        assert await _people(store) == {}

    async def test_many_at_once_are_all_counted(self, store: Store) -> None:
        users = await together(*(store.with_user() for _ in range(20)))
        await together(*(store.with_login(user) for user in users for _ in range(2)))
        totals = await _totals(store)
        assert (totals.total_users, totals.users_today, totals.logins_today, totals.active_sessions) == (20, 20, 40, 40)
        assert await _people(store) == {TODAY.date: 20}
