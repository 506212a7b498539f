"""The worker sends what is due, waits no longer than it must, and goes on whatever happens until it is told to stop."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from entrypoints.worker import worker as module
from entrypoints.worker.bell import Bell
from entrypoints.worker.worker import Worker
from user_domain.errors import Overloaded, StorageUnavailable
from user_domain.testing.builders import NOW
from user_domain.testing.in_memory import InMemoryClock
from user_domain.use_cases.mail.deliver_mail import DeliverMail, Delivery
from user_domain.value_objects.ids import MailId
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import EventDict, Processor

AT_MOST = 30.0  # seconds; only ever spent by a test that fails
LONGEST_IDLE = 8.0
SECRET = "made-up-Passw0rd"
NOTHING = Delivery(found=False)
SENT = Delivery(found=True, mail_id=MailId("0" * 32), kind=MailKind.VERIFY_EMAIL)


def due_in(seconds: float) -> Delivery:
    return Delivery(found=False, next_due=NOW + timedelta(seconds=seconds))


class Scripted(DeliverMail):
    """Answers one after the other as the script says, and then `at_the_end` is called and nothing is due."""

    def __init__(self, *script: Delivery | Exception) -> None:
        self.attempts = 0
        self.at_the_end: Callable[[], None] = lambda: None
        self._script = deque(script)

    async def execute(self) -> Delivery:
        self.attempts += 1
        await asyncio.sleep(0)
        if not self._script:
            self.at_the_end()
            return NOTHING
        answer = self._script.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer


class Waiting(DeliverMail):
    """A number of mails, each of which takes until it is let go."""

    def __init__(self, mails: int) -> None:
        self.waiting = mails
        self.begun = self.sent = self.cut_off = 0
        self.let_go = asyncio.Event()

    async def execute(self) -> Delivery:
        if not self.waiting:
            return NOTHING
        self.waiting -= 1
        self.begun += 1
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.cut_off += 1
            raise
        self.sent += 1
        return SENT


class ImpatientBell(Bell):
    """Keeps how long somebody would have waited, and lets nobody wait."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    async def wait(self, *, since: int, seconds: float) -> None:
        if self.rings == since:
            self.pauses.append(seconds)
        await asyncio.sleep(0)


def a_worker(deliver_mail: DeliverMail, bell: Bell | None = None, *, longest_idle: float = LONGEST_IDLE) -> Worker:
    return Worker(deliver_mail=deliver_mail, clock=InMemoryClock(), bell=bell or Bell(), longest_idle=longest_idle)


async def worked(*script: Delivery | Exception) -> list[float]:
    """How long a worker waits in between when this is what comes of its attempts."""
    deliver_mail, bell = Scripted(*script), ImpatientBell()
    worker = a_worker(deliver_mail, bell)
    deliver_mail.at_the_end = worker.stop
    await asyncio.wait_for(worker.run(), AT_MOST)
    assert deliver_mail.attempts == len(script) + 1
    return bell.pauses


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(AT_MOST):
        while not happened():  # noqa: ASYNC110 - what happens in a use case sets no event
            await asyncio.sleep(0)


async def everything_that_can_happen() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """One mail at a time, so that pauses come in order."""
    monkeypatch.setattr(module, "_SENDERS", 1)


@pytest.fixture
def _not_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not woken sleeps longer than any test runs."""
    monkeypatch.setattr(module, "_SHORTEST_IDLE", 3600.0)


@pytest.fixture(autouse=True)
def log_lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the worker logs."""
    lines: list[dict[str, Any]] = []

    def keep(_logger: object, level: str, event: EventDict) -> EventDict:
        lines.append({"level": level, **event})
        raise structlog.DropEvent

    processors: list[Processor] = [keep]
    monkeypatch.setattr(module, "_log", structlog.wrap_logger(None, processors=processors))
    return lines


# --- Pauses -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_alone")
async def test_it_sends_without_a_pause_until_nothing_is_due() -> None:
    assert await worked(*[SENT] * 100) == []


@pytest.mark.usefixtures("_alone")
async def test_where_nothing_comes_it_looks_less_and_less_often() -> None:
    assert await worked(*[NOTHING] * 8) == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize("something", [SENT, Delivery(found=True), Delivery(found=True, error="timeout")])
async def test_after_work_it_looks_often_again(something: Delivery) -> None:
    pauses = await worked(NOTHING, NOTHING, NOTHING, something, NOTHING, NOTHING)
    assert pauses == [0.25, 0.5, 1.0, 0.25, 0.5]


