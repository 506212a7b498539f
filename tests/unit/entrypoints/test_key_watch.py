"""The key set is kept in order and up to date, whatever fails meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from dependency_injector import providers
from structlog.testing import capture_logs

from entrypoints import key_watch, lifetime
from entrypoints.container import Container
from entrypoints.key_watch import KeyWatch
from tests.support.composition import settings_for_tests
from user_domain.errors import StorageUnavailable
from user_domain.policies.key_rotation import LEAD, SIGNS_FOR
from user_domain.ports.signing_key_queries import SigningKeyQueries
from user_domain.testing.builders import NOW
from user_domain.testing.in_memory import (
    InMemoryClock,
    InMemoryDatabase,
    InMemorySigningKeyQueries,
    InMemoryUnitOfWork,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from user_domain.entities.signing_key import SigningKey
    from user_domain.ports.unit_of_work import UnitOfWork

AT_MOST = 30.0  # seconds; only ever spent by a test that fails


class Stage(SigningKeyQueries):
    """A container over a database in memory, which can be away, silent, or read-only."""

    def __init__(self, **settings: Any) -> None:
        self.error: Exception | None = None
        self.writing_error: Exception | None = None
        self.silent = False
        self.looks = 0
        self.database = InMemoryDatabase()
        self.clock = InMemoryClock()
        self.container = Container(settings=settings_for_tests(**{"algorithm": "ES256", **settings}), conninfo="")
        self.container.clock.override(providers.Object(self.clock))
        self.container.signing_keys.override(providers.Object(self))
        self.container.unit_of_work.override(providers.Callable(self._unit_of_work))
        self.key_set = self.container.key_set()
        self.bell = self.container.key_bell()
        tend = self.container.application().tend_signing_keys
        self.watch = KeyWatch(tend=tend, key_set=self.key_set, bell=self.bell)

    def _unit_of_work(self) -> UnitOfWork:
        if self.writing_error is not None:
            raise self.writing_error
        return InMemoryUnitOfWork(self.database)

    async def all(self) -> list[SigningKey]:
        self.looks += 1
        if self.silent:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return await InMemorySigningKeyQueries(self.database).all()

    @property
    def algorithms(self) -> list[str]:
        return [key["alg"] for key in self.key_set.published(self.clock.now())]


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(AT_MOST):
        while not happened():  # noqa: ASYNC110 - a look sets no event
            await asyncio.sleep(0.001)


async def test_the_first_look_makes_the_first_key_and_knows_it() -> None:
    stage = Stage()
    await stage.watch.look()
    assert stage.algorithms == ["ES256"]
    assert stage.key_set.signer(NOW)


async def test_under_a_shared_secret_there_is_none_and_that_is_known() -> None:
    stage = Stage(algorithm="HS256")
    await stage.watch.look()
    assert stage.algorithms == []


async def test_a_rotation_that_is_due_is_done_and_known_at_the_next_look() -> None:
    stage = Stage()
    await stage.watch.look()
    stage.clock.advance(SIGNS_FOR - LEAD)
    await stage.watch.look()
    assert len(stage.algorithms) == 2


async def test_before_the_block_the_keys_are_known_and_beside_it_they_are_looked_at_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_watch, "_INTERVAL", 0.001)
    stage = Stage()
    async with lifetime.watching_keys(stage.container):
        assert stage.algorithms == ["ES256"]
        stage.clock.advance(SIGNS_FOR - LEAD)
        await until(lambda: len(stage.algorithms) == 2)
    looks = stage.looks
    await asyncio.sleep(0.01)
    assert stage.looks == looks, "and not after it"


# --- A key that is not known ------------------------------------------------------------------------------------------


@pytest.fixture
def rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a look that is not asked for."""
    monkeypatch.setattr(key_watch, "_INTERVAL", 10 * AT_MOST)
    monkeypatch.setattr(key_watch, "_BREATH", 0.01)


@pytest.mark.usefixtures("rarely")
async def test_a_token_with_an_unknown_key_has_it_looked_for_and_the_next_one_is_read() -> None:
    stage, other = Stage(), Stage()
    other.database = stage.database

    async def learns_of_another() -> None:
        new = await other.container.application().rotate_signing_keys.execute(emergency=True)
        assert new is not None
        assert stage.key_set.verifier(new.id, NOW) is None
        await until(lambda: stage.key_set.verifier(new.id, NOW) is not None)

    async with lifetime.watching_keys(stage.container):
        for _ in range(3):
            await learns_of_another()


