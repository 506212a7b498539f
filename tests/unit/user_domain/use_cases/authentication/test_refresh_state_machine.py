"""Whoever logs in, refreshes, loses answers, is robbed, blocked or logged out, in any order: what holds all the time.

The model below is told by the documentation of refresh tokens, not by the code: it knows no policy, only sessions with
a list of the tokens that each of them was given.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.errors import (
    AccountBlocked,
    DomainError,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionEnded,
    TokenExpired,
)
from user_domain.policies.session import SessionPolicy
from user_domain.testing.builders import CLIENT, PASSWORD, a_block
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from user_domain.ports.session_queries import Login
    from user_domain.value_objects.ids import SessionHandle, UserId
    from user_domain.value_objects.token_pair import TokenPair

T = TypeVar("T")

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
SLIDING, ABSOLUTE, IDLE, ACCESS_TOKEN = 7 * DAY, 12 * DAY, 3 * DAY, 30 * MINUTE
GRACE = 10 * SECOND
LIMIT = 3
PAUSES = [SECOND, 4 * SECOND, MINUTE, ACCESS_TOKEN, DAY]
THIEF = ClientInfo(ip_address="198.51.100.66", user_agent="curl/8.0")


@dataclass(eq=False)
class Line:
    """A session as it has to be: its refresh tokens in order, the last of them the current one."""

    handle: SessionHandle
    owner: UserId
    started_at: datetime
    expires_at: datetime
    used_at: datetime
    turned_at: datetime
    tokens: list[str]
    end: EndReason | None = None

    def is_over(self, now: datetime, idle: timedelta | None) -> bool:
        if self.end is not None or now >= self.expires_at:
            return True
        return idle is not None and now - self.used_at >= idle + MINUTE


@dataclass(eq=False)
class Device:
    """What somebody logged in with: it stores each answer that arrives."""

    line: Line
    access_token: str
    access_token_expires_at: datetime
    refresh_token: str
    lost_at: datetime | None = None
    """Since when the token it has may be spent, because an answer did not arrive."""

    is_honest: bool = True
    """Nobody else has shown a token of its session, and it never took longer than ten seconds to ask again."""


@dataclass(eq=False)
class Person:
    user_id: UserId
    email: str
    is_blocked: bool = False
    robbed: int = field(default=0)
    """How many sessions were ended because a token was in two hands: as many mails there have to be."""


class Refreshing(RuleBasedStateMachine):
    devices = Bundle[Device]("devices")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.world = World()
        self.lines: list[Line] = []
        self.people: list[Person] = []
        self.idle: timedelta | None = None

    def teardown(self) -> None:
        self.runner.close()

    def run(self, doing: Coroutine[object, object, T]) -> T:
        return self.runner.run(doing)

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def person(self, line: Line) -> Person:
        return next(person for person in self.people if person.user_id == line.owner)

    def is_over(self, line: Line) -> bool:
        return line.is_over(self.now, self.idle)

    def seen(self, line: Line) -> None:
        if self.now - line.used_at >= MINUTE:
            line.used_at = self.now

    # --- The model ------------------------------------------------------------------------------------------------

    def refusal_of(self, line: Line, token: str) -> type[DomainError] | None:
        """Why nobody gets another token for this one, and what comes of that."""
        if self.is_over(line):
            return RefreshTokenInvalid
        person, age = self.person(line), len(line.tokens) - 1 - line.tokens.index(token)
        if age > 1 or (age == 1 and self.now - line.turned_at >= GRACE):
            line.end = EndReason.REFRESH_TOKEN_REUSED
            person.robbed += 1
            return RefreshTokenReused
        return AccountBlocked if person.is_blocked else None

    def goes_on(self, line: Line, token: str, answer: TokenPair) -> None:
        """Somebody got tokens: the next ones, or those that were given before."""
        if token == line.tokens[-1]:
            assert answer.refresh_token not in {known for one in self.lines for known in one.tokens}
            line.tokens.append(answer.refresh_token)
            line.turned_at = line.used_at = self.now
            line.expires_at = max(line.expires_at, min(self.now + SLIDING, line.started_at + ABSOLUTE))
        assert answer.refresh_token == line.tokens[-1], "there is one successor, whoever asks"
        assert answer.refresh_expires_in == min(line.expires_at - self.now, self.idle or ABSOLUTE) > timedelta(0)
        assert answer.expires_in == min(ACCESS_TOKEN, line.expires_at - self.now)

    def show(self, line: Line, token: str, client: ClientInfo = CLIENT) -> TokenPair | None:
        """Ask for the next tokens; those, or None where there have to be none."""
        refusal = self.refusal_of(line, token)
        try:
            answer = self.run(self.world.refresh_session().execute(refresh_token=token, client=client))
        except DomainError as error:
            assert type(error) is refusal  # noqa: PT017 - the refusal depends on the token
            return None
        assert refusal is None
        self.nobody_gets_tokens_who_must_not(line)
        self.goes_on(line, token, answer)
        return answer

    def nobody_gets_tokens_who_must_not(self, line: Line) -> None:
        """As it is stored, whatever the model says."""
        stored = self.world.database.committed.sessions[line.handle]
        assert stored.ended_at is None
        assert self.now < stored.expires_at
        assert self.world.user(line.owner).block is None

    def login_of(self, line: Line) -> Login:
        login = self.run(self.world.sessions.login_by_handle(line.handle))
        assert login is not None
        return login

    def end(self, line: Line, reason: EndReason) -> None:
        """It was ended, if there was anything to end; idle or not."""
        if line.end is None and self.now < line.expires_at:
            line.end = reason

    # --- What people do -------------------------------------------------------------------------------------------

    @initialize(people=st.integers(1, 2), idle=st.sampled_from([None, IDLE]))
    def the_service_starts(self, people: int, idle: timedelta | None) -> None:
        self.idle = idle
        self.world.session_policy = SessionPolicy(
            sliding=SLIDING, absolute=ABSOLUTE, access_token=ACCESS_TOKEN, idle=idle, limit=LIMIT
        )
        for name in ("john", "jane")[:people]:
            user = self.run(self.world.with_user(email=address(name)))
            self.people.append(Person(user.id, str(user.email)))

    @rule(target=devices, number=st.integers(0, 1))
    def logs_in(self, number: int) -> Device:
        person = self.people[number % len(self.people)]
        before = set(self.world.database.committed.sessions)
        command = LogInCommand(email=person.email, password=PASSWORD, client=CLIENT)
        try:
            answer = self.run(self.world.log_in().execute(command))
        except AccountBlocked:
            assert person.is_blocked
            return multiple()  # type: ignore[return-value]  # no device joins the bundle
        assert not person.is_blocked
        mine = [line for line in self.lines if line.owner == person.user_id and not self.is_over(line)]
        for line in mine[: len(mine) - LIMIT + 1]:
            self.end(line, EndReason.EVICTED)
        (handle,) = set(self.world.database.committed.sessions) - before
        now = self.now
        line = Line(handle, person.user_id, now, now + SLIDING, now, now, [answer.refresh_token])
        self.lines.append(line)
        return Device(line, answer.access_token, now + answer.expires_in, answer.refresh_token)

    def store(self, device: Device, answer: TokenPair) -> None:
        device.access_token, device.access_token_expires_at = answer.access_token, self.now + answer.expires_in
        device.refresh_token, device.lost_at = answer.refresh_token, None

    def ask(self, device: Device) -> TokenPair | None:
        if device.lost_at is not None and self.now - device.lost_at >= GRACE:
            device.is_honest = False
        was_live = not self.is_over(device.line)
        answer = self.show(device.line, device.refresh_token)
        if device.is_honest and was_live:
            assert device.line.end is None, "an honest device was thrown out"
            assert answer is not None or self.person(device.line).is_blocked
        return answer

    @rule(device=devices)
    def refreshes(self, device: Device) -> None:
        answer = self.ask(device)
        if answer is not None:
            self.store(device, answer)

    @rule(device=devices)
    def refreshes_and_loses_the_answer(self, device: Device) -> None:
        """The service has committed; the device does not know that and keeps the token it has."""
        answer = self.ask(device)
        if answer is not None and device.lost_at is None:
            device.lost_at = self.now

    @rule(device=devices, losses=st.integers(1, 3), pause=st.sampled_from([MOMENT, SECOND, 3 * SECOND]))
    def loses_answers_and_asks_again_at_once(self, device: Device, losses: int, pause: timedelta) -> None:
        for _ in range(losses):
            self.refreshes_and_loses_the_answer(device)
            self.world.clock.advance(pause)
        self.refreshes(device)

    @rule(device=devices, tabs=st.integers(2, 4), stored=st.integers(0, 3))
    def has_several_tabs_that_refresh_at_the_same_instant(self, device: Device, tabs: int, stored: int) -> None:
        """Whichever answer is stored last."""
        line, token = device.line, device.refresh_token
        if device.lost_at is not None or self.is_over(line) or self.person(line).is_blocked:
            return  # one of these after the other is told above
        if not device.is_honest:
            return  # the token may be spent

        async def at_once() -> list[TokenPair]:
            use_case = self.world.refresh_session()
            return await asyncio.gather(*(use_case.execute(refresh_token=token, client=CLIENT) for _ in range(tabs)))

        answers = self.run(at_once())
        for answer in answers:
            self.nobody_gets_tokens_who_must_not(line)
            self.goes_on(line, token, answer)
        self.store(device, answers[stored % tabs])

    @rule(device=devices, which=st.sampled_from([1, 0, 2, 5]))
    def a_thief_shows_any_token_there_ever_was(self, device: Device, which: int) -> None:
        """Counted from the newest: that one may be good, and then the thief has the next one."""
        device.is_honest = False
        tokens = device.line.tokens
        self.show(device.line, tokens[-1 - which % len(tokens)], THIEF)

    def a_late_tab_shows_the_token_before(self, device: Device) -> None:
        device.is_honest = False
        self.show(device.line, device.line.tokens[-2:][0])

    @rule(device=devices)
    def makes_a_request(self, device: Device) -> None:
        refusal: type[DomainError] | None = None
        if self.now >= device.access_token_expires_at:
            refusal = TokenExpired
        elif self.is_over(device.line):
            refusal = SessionEnded
        elif self.person(device.line).is_blocked:
            refusal = AccountBlocked
        try:
            login = self.run(self.world.authenticate().execute(device.access_token, client=CLIENT))
        except DomainError as error:
            assert type(error) is refusal  # noqa: PT017 - the refusal depends on the device
            return
        assert refusal is None
        assert (login.user.id, login.session.handle) == (device.line.owner, device.line.handle)
        self.run(self.world.activity.write_down())
        self.seen(device.line)

    @rule(device=consumes(devices))
    def logs_out(self, device: Device) -> None:
        self.run(self.world.log_out().execute(self.login_of(device.line), client=CLIENT))
        self.end(device.line, EndReason.LOGOUT)

    @rule(device=devices, keep_current=st.booleans())
    def logs_out_everywhere(self, device: Device, keep_current: bool) -> None:
        login = self.login_of(device.line)
        mine = [line for line in self.lines if line.owner == device.line.owner]
        before = sum(line.end is not None for line in mine)
        ended = self.run(self.world.log_out_everywhere().execute(login, keep_current=keep_current, client=CLIENT))
        for line in mine:
            if not (keep_current and line is device.line):
                self.end(line, EndReason.LOGOUT_ALL)
        assert ended == sum(line.end is not None for line in mine) - before

    @rule(number=st.integers(0, 1))
    def an_admin_blocks_or_unblocks(self, number: int) -> None:
        person = self.people[number % len(self.people)]
        person.is_blocked = not person.is_blocked
        user = self.world.user(person.user_id)
        self.run(self.world.change(replace(user, block=a_block() if person.is_blocked else None)))

    @precondition(lambda self: self.lines)
    @rule(pause=st.sampled_from(PAUSES))
    def time_passes(self, pause: timedelta) -> None:
        self.world.clock.advance(pause)

    @rule(
        device=devices,
        edge=st.integers(0, 2),
        before=st.sampled_from([timedelta(0), MOMENT, 5 * MINUTE]),
        then=st.sampled_from([refreshes, makes_a_request, a_late_tab_shows_the_token_before]),
    )
    def at_the_very_moment_when_something_ends(
        self, device: Device, edge: int, before: timedelta, then: Callable[[Refreshing, Device], None]
    ) -> None:
        """The grace of the token before the current one, the time a session may lie idle, the session: or just before
        that, if it is not past."""
        line = device.line
        ends = [line.turned_at + GRACE, line.used_at + (self.idle or IDLE) + MINUTE, line.expires_at]
        self.world.clock.advance(max(timedelta(0), ends[edge] - before - self.now))
        then(self, device)

    # --- What holds -----------------------------------------------------------------------------------------------

    @invariant()
    def every_session_has_one_current_token_and_is_over_when_and_why_it_has_to_be(self) -> None:
        stored = self.world.database.committed.sessions
        assert set(stored) == {line.handle for line in self.lines}
        for line in self.lines:
            session = stored[line.handle]
            assert session.end_reason is line.end
            assert session.refresh_generation == len(line.tokens) - 1
            assert (session.expires_at, session.last_seen_at) == (line.expires_at, line.used_at)
            assert session.expires_at <= session.started_at + ABSOLUTE

    @invariant()
    def nobody_has_more_sessions_than_are_allowed(self) -> None:
        for person in self.people:
            assert sum(not self.is_over(line) for line in self.lines if line.owner == person.user_id) <= LIMIT

    @invariant()
    def of_each_session_that_was_ended_for_safety_one_mail_tells_and_of_no_other(self) -> None:
        mails = [unsent.mail for unsent in self.world.unsent if unsent.mail.kind is MailKind.REFRESH_TOKEN_REUSED]
        entries = [entry for entry in self.world.audit if entry.action is AuditAction.SESSION_REFRESH_REUSED]
        for person in self.people:
            reused = [
                session
                for session in self.world.database.committed.sessions.values()
                if session.user_id == person.user_id and session.end_reason is EndReason.REFRESH_TOKEN_REUSED
            ]
            assert len(reused) == person.robbed
            assert sum(mail.user_id == person.user_id for mail in mails) == person.robbed
            assert sum(entry.target_id == person.user_id for entry in entries) == person.robbed


TestRefreshing = Refreshing.TestCase
TestRefreshing.settings = settings(max_examples=100, stateful_step_count=40)