@pytest.mark.usefixtures("_alone")
async def test_it_sleeps_until_the_next_mail_is_due() -> None:
    assert await worked(due_in(0.125)) == [0.125]
    pauses = await worked(*[NOTHING] * 5, due_in(3))
    assert pauses[5:] == [3.0]


@pytest.mark.usefixtures("_alone")
async def test_but_no_longer_than_it_would_anyway() -> None:
    assert await worked(due_in(3600)) == [0.25]
    pauses = await worked(*[NOTHING] * 6, due_in(3600))
    assert pauses[6:] == [LONGEST_IDLE]


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize("seconds", [0, -0.001, -3600])
async def test_a_mail_that_is_due_and_that_another_one_has_does_not_keep_it_spinning(seconds: float) -> None:
    (pause,) = await worked(due_in(seconds))
    assert 0.01 <= pause <= 0.25


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize("failure", [StorageUnavailable(), RuntimeError(SECRET)], ids=["storage", "a fault of ours"])
async def test_what_fails_is_not_tried_again_and_again_at_once(failure: Exception) -> None:
    assert await worked(failure, failure, failure, SENT, failure) == [0.25, 0.5, 1.0, 0.25]


# --- Failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize("failure", [StorageUnavailable(), Overloaded()])
async def test_no_storage_is_said_and_does_not_end_it(
    log_lines: list[dict[str, Any]], failure: StorageUnavailable | Overloaded
) -> None:
    await worked(failure, SENT)
    (line,) = log_lines
    assert (line["level"], line["code"]) == ("warning", failure.code)
    assert "exc_info" not in line


@pytest.mark.usefixtures("_alone")
async def test_a_fault_of_ours_is_logged_with_its_traceback_and_does_not_end_it(
    log_lines: list[dict[str, Any]],
) -> None:
    await worked(RuntimeError(SECRET), SENT)
    (line,) = log_lines
    assert (line["level"], line["exc_info"]) == ("error", True)
    assert SECRET not in line["event"]


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize("is_dead", [False, True])
async def test_a_mail_that_was_not_taken_is_said_with_its_reason(
    log_lines: list[dict[str, Any]], is_dead: bool
) -> None:
    mail_id, kind = MailId("7" * 32), MailKind.RESET_PASSWORD
    await worked(Delivery(found=True, mail_id=mail_id, kind=kind, error="550 5.1.1", is_dead=is_dead))
    (line,) = log_lines
    assert line.pop("event")
    assert line == {
        "level": "warning",
        "mail_id": mail_id,
        "kind": kind,
        "error": "550 5.1.1",
        "is_dead": is_dead,
    }


@pytest.mark.usefixtures("_alone")
async def test_what_goes_well_makes_no_noise(log_lines: list[dict[str, Any]]) -> None:
    await worked(SENT, NOTHING, Delivery(found=True), due_in(1))
    assert log_lines == []


async def test_a_failure_of_one_delivery_leaves_the_others_alone() -> None:
    class OneFails(Waiting):
        async def execute(self) -> Delivery:
            if self.begun == 1:
                self.begun += 1
                raise RuntimeError(SECRET)
            return await super().execute()

    deliver_mail = OneFails(3)
    async with a_worker(deliver_mail).running():
        await until(lambda: deliver_mail.begun == 4)  # with the one that failed
        deliver_mail.let_go.set()
        await until(lambda: deliver_mail.sent == 3)
    assert deliver_mail.cut_off == 0


# --- Waking -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_not_by_itself")
async def test_the_bell_wakes_it_at_once() -> None:
    bell, deliver_mail = Bell(), Waiting(0)
    deliver_mail.let_go.set()
    async with a_worker(deliver_mail, bell, longest_idle=3600.0).running():
        for count in range(1, 4):
            await everything_that_can_happen()
            deliver_mail.waiting = 1
            bell.ring()
            await until(lambda count=count: deliver_mail.sent == count)  # type: ignore[misc]  # a lambda with a default


@pytest.mark.usefixtures("_not_by_itself", "_alone")
async def test_a_mail_that_comes_while_it_looks_is_not_slept_over() -> None:
    bell = Bell()

    class TooEarly(Waiting):
        """Looks just before a mail is there."""

        async def execute(self) -> Delivery:
            found = await super().execute()
            if self.sent == 0:
                self.waiting = 1
                bell.ring()
            return found

    deliver_mail = TooEarly(0)
    deliver_mail.let_go.set()
    async with a_worker(deliver_mail, bell, longest_idle=3600.0).running():
        await until(lambda: deliver_mail.sent == 1)


