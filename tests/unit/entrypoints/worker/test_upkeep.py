"""What keeps the service in order is done again and again, whatever fails meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from dependency_injector import providers
from structlog.testing import capture_logs

from entrypoints import lifetime
from entrypoints.container import Container
from entrypoints.worker import upkeep as upkeep_module
from entrypoints.worker.upkeep import Chore
from tests.support.composition import MASTER_KEY, SECRET_KEY, settings_for_tests
from user_domain.errors import StorageUnavailable
from user_domain.testing.in_memory import (
    InMemoryClock,
    InMemoryDatabase,
    InMemoryMailQueue,
    InMemoryStatisticsUpkeep,
)
from user_domain.testing.in_memory.mailer import InMemoryMailer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

AT_MOST = 30.0  # seconds; only ever spent by a test that fails


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(AT_MOST):
        while not happened():  # noqa: ASYNC110 - what happens sets no event
            await asyncio.sleep(0.001)


class Work:
    """Fails as it is told to, once for each time, and then goes well."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure


async def logs_of(*failures: Exception | None) -> list[str]:
    """How what went wrong is told of."""
    work = Work(*failures)
    with capture_logs() as logs:
        async with Chore("doing it", work, every=0.0).running():
            await until(lambda: work.times > len(failures))
    assert {log["what"] for log in logs} <= {"doing it"}
    return [log["log_level"] for log in logs]


async def test_it_is_done_at_once_and_again_and_not_after_the_block() -> None:
    work = Work()
    async with Chore("doing it", work, every=0.0).running():
        await until(lambda: work.times > 2)
    times = work.times
    await asyncio.sleep(0.01)
    assert work.times == times


async def test_between_two_times_it_rests() -> None:
    work = Work()
    async with Chore("doing it", work, every=3600.0).running():
        await asyncio.sleep(0.01)
    assert work.times == 1


@pytest.mark.parametrize(
    ("failures", "told"),
    [
        ([StorageUnavailable()], ["warning"]),
        ([StorageUnavailable()] * 3, ["warning"]),
        ([ZeroDivisionError()] * 3, ["error"]),
        ([StorageUnavailable(), None, StorageUnavailable()], ["warning"] * 2),
        ([StorageUnavailable(), ZeroDivisionError(), StorageUnavailable()], ["warning", "error", "warning"]),
        ([None, None], []),
    ],
    ids=["once", "on and on", "a bug", "again", "one after the other", "never"],
)
async def test_trouble_is_told_of_when_it_begins_and_ends_nothing(
    failures: list[Exception | None], told: list[str]
) -> None:
    assert await logs_of(*failures) == told


class Upkeep(InMemoryStatisticsUpkeep):
    """Keeps what was done."""

    def __init__(self) -> None:
        super().__init__(InMemoryDatabase())
        self.done: list[str] = []

    async def fold(self) -> bool:
        self.done.append("fold")
        return await super().fold()

    async def settle(self, *, at: datetime, seen_after: datetime | None) -> bool:
        self.done.append("settle")
        return await super().settle(at=at, seen_after=seen_after)


@pytest.mark.parametrize(
    "settings",
    [{}, {"environment": "production", "secret_key": SECRET_KEY[::-1], "master_key": MASTER_KEY[::-1]}],
    ids=["mail leaves", "mail waits"],
)
async def test_a_worker_keeps_the_statistics_also_where_mail_cannot_leave(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep_module, "_FOLD_EVERY", 0.001)
    kept, database = Upkeep(), InMemoryDatabase()
    container = Container(settings=settings_for_tests(**settings), conninfo="")
    parts = {
        "clock": InMemoryClock(),
        "mail_queue": InMemoryMailQueue(database),
        "mailer": InMemoryMailer(),
        "statistics_upkeep": kept,
    }
    for name, part in parts.items():
        container.providers[name].override(providers.Object(part))
    async with lifetime.working(container):
        await until(lambda: kept.done.count("fold") > 2)
        assert kept.done.count("settle") == 1


def test_the_number_of_active_sessions_is_no_older_than_a_minute() -> None:
    assert upkeep_module._SETTLE_EVERY < 60  # noqa: SLF001 - the number is the promise
