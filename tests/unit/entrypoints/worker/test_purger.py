"""What is past its time is thrown away beside other work, hourly, and whatever fails meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from dependency_injector import providers
from structlog.testing import capture_logs

from entrypoints import lifetime
from entrypoints.container import Container
from entrypoints.worker import purger
from entrypoints.worker.purger import Purger
from tests.support.composition import MASTER_KEY, SECRET_KEY, settings_for_tests
from user_domain.errors import StorageUnavailable
from user_domain.testing.in_memory import InMemoryDatabase, InMemoryOldRecords

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

AT_MOST = 30.0  # seconds; only ever spent by a test that fails


class Records(InMemoryOldRecords):
    """Has so many pauses to delete, a full batch at a time, and fails as often as it is told to."""

    def __init__(self, *, full_batches: int = 0, failures: list[Exception] | None = None) -> None:
        super().__init__(InMemoryDatabase())
        self._full_batches = full_batches
        self._failures = failures or []
        self.rounds = 0

    async def delete_pauses(self, *, over_by: datetime, limit: int) -> int:
        self.rounds += 1
        await asyncio.sleep(0)
        if self._failures:
            raise self._failures.pop(0)
        self._full_batches -= 1
        return limit if self._full_batches >= 0 else 0


def container_of(records: Records, **settings: str) -> Container:
    container = Container(settings=settings_for_tests(**settings), conninfo="")
    container.old_records.override(providers.Object(records))
    return container


def pauses_of(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    """Long ones, but for those a test names."""
    for name in ("_AFTER_THE_START", "_INTERVAL", "_BETWEEN_BATCHES", "_AFTER_TROUBLE"):
        monkeypatch.setattr(purger, name, seconds.get(name, 3600.0))


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(AT_MOST):
        while not happened():  # noqa: ASYNC110 - what happens in a use case sets no event
            await asyncio.sleep(0.001)


async def test_the_start_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses_of(monkeypatch)
    records = Records()
    async with lifetime.purging(container_of(records)):
        await asyncio.sleep(0.01)
    assert records.rounds == 0


async def test_full_batches_follow_one_another_until_one_is_not_full(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses_of(monkeypatch, _AFTER_THE_START=0.0, _BETWEEN_BATCHES=0.0)
    records = Records(full_batches=3)
    async with lifetime.purging(container_of(records)):
        await until(lambda: records.rounds == 4)
        await asyncio.sleep(0.01)
        assert records.rounds == 4, "until the next hour"


async def test_between_full_batches_the_database_has_time_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses_of(monkeypatch, _AFTER_THE_START=0.0)
    records = Records(full_batches=3)
    async with lifetime.purging(container_of(records)):
        await until(lambda: records.rounds == 1)
        await asyncio.sleep(0.01)
        assert records.rounds == 1


async def test_it_comes_back_every_hour_and_not_after_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses_of(monkeypatch, _AFTER_THE_START=0.0, _INTERVAL=0.0)
    records = Records()
    async with lifetime.purging(container_of(records)):
        await until(lambda: records.rounds > 3)
    rounds = records.rounds
    await asyncio.sleep(0.01)
    assert records.rounds == rounds


async def test_it_does_so_where_mail_can_go_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses_of(monkeypatch, _AFTER_THE_START=0.0)
    records = Records()
    production = {
        "environment": "production",
        "secret_key": SECRET_KEY[::-1],
        "master_key": MASTER_KEY[::-1],
    }
    container = container_of(records, **production)
    async with lifetime.working(container):
        await until(lambda: records.rounds == 1)


async def test_what_went_is_logged_and_that_nothing_did_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses_of(monkeypatch, _AFTER_THE_START=0.0, _BETWEEN_BATCHES=0.0, _INTERVAL=0.0)
    records = Records(full_batches=1)
    with capture_logs() as logs:
        async with lifetime.purging(container_of(records)):
            await until(lambda: records.rounds > 3)
    assert logs == [
        {"event": "thrown away", "log_level": "info", "sessions": 0, "tokens": 0, "mails": 0, "pauses": 1000}
    ]


@pytest.mark.parametrize(
    ("error", "level"),
    [(StorageUnavailable(), "warning"), (ZeroDivisionError(), "error")],
    ids=["unavailable", "unexpected"],
)
async def test_an_error_is_told_of_and_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, error: Exception, level: str
) -> None:
    pauses_of(monkeypatch, _AFTER_THE_START=0.0, _AFTER_TROUBLE=0.0)
    records = Records(failures=[error])
    with capture_logs() as logs:
        async with Purger(purge=container_of(records).application().purge_old_records).running():
            await until(lambda: records.rounds == 2)
    assert [entry["log_level"] for entry in logs] == [level]


async def test_a_batch_under_way_keeps_nothing_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Records):
        async def delete_tokens(self, *, expired_by: datetime, limit: int) -> int:
            self.rounds += 1
            await asyncio.sleep(3600)
            return 0

    pauses_of(monkeypatch, _AFTER_THE_START=0.0)
    records = Slow()
    async with asyncio.timeout(AT_MOST), lifetime.purging(container_of(records)):
        await until(lambda: records.rounds == 1)