@pytest.mark.usefixtures("_not_by_itself")
async def test_a_slow_mail_does_not_hold_up_the_next() -> None:
    bell, deliver_mail = Bell(), Waiting(1)
    async with a_worker(deliver_mail, bell, longest_idle=3600.0).running():
        await until(lambda: deliver_mail.begun == 1)
        await everything_that_can_happen()
        deliver_mail.waiting = 1
        bell.ring()
        await until(lambda: deliver_mail.begun == 2)
        deliver_mail.let_go.set()


async def test_several_mails_are_on_their_way_at_once_but_not_all_there_are() -> None:
    deliver_mail = Waiting(100)
    async with a_worker(deliver_mail).running():
        await until(lambda: deliver_mail.begun > 1)
        await everything_that_can_happen()
        assert 1 < deliver_mail.begun < 20
        deliver_mail.let_go.set()
        await until(lambda: deliver_mail.sent == 100)


# --- Stopping ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_not_by_itself")
async def test_an_idle_worker_stops_at_once() -> None:
    worker = a_worker(Waiting(0), longest_idle=3600.0)
    running = asyncio.create_task(worker.run())
    await everything_that_can_happen()
    assert not running.done()
    worker.stop()
    await asyncio.wait_for(running, AT_MOST)


@pytest.mark.usefixtures("_not_by_itself")
async def test_one_that_is_told_to_stop_while_it_looks_does_not_go_to_sleep() -> None:
    deliver_mail = Scripted()
    worker = a_worker(deliver_mail, longest_idle=3600.0)
    deliver_mail.at_the_end = worker.stop
    await asyncio.wait_for(worker.run(), AT_MOST)


async def test_one_that_was_stopped_before_it_began_begins_nothing() -> None:
    deliver_mail = Waiting(1)
    worker = a_worker(deliver_mail)
    worker.stop()
    await asyncio.wait_for(worker.run(), AT_MOST)
    assert deliver_mail.begun == 0


async def test_what_was_begun_is_finished_and_nothing_more_is_begun() -> None:
    deliver_mail = Waiting(100)
    worker = a_worker(deliver_mail)
    running = asyncio.create_task(worker.run())
    await until(lambda: deliver_mail.begun > 1)
    await everything_that_can_happen()
    begun = deliver_mail.begun
    worker.stop()
    await everything_that_can_happen()
    assert not running.done()
    deliver_mail.let_go.set()
    await asyncio.wait_for(running, AT_MOST)
    assert (deliver_mail.begun, deliver_mail.sent) == (begun, begun)


async def test_the_block_ends_when_what_was_begun_has_been_finished() -> None:
    deliver_mail = Waiting(2)

    async def block() -> None:
        async with a_worker(deliver_mail).running():
            await until(lambda: deliver_mail.begun == 2)

    ending = asyncio.create_task(block())
    await until(lambda: deliver_mail.begun == 2)
    await everything_that_can_happen()
    assert not ending.done()
    deliver_mail.let_go.set()
    await asyncio.wait_for(ending, AT_MOST)
    assert (deliver_mail.sent, deliver_mail.cut_off) == (2, 0)


async def test_what_takes_longer_than_the_grace_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.01)
    deliver_mail = Waiting(2)
    async with asyncio.timeout(AT_MOST), a_worker(deliver_mail).running():
        await until(lambda: deliver_mail.begun == 2)
    assert (deliver_mail.sent, deliver_mail.cut_off) == (0, 2)


async def test_the_block_may_fail() -> None:
    deliver_mail = Waiting(1)
    deliver_mail.let_go.set()

    async def block() -> None:
        async with a_worker(deliver_mail).running():
            await until(lambda: deliver_mail.sent == 1)
            raise RuntimeError(SECRET)

    with pytest.raises(RuntimeError, match=SECRET):
        await block()
    deliver_mail.waiting = 1
    await everything_that_can_happen()
    assert deliver_mail.sent == 1, "it has stopped"


async def test_who_cannot_wait_for_the_grace_leaves_nothing_running() -> None:
    deliver_mail = Waiting(1)

    async def block() -> None:
        async with a_worker(deliver_mail).running():
            await until(lambda: deliver_mail.begun == 1)

    ending = asyncio.create_task(block())
    await until(lambda: deliver_mail.begun == 1)
    await everything_that_can_happen()
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(ending, AT_MOST)
    assert deliver_mail.cut_off == 1