@pytest.mark.usefixtures("rarely")
async def test_one_that_is_made_while_it_is_looked_for_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    look = stage.all

    async def is_asked_for_meanwhile() -> list[SigningKey]:
        found = await look()
        if stage.looks < 10:
            stage.bell.ring()
        return found

    monkeypatch.setattr(stage, "all", is_asked_for_meanwhile)
    async with lifetime.watching_keys(stage.container):
        await until(lambda: stage.looks >= 10)


async def test_however_many_there_are_the_database_is_asked_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_watch, "_INTERVAL", 20 * AT_MOST)
    monkeypatch.setattr(key_watch, "_BREATH", 10 * AT_MOST)
    stage = Stage()
    async with lifetime.watching_keys(stage.container):
        looks = stage.looks
        for number in range(1000):
            assert stage.key_set.verifier(str(number), NOW) is None
        await asyncio.sleep(0.01)
        assert stage.looks == looks


# --- What goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [StorageUnavailable(), RuntimeError("a bug")], ids=["away", "a bug"])
async def test_a_look_that_fails_is_logged_and_costs_nothing_that_was_known(error: Exception) -> None:
    stage = Stage()
    await stage.watch.look()
    stage.error = error
    with capture_logs() as logs:
        await stage.watch.look()
    level = "warning" if isinstance(error, StorageUnavailable) else "error"
    assert [log["log_level"] for log in logs] == [level] * 2
    assert stage.key_set.signer(NOW)


async def test_who_cannot_write_still_sees_what_others_have_done() -> None:
    stage, other = Stage(), Stage()
    other.database = stage.database
    stage.writing_error = StorageUnavailable()
    await other.watch.look()
    stage.clock.advance(SIGNS_FOR - LEAD)
    await stage.watch.look()
    assert stage.algorithms == ["ES256"]


async def test_a_service_whose_database_is_away_starts_and_recovers_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_watch, "_INTERVAL_WITHOUT_KEYS", 0.001)
    stage = Stage()
    stage.error = StorageUnavailable()
    async with lifetime.watching_keys(stage.container):
        assert not stage.key_set.is_loaded
        stage.error = None
        await until(lambda: stage.key_set.is_loaded)
        assert stage.algorithms == ["ES256"]


async def test_what_a_start_has_to_ask_is_asked_when_the_database_is_there() -> None:
    stage, later = Stage(), Stage(algorithm="RS256")
    later.database = stage.database
    await stage.watch.look()
    later.error = StorageUnavailable()
    await later.watch.look()
    later.error = None
    await later.watch.look()
    assert later.algorithms == ["ES256", "RS256"]
    await later.watch.look()
    await stage.watch.look()
    assert stage.algorithms == ["ES256", "RS256"], "but only then"


async def test_a_database_that_says_nothing_does_not_hold_up_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_watch, "_PATIENCE", 0.001)
    stage = Stage()
    stage.silent = True
    with capture_logs() as logs:
        async with asyncio.timeout(AT_MOST), lifetime.watching_keys(stage.container):
            assert not stage.key_set.is_loaded
    assert [log["log_level"] for log in logs] == ["warning"]


async def test_a_look_that_loses_its_cancellation_does_not_keep_the_service_from_stopping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As asyncio.wait_for of Python 3.11 does where an answer comes at the same instant."""
    monkeypatch.setattr(key_watch, "_INTERVAL", 0.0)
    stage, asked = Stage(), asyncio.Event()

    async def answer() -> list[SigningKey]:
        if not asked.is_set():
            asked.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        return []

    async with asyncio.timeout(AT_MOST), lifetime.watching_keys(stage.container):
        monkeypatch.setattr(stage, "all", answer)
        await asked.wait()


def test_every_process_sees_a_rotation_within_30_seconds_and_is_not_kept_looking() -> None:
    assert timedelta(seconds=key_watch._INTERVAL) < timedelta(seconds=30)  # noqa: SLF001 - the number is the promise
    assert timedelta(seconds=key_watch._BREATH) >= timedelta(seconds=1)  # noqa: SLF001 - this one, too
