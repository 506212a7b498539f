"""What is opened is closed, whatever fails; and a worker runs beside it where mail can leave."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from dependency_injector import providers

from adapters.http.breached_passwords import HttpBreachedPasswords
from entrypoints import lifetime
from entrypoints.container import Container
from entrypoints.worker import worker as worker_module
from tests.support.composition import MASTER_KEY, SECRET_KEY, settings_for_tests
from user_domain.errors import StorageUnavailable
from user_domain.ports.session_activity import SessionActivity
from user_domain.testing.builders import NOW, a_handle
from user_domain.testing.in_memory import (
    InMemoryClock,
    InMemoryDatabase,
    InMemoryMailQueue,
    InMemoryPasswordHasher,
    InMemoryUnitOfWork,
    InMemoryUserQueries,
)
from user_domain.testing.in_memory.mailer import InMemoryMailer
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from structlog.typing import EventDict, Processor

    from user_domain.value_objects.ids import SessionHandle

AT_MOST = 30.0  # seconds; only ever spent by a test that fails
SMTP = {"smtp_url": "smtp://mail.example.com", "mail_from": "Shop <no-reply@shop.example.com>"}


# --- Opening and closing ----------------------------------------------------------------------------------------------


class Parts:
    """Stand in for what has to be opened and closed, and keep what happened to them in order."""

    def __init__(self, *, failing: str | None = None, **settings: Any) -> None:
        self.events: list[str] = []
        self._failing = failing
        self.container = Container(settings=settings_for_tests(**settings), conninfo="")
        self.container.database.override(providers.Callable(self._part, "database"))
        self.container.password_hasher.override(providers.Callable(self._part, "password_hasher"))
        self.container.password_strength.override(providers.Callable(self._part, "password_strength"))
        self.container.application.override(providers.Callable(self._part, "application"))

    def _part(self, name: str) -> Any:  # noqa: ANN401 - whatever stands there
        self.happens(f"make {name}")
        return (_Database if name == "database" else _Threads)(self, name)

    def happens(self, event: str) -> None:
        """Keep it, or fail."""
        if event == self._failing:
            raise RuntimeError(event)
        self.events.append(event)

    async def go_through(self, block: Callable[[], None] = lambda: None) -> list[str]:
        """Open, do something, close; what was closed."""
        try:
            async with lifetime.opened(self.container):
                self.happens("block")
                block()
        finally:
            self.closed = sorted(event for event in self.events if event.startswith("close"))
        return self.closed


class _Threads:
    def __init__(self, parts: Parts, name: str) -> None:
        self._parts, self._name = parts, name

    def close(self) -> None:
        self._parts.happens(f"close {self._name}")


class _Database:
    def __init__(self, parts: Parts, name: str) -> None:
        self._parts, self._name = parts, name

    async def open(self) -> None:
        self._parts.happens(f"open {self._name}")

    async def close(self) -> None:
        await asyncio.sleep(0)
        self._parts.happens(f"close {self._name}")


EVERYTHING = ["close database", "close password_hasher", "close password_strength"]


async def test_what_is_opened_is_closed_after_the_block_and_the_database_last() -> None:
    parts = Parts()
    assert await parts.go_through() == EVERYTHING
    assert parts.events.index("open database") < parts.events.index("block")
    assert all(parts.events.index("block") < parts.events.index(event) for event in EVERYTHING)
    assert parts.events[-1] == "close database"


def test_nothing_is_opened_before() -> None:
    parts = Parts()
    lifetime.opened(parts.container)
    assert parts.events == []


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt])
async def test_it_is_closed_when_the_block_fails(error: type[BaseException]) -> None:
    parts = Parts()

    def fail() -> None:
        raise error

    with pytest.raises(error):
        await parts.go_through(fail)
    assert parts.closed == EVERYTHING


@pytest.mark.parametrize("failing", EVERYTHING)
async def test_one_that_cannot_be_closed_keeps_nothing_else_open(failing: str) -> None:
    parts = Parts(failing=failing)
    with pytest.raises(RuntimeError, match=failing):
        await parts.go_through()
    assert parts.closed == [event for event in EVERYTHING if event != failing]


@pytest.mark.parametrize(
    ("failing", "closed"),
    [
        ("make database", []),
        ("open database", []),
        ("make password_hasher", ["close database"]),
        ("make password_strength", ["close database", "close password_hasher"]),
        ("make application", EVERYTHING),
    ],
)
async def test_one_that_cannot_be_opened_leaves_nothing_open(failing: str, closed: list[str]) -> None:
    parts = Parts(failing=failing)
    with pytest.raises(RuntimeError, match=failing):
        await parts.go_through()
    assert parts.closed == closed
    assert "block" not in parts.events


async def test_the_client_of_the_breached_passwords_is_closed_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = []

    async def close(breached: HttpBreachedPasswords) -> None:
        closed.append(breached)

    monkeypatch.setattr(HttpBreachedPasswords, "close", close)
    parts = Parts(breached_passwords_url="https://range.example.com")
    assert await parts.go_through() == EVERYTHING
    assert closed == [parts.container.breached_passwords()]


async def test_the_real_parts_are_opened_and_closed_even_where_no_database_answers() -> None:
    container = Container(settings=settings_for_tests(database_pool_min=0), conninfo="host=127.0.0.1 port=1")
    async with lifetime.opened(container) as application:
        assert application is container.application()
    with pytest.raises(RuntimeError):  # its threads are gone
        await container.password_hasher().hash(Password("x"))


# --- Working ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is warned of."""
    found: list[str] = []

    def keep(_logger: object, level: str, event: EventDict) -> EventDict:
        assert level in {"warning", "error"}
        assert (level == "error") == bool(event.get("exc_info")), "what was not foreseen is told with its traceback"
        found.append(event["event"])
        raise structlog.DropEvent

    processors: list[Processor] = [keep]
    monkeypatch.setattr(lifetime, "_log", structlog.wrap_logger(None, processors=processors))
    return found


