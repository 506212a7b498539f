"""What holds of sessions when requests for them come at the same instant, on every PostgreSQL there is."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.support.audit import read_audit_trail
from tests.support.composition import composed
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.errors import (
    AccessDenied,
    AuthenticationFailed,
    DomainError,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionEnded,
    SessionLimitReached,
)
from user_domain.testing.builders import CLIENT, PASSWORD, a_block
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.passwords.change_password import ChangePasswordCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

    from adapters.postgres.database import Database
    from entrypoints.application import Application
    from entrypoints.container import Container
    from user_domain.ports.session_queries import Login
    from user_domain.value_objects.ids import SessionHandle, UserId
    from user_domain.value_objects.token_pair import TokenPair

T = TypeVar("T")

EMAIL = "john@example.com"
REGISTER = RegisterCommand(name="John Doe", email=EMAIL, mobile="1234567890", password=PASSWORD, client=CLIENT)
LOG_IN = LogInCommand(email=EMAIL, password=PASSWORD, client=CLIENT)
MANY = 100  # sessions that one person may have, where a test is not about that


class Stage:
    """A service on a database, and John, who has an account."""

    def __init__(self, database: Database, container: Container, user_id: UserId) -> None:
        self.database = database
        self.container = container
        self.application: Application = container.application()
        self.user_id = user_id

    @classmethod
    async def of(cls, database: Database, **settings: object) -> Stage:
        """Set up, with no mail left to send."""
        container = composed(database, **({"max_sessions_per_user": MANY} | settings))
        user = await container.application().register.execute(REGISTER)
        await database.execute("delete from outgoing_mails", {})
        return cls(database, container, user.id)

    async def log_in(self) -> TokenPair:
        return await self.application.log_in.execute(LOG_IN)

    async def refresh(self, tokens: TokenPair | str) -> TokenPair:
        token = tokens if isinstance(tokens, str) else tokens.refresh_token
        return await self.application.refresh_session.execute(refresh_token=token, client=CLIENT)

    async def recognise(self, tokens: TokenPair) -> Login:
        return await self.application.authenticate.execute(tokens.access_token, client=CLIENT)

    async def log_out(self, login: Login) -> None:
        await self.application.log_out.execute(login, client=CLIENT)

    async def block(self) -> None:
        """What an admin does."""
        async with self.container.unit_of_work() as work:
            account = await work.users.lock(self.user_id)
            assert account is not None
            await work.users.save(replace(account.user, block=a_block(), version=account.user.version + 1))
            await work.sessions.end_all(self.user_id, at=self.container.clock().now(), reason=EndReason.REVOKED)
            await work.commit()

    async def rows(self) -> list[dict[str, Any]]:
        """The sessions, as stored."""
        return await self.database.fetch_all("select * from sessions order by id", {})

    async def live(self) -> int:
        """How many of them live."""
        return sum(row["ended_at"] is None for row in await self.rows())

    async def actions(self) -> Counter[AuditAction]:
        entries = await read_audit_trail(self.database)
        return Counter(entry.action for entry in entries if entry.target_id == self.user_id)

    async def mails(self) -> list[str]:
        """The kinds of those that wait."""
        return [row["kind"] for row in await self.database.fetch_all("select kind from outgoing_mails", {})]

    async def is_over(self, *all_tokens: TokenPair) -> None:
        """None of these opens anything."""
        for tokens in all_tokens:
            with pytest.raises((SessionEnded, AccessDenied)):
                await self.recognise(tokens)
            with pytest.raises((RefreshTokenInvalid, AccessDenied)):
                await self.refresh(tokens)

    async def until_somebody_waits(self, how_many: int = 1) -> None:
        """For a lock."""
        query = (
            "select count(*) as waiting from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(30):
            while True:
                row = await self.database.fetch_one(query, {})
                if row is not None and row["waiting"] >= how_many:
                    return
                await asyncio.sleep(0.01)


async def outcome(asked: Awaitable[T]) -> T | type[DomainError]:
    """What came of it, if only a domain error; nothing else may."""
    try:
        return await asked
    except DomainError as error:
        return type(error)


async def outcomes(*asked: Awaitable[T]) -> list[T | type[DomainError]]:
    return await asyncio.gather(*(outcome(one) for one in asked))


def tokens_in(found: list[TokenPair | type[DomainError]]) -> list[TokenPair]:
    """Those that were given."""
    return [one for one in found if not isinstance(one, type)]


# Logging in


@pytest.mark.parametrize("limit", [1, 5])
async def test_fifty_logins_at_once_leave_as_many_sessions_as_are_allowed(each_database: Database, limit: int) -> None:
    stage = await Stage.of(each_database, max_sessions_per_user=limit)
    found = await outcomes(*(stage.log_in() for _ in range(50)))
    assert len(tokens_in(found)) == 50
    rows = await stage.rows()
    assert (len(rows), await stage.live()) == (50, limit)
    assert {row["end_reason"] for row in rows} == {None, "evicted"}
    recognised = await outcomes(*(stage.recognise(tokens) for tokens in tokens_in(found)))
    assert Counter(one if isinstance(one, type) else True for one in recognised) == {
        True: limit,
        SessionEnded: 50 - limit,
    }
    assert (await stage.actions())[AuditAction.SESSION_EVICT] == 50 - limit


async def test_of_fifty_logins_as_many_succeed_as_are_allowed_where_the_others_are_refused(
    each_database: Database,
) -> None:
    stage = await Stage.of(each_database, max_sessions_per_user=5, session_limit_policy="deny")
    found = await outcomes(*(stage.log_in() for _ in range(50)))
    assert Counter(one if isinstance(one, type) else True for one in found) == {True: 5, SessionLimitReached: 45}
    assert (len(await stage.rows()), await stage.live()) == (5, 5)
    actions = await stage.actions()
    assert (actions[AuditAction.SESSION_LOGIN_SUCCESS], actions[AuditAction.SESSION_LOGIN_DENIED]) == (5, 45)


async def test_making_room_beside_logouts_does_not_lock_up_and_never_leaves_too_many(each_database: Database) -> None:
    stage = await Stage.of(each_database, max_sessions_per_user=3)
    everywhere = [await stage.log_in() for _ in range(3)]
    for _ in range(8):
        logins = [await stage.recognise(tokens) for tokens in everywhere]
        logouts = [asyncio.create_task(stage.log_out(login)) for login in logins]
        everywhere = list(await asyncio.gather(*(stage.log_in() for _ in range(3))))
        await asyncio.gather(*logouts)
        assert await stage.live() == 3
    rows = await stage.rows()
    assert {row["end_reason"] for row in rows} <= {None, "evicted", "logout"}
    trail = await read_audit_trail(stage.database)
    named = [change.before for entry in trail if entry.action == AuditAction.SESSION_EVICT for change in entry.changes]
    assert sorted(map(str, named)) == sorted(str(row["id"]) for row in rows if row["end_reason"] == "evicted")


# Refreshing with one token


async def test_many_tabs_that_refresh_at_once_get_the_same_successor(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    tokens = await stage.log_in()
    for generation in range(1, 6):
        answers = await asyncio.gather(*(stage.refresh(tokens) for _ in range(30)))
        assert len({answer.refresh_token for answer in answers}) == 1
        assert len({answer.access_token for answer in answers}) == 30
        (row,) = await stage.rows()
        assert (row["refresh_generation"], row["ended_at"]) == (generation, None)
        for answer in answers:
            await stage.recognise(answer)
        tokens = answers[0]
    assert await stage.mails() == []


async def test_those_who_wait_for_another_change_of_the_session_refresh_after_it(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    tokens = await stage.log_in()
    async with each_database.connection() as connection, connection.transaction():
        await connection.execute("update sessions set last_seen_at = last_seen_at")
        waiting = [asyncio.create_task(stage.refresh(tokens)) for _ in range(5)]
        await stage.until_somebody_waits(5)
    assert len({answer.refresh_token for answer in await asyncio.gather(*waiting)}) == 1
    assert [row["refresh_generation"] for row in await stage.rows()] == [1]


async def test_two_replays_at_once_are_told_of_once(each_database: Database) -> None:
    for many in (2, 2, 2, 20):
        stage = await Stage.of(each_database)
        first = await stage.log_in()
        second = await stage.refresh(first)
        third = await stage.refresh(second)
        found = await outcomes(*(stage.refresh(first) for _ in range(many)))
        assert tokens_in(found) == []
        assert set(found) <= {RefreshTokenReused, RefreshTokenInvalid}
        assert RefreshTokenReused in found
        await stage.is_over(first, second, third)
        assert await stage.mails() == [MailKind.REFRESH_TOKEN_REUSED]
        assert (await stage.actions())[AuditAction.SESSION_REFRESH_REUSED] == 1
        await each_database.execute("delete from users", {})


async def test_a_replay_beside_the_next_refresh_ends_the_session_for_both(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    for _ in range(10):
        first = await stage.log_in()
        second = await stage.refresh(first)
        third = await stage.refresh(second)
        replay, forward = await outcomes(stage.refresh(first), stage.refresh(third))
        assert replay is RefreshTokenReused
        await stage.is_over(first, second, third, *tokens_in([forward]))


# Refreshing while the session ends


async def log_out(stage: Stage, tokens: TokenPair) -> None:
    await stage.log_out(await stage.recognise(tokens))


async def log_out_elsewhere(stage: Stage, tokens: TokenPair) -> None:
    other, session = await stage.recognise(await stage.log_in()), (await stage.recognise(tokens)).session
    await stage.application.end_own_session.execute(other, session.id, client=CLIENT)


async def log_out_everywhere(stage: Stage, tokens: TokenPair) -> None:
    login = await stage.recognise(tokens)
    await stage.application.log_out_everywhere.execute(login, keep_current=False, client=CLIENT)


async def log_out_everywhere_else(stage: Stage, tokens: TokenPair) -> None:
    login = await stage.recognise(await stage.log_in())
    await stage.application.log_out_everywhere.execute(login, keep_current=True, client=CLIENT)


async def change_password(stage: Stage, tokens: TokenPair) -> None:
    command = ChangePasswordCommand(
        login=await stage.recognise(await stage.log_in()),
        current_password=PASSWORD,
        new_password=PASSWORD + "!",
        client=CLIENT,
    )
    await stage.application.change_password.execute(command)
    await stage.application.change_password.execute(
        replace(command, current_password=PASSWORD + "!", new_password=PASSWORD)
    )


async def block(stage: Stage, tokens: TokenPair) -> None:
    await stage.block()


ENDS = [log_out, log_out_elsewhere, log_out_everywhere, log_out_everywhere_else, change_password, block]


@pytest.mark.parametrize("end", ENDS)
async def test_no_refresh_beside_the_end_of_a_session_leaves_a_live_token(
    each_database: Database, end: Callable[[Stage, TokenPair], Coroutine[Any, Any, None]]
) -> None:
    stage = await Stage.of(each_database)
    refreshed = 0
    for number in range(8):
        tokens = await stage.log_in()

        async def refresh_on(tokens: TokenPair = tokens) -> list[TokenPair]:
            """As long as it goes, in two tabs that have one token."""
            given = [tokens]
            while True:
                found = await outcomes(stage.refresh(given[-1]), stage.refresh(given[-1]))
                assert len({tokens.refresh_token for tokens in tokens_in(found)}) <= 1
                given += tokens_in(found)
                for refusal in found:
                    if isinstance(refusal, type):
                        assert issubclass(refusal, RefreshTokenInvalid | AccessDenied)
                        return given

        refreshing = asyncio.create_task(refresh_on())
        await asyncio.sleep(0.002 * number)
        await end(stage, tokens)
        async with asyncio.timeout(30):
            given = await refreshing
        await stage.is_over(*given)
        refreshed += len(given) > 1
        await each_database.execute("update users set blocked_at = null", {})
    assert refreshed  # before it ended
    assert await stage.mails() == [] or end is change_password


@pytest.mark.parametrize("is_blocked", [False, True])
async def test_a_refresh_that_waits_for_the_end_of_its_session_is_refused(
    each_database: Database, *, is_blocked: bool
) -> None:
    stage = await Stage.of(each_database)
    tokens = await stage.log_in()
    async with stage.container.unit_of_work() as work:
        account = await work.users.lock(stage.user_id)
        assert account is not None
        if is_blocked:
            await work.users.save(replace(account.user, block=a_block()))
        now = stage.container.clock().now()
        assert await work.sessions.end_all(stage.user_id, at=now, reason=EndReason.LOGOUT_ALL) == 1
        waiting = asyncio.create_task(outcome(stage.refresh(tokens)))
        await stage.until_somebody_waits()
        await work.commit()
    assert await waiting is RefreshTokenInvalid
    assert [row["refresh_generation"] for row in await stage.rows()] == [0]


async def test_a_refresh_that_waits_for_an_end_that_is_taken_back_succeeds(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    tokens = await stage.log_in()
    async with stage.container.unit_of_work() as work:
        await work.users.lock(stage.user_id)
        await work.sessions.end_all(stage.user_id, at=stage.container.clock().now(), reason=EndReason.LOGOUT_ALL)
        waiting = asyncio.create_task(stage.refresh(tokens))
        await stage.until_somebody_waits()
    await stage.recognise(await waiting)


async def test_logins_beside_logging_out_everywhere_live_on_only_if_they_came_after(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    for _ in range(5):
        login = await stage.recognise(await stage.log_in())
        before = [asyncio.create_task(stage.log_in()) for _ in range(5)]
        await asyncio.wait(before, return_when=asyncio.FIRST_COMPLETED)
        ended = await stage.application.log_out_everywhere.execute(login, keep_current=False, client=CLIENT)
        alive = await outcomes(*[stage.recognise(tokens) for tokens in await asyncio.gather(*before)])
        assert ended == 1 + sum(one is SessionEnded for one in alive)
        assert SessionEnded in alive
        await each_database.execute("update sessions set ended_at = now() where ended_at is null", {})


# Writing down when sessions were used


async def let_pass(database: Database) -> None:
    """Let every session have been seen last an hour ago."""
    await database.execute("update sessions set last_seen_at = last_seen_at - interval '1 hour'", {})


async def test_it_waits_for_nobody_who_changes_a_session(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    handles = [(await stage.recognise(await stage.log_in())).session.handle for _ in range(3)]
    await let_pass(each_database)
    activity, now = stage.container.session_activity(), stage.container.clock().now()
    async with each_database.connection() as connection, connection.transaction():
        await connection.execute(
            "select 1 from sessions where handle = %(handle)s::uuid for no key update", {"handle": handles[1]}
        )
        for handle in handles:
            activity.note(handle, at=now)
        async with asyncio.timeout(5):
            await activity.write_down()
    seen = {row["handle"].hex: row["last_seen_at"] for row in await stage.rows()}
    assert [seen[handle] == now for handle in handles] == [True, False, True]
    activity.note(handles[1], at=now)  # it has its turn next time
    await activity.write_down()
    assert {row["last_seen_at"] for row in await stage.rows()} == {now}


async def test_beside_refreshes_and_ends_it_locks_nothing_up_and_takes_nothing_back(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    replicas = [composed(each_database).session_activity() for _ in range(3)]
    everywhere = [await stage.log_in() for _ in range(24)]
    logins = [await stage.recognise(tokens) for tokens in everywhere]
    await let_pass(each_database)
    clock, done = stage.container.clock(), asyncio.Event()

    async def write(number: int) -> None:
        while not done.is_set():
            for login in random.Random(number).sample(logins, len(logins)):  # noqa: S311 - the order of noting
                replicas[number].note(login.session.handle, at=clock.now())
            await replicas[number].write_down()

    async def use(number: int) -> TokenPair | None:
        tokens = everywhere[number]
        for _ in range(6):
            tokens = await stage.refresh(tokens)
            await each_database.execute(
                "update sessions set last_seen_at = last_seen_at - interval '1 hour' where handle = %(handle)s::uuid",
                {"handle": logins[number].session.handle},
            )
        if number % 3:
            return tokens
        await stage.log_out(logins[number])
        return None

    async with asyncio.timeout(60):
        writers = [asyncio.create_task(write(number)) for number in range(3)]
        left = await asyncio.gather(*(use(number) for number in range(24)))
        everybody = asyncio.create_task(
            stage.application.log_out_everywhere.execute(logins[1], keep_current=False, client=CLIENT)
        )
        assert await everybody == 16
        done.set()
        await asyncio.gather(*writers)
    rows = await stage.rows()
    assert await stage.live() == 0
    assert all(row["refresh_generation"] == 6 for row in rows)
    assert all(row["last_seen_at"] <= row["ended_at"] for row in rows)
    await stage.is_over(*(tokens for tokens in left if tokens is not None))


async def test_no_session_is_written_twice_in_a_minute_or_to_an_earlier_moment(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    login = await stage.recognise(await stage.log_in())
    start = login.session.started_at
    replicas = [composed(each_database).session_activity() for _ in range(8)]
    for number, activity in enumerate(replicas):
        activity.note(login.session.handle, at=start + timedelta(minutes=10, seconds=number))
    await asyncio.gather(*(activity.write_down() for activity in replicas))
    (row,) = await stage.rows()
    written = row["last_seen_at"]
    assert timedelta(minutes=10) <= written - start < timedelta(minutes=10, seconds=8)
    for minutes in (5, 10):
        replicas[0].note(login.session.handle, at=start + timedelta(minutes=minutes))
        await replicas[0].write_down()
    assert [row["last_seen_at"] for row in await stage.rows()] == [written]


# Everything at once


@dataclass
class History:
    """What somebody with many tabs, a thief and an admin have seen of one session."""

    tokens: list[TokenPair]
    successors: dict[str, set[str]] = field(default_factory=dict)
    is_reused: bool = False
    is_logged_out: bool = False
    is_blocked: bool = False
    handle: SessionHandle | None = None


class Play:
    """A few people do things to one session at random, and note what they saw before they began and after."""

    def __init__(self, stage: Stage, history: History, chance: random.Random) -> None:
        self._stage = stage
        self._history = history
        self._chance = chance

    async def refresh(self, tokens: TokenPair) -> None:
        """With some token; whatever was answered before forbids some answers."""
        history = self._history
        over = history.is_reused or history.is_logged_out or history.is_blocked
        found = await outcome(self._stage.refresh(tokens))
        if not isinstance(found, type):
            assert not over, "a token was given after the session had ended"
            history.successors.setdefault(tokens.refresh_token, set()).add(found.refresh_token)
            history.tokens.append(found)
        elif found is RefreshTokenReused:
            history.is_reused = True
        else:
            assert issubclass(found, RefreshTokenInvalid | AccessDenied)
            assert found is not RefreshTokenInvalid or not await self._is_live()

    async def go_on(self) -> None:
        """Refresh with the newest token known."""
        await self.refresh(self._history.tokens[-1])

    async def replay(self) -> None:
        """Refresh with any token there ever was."""
        await self.refresh(self._chance.choice(self._history.tokens))

    async def look(self) -> None:
        """Use any access token."""
        history = self._history
        over = history.is_reused or history.is_logged_out or history.is_blocked
        found = await outcome(self._stage.recognise(self._chance.choice(history.tokens)))
        if isinstance(found, type):
            assert issubclass(found, SessionEnded | AccessDenied)
        else:
            assert not over, "a token was honoured after the session had ended"

    async def log_out(self) -> None:
        found = await outcome(self._stage.recognise(self._history.tokens[-1]))
        if not isinstance(found, type):
            await self._stage.log_out(found)
            self._history.is_logged_out = True

    async def block(self) -> None:
        await self._stage.block()
        self._history.is_blocked = True

    async def write_down(self) -> None:
        activity = self._stage.container.session_activity()
        assert self._history.handle is not None
        activity.note(self._history.handle, at=self._stage.container.clock().now())
        await activity.write_down()

    async def act(self, moves: int) -> None:
        """Some of that, mostly what is usual."""
        usual = [self.go_on] * 12 + [self.look] * 6 + [self.replay] * 4 + [self.write_down] * 2
        for _ in range(moves):
            await asyncio.sleep(self._chance.choice((0, 0, 0.001, 0.004)))
            await self._chance.choice([*usual, self.log_out, self.block] if self._chance.random() < 0.3 else usual)()

    async def _is_live(self) -> bool:
        return bool(await self._stage.live())


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_happens_at_once_a_session_that_ended_is_over(each_database: Database, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    stage = await Stage.of(each_database)
    history = History([await stage.log_in()])
    history.handle = (await stage.recognise(history.tokens[0])).session.handle
    async with asyncio.timeout(60):
        await asyncio.gather(*(Play(stage, history, random.Random(chance.random())).act(12) for _ in range(6)))  # noqa: S311 - the same
    (row,) = await stage.rows()
    # Each token had one successor at most, and there were as many as the session says.
    assert all(len(successors) == 1 for successors in history.successors.values())
    given = {tokens.refresh_token for tokens in history.tokens}
    assert len(given) == len(history.successors) + 1
    assert row["refresh_generation"] == len(given) - 1
    actions, mails = await stage.actions(), await stage.mails()
    assert actions[AuditAction.SESSION_REFRESH_REUSED] == len(mails) <= 1
    assert set(mails) <= {MailKind.REFRESH_TOKEN_REUSED}
    if history.is_reused or history.is_logged_out or history.is_blocked:
        assert row["ended_at"] is not None
        reasons = {
            "refresh_token_reused": history.is_reused,
            "logout": history.is_logged_out,
            "revoked": history.is_blocked,
        }
        assert reasons[row["end_reason"]]
        assert bool(mails) == (row["end_reason"] == "refresh_token_reused")
        assert actions[AuditAction.SESSION_LOGOUT] == (row["end_reason"] == "logout")
        await stage.is_over(*history.tokens)
        if history.is_blocked:
            with pytest.raises((AccessDenied, AuthenticationFailed)):
                await stage.log_in()
    else:
        assert row["ended_at"] is None
        await stage.refresh(
            history.tokens[-1] if not history.successors else next(iter(given - set(history.successors)))
        )