async def container_with_a_mail(**settings: Any) -> tuple[Container, InMemoryMailer]:
    """Somebody has registered, and the mail waits."""
    database, mailer = InMemoryDatabase(), InMemoryMailer()
    container = Container(settings=settings_for_tests(**settings), conninfo="")
    parts: dict[str, Any] = {
        "clock": InMemoryClock(),
        "users": InMemoryUserQueries(database),
        "password_hasher": InMemoryPasswordHasher(),
        "mail_queue": InMemoryMailQueue(database),
        "mailer": mailer,
    }
    for name, part in parts.items():
        container.providers[name].override(providers.Object(part))
    container.unit_of_work.override(providers.Factory(InMemoryUnitOfWork, database))
    await register(container, "john@example.com")
    return container, mailer


async def register(container: Container, email: str) -> None:
    await container.application().register.execute(
        RegisterCommand(
            name="John Doe", email=email, mobile="1234567890", password="SecurePass123!", client=ClientInfo()
        )
    )


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(AT_MOST):
        while not happened():  # noqa: ASYNC110 - what happens in a use case sets no event
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("settings", [{}, SMTP, SMTP | {"environment": "production"}], ids=str)
async def test_mail_leaves_while_the_block_runs(settings: dict[str, str]) -> None:
    container, mailer = await container_with_a_mail(**settings)
    async with lifetime.working(container):
        await until(lambda: len(mailer.letters) == 1)
    await register(container, "jane@example.com")
    container.mail_bell().ring()
    await asyncio.sleep(0.01)
    assert len(mailer.letters) == 1, "and not after it"


async def test_the_worker_is_woken_by_the_bell_of_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_SHORTEST_IDLE", 3600.0)
    container, mailer = await container_with_a_mail()
    monkeypatch.setattr(lifetime, "_IDLE_UNWOKEN", 3600.0)
    async with lifetime.working(container):
        await until(lambda: len(mailer.letters) == 1)
        await register(container, "jane@example.com")
        container.mail_bell().ring()
        await until(lambda: len(mailer.letters) == 2)


async def test_mail_that_can_go_nowhere_waits_and_that_is_said(warnings: list[str]) -> None:
    container, mailer = await container_with_a_mail(
        environment="production", secret_key=SECRET_KEY[::-1], master_key=MASTER_KEY[::-1]
    )
    async with lifetime.working(container):
        container.mail_bell().ring()
        await asyncio.sleep(0.01)
    assert mailer.letters == []
    assert (await container.application().deliver_mail.execute()).found, "it is still there"
    (warning,) = warnings
    assert "SMTP_URL" in warning


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (SMTP | {"environment": "production"}, ["PUBLIC_URL"]),
        (SMTP | {"environment": "production", "public_url": "https://shop.example.com"}, []),
        (SMTP, []),
        ({}, []),
    ],
    ids=str,
)
async def test_mail_whose_links_nobody_can_follow_is_warned_of(
    warnings: list[str], settings: dict[str, str], named: list[str]
) -> None:
    container, _ = await container_with_a_mail(**settings)
    async with lifetime.working(container):
        pass
    assert len(warnings) == len(named)
    assert all(name in warning for name, warning in zip(named, warnings, strict=True))


# --- When sessions were used ------------------------------------------------------------------------------------------


class Activity(SessionActivity):
    """Takes a turn of the loop to write, and fails as often as it is told to."""

    def __init__(self, *failures: BaseException) -> None:
        self._failures = list(failures)
        self.noted: list[SessionHandle] = []
        self.written: list[SessionHandle] = []
        self.attempts = 0

    def note(self, handle: SessionHandle, *, at: datetime) -> None:
        self.noted.append(handle)

    async def write_down(self) -> None:
        self.attempts += 1
        noted, self.noted = self.noted, []
        await asyncio.sleep(0)
        if self._failures:
            raise self._failures.pop(0)
        self.written += noted


def container_with(activity: SessionActivity) -> Container:
    container = Container(settings=settings_for_tests(), conninfo="")
    container.session_activity.override(providers.Object(activity))
    return container


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetime, "_WRITE_DOWN_EVERY", 0.0)


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetime, "_WRITE_DOWN_EVERY", 3600.0)


async def test_what_is_noted_is_written_down_now_and_then(often: None) -> None:
    activity = Activity()
    async with lifetime.noting_activity(container_with(activity)):
        for _ in range(3):
            handle = a_handle()
            activity.note(handle, at=NOW)
            await until(lambda: handle in activity.written)  # noqa: B023 - it is awaited within the turn
    assert len(activity.written) == 3


async def test_what_is_noted_since_is_written_down_at_the_end(never: None) -> None:
    activity = Activity()
    async with lifetime.noting_activity(container_with(activity)):
        await asyncio.sleep(0.01)  # the first time, at the start
        activity.note(handle := a_handle(), at=NOW)
        await asyncio.sleep(0.01)
        assert activity.written == [], "no request, and nothing else, waits for it"
    assert (activity.written, activity.attempts) == ([handle], 2)


async def test_nothing_is_written_down_after_that(often: None) -> None:
    activity = Activity()
    async with lifetime.noting_activity(container_with(activity)):
        pass
    attempts = activity.attempts
    await asyncio.sleep(0.01)
    assert activity.attempts == attempts


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt])
async def test_it_is_written_down_when_the_block_fails(never: None, error: type[BaseException]) -> None:
    activity = Activity()
    activity.note(handle := a_handle(), at=NOW)
    with pytest.raises(error):
        async with lifetime.noting_activity(container_with(activity)):
            raise error
    assert activity.written == [handle]


async def test_an_error_is_told_of_and_does_not_stop_it(often: None, warnings: list[str]) -> None:
    activity = Activity(StorageUnavailable(), ZeroDivisionError(), StorageUnavailable())
    async with lifetime.noting_activity(container_with(activity)):
        await until(lambda: activity.attempts > 3)
        activity.note(handle := a_handle(), at=NOW)
        await until(lambda: activity.written == [handle])
    assert len(warnings) == 3
    assert all("not written down" in warnings[number] for number in (0, 2))
    assert "unexpected" in warnings[1]


@pytest.mark.parametrize("error", [StorageUnavailable(), ZeroDivisionError()], ids=["unavailable", "unexpected"])
async def test_an_error_at_the_end_is_told_of_and_keeps_nothing_from_being_closed(
    never: None, warnings: list[str], error: Exception
) -> None:
    activity = Activity(error)
    async with lifetime.noting_activity(container_with(activity)):
        pass
    assert activity.attempts == 1
    assert len(warnings) == 1
