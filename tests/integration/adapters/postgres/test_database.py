"""The pool: what happens when the database is busy, away, or back again."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.health import DatabaseHealth
from tests.support.postgres import cloned_database
from tests.support.proxy import Proxy
from user_domain.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def opened(url: str, settings: PoolSettings) -> AsyncIterator[Database]:
    """A pool that is closed again whatever happens."""
    database = Database(url, settings)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def answer(database: Database) -> int:
    row = await database.fetch_one("select 42 as answer", {})
    assert row is not None
    return int(row["answer"])


def cut_every_connection(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as other:
        other.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"  # waits until it has happened
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize("size", [1, 4, 16])
async def test_no_request_fails_after_every_connection_was_cut(postgres_admin: str, size: int) -> None:
    with cloned_database(postgres_admin) as conninfo:
        async with opened(conninfo, PoolSettings(min_size=size, max_size=size)) as database:
            await asyncio.gather(*(answer(database) for _ in range(size * 2)))
            cut_every_connection(conninfo)
            assert await asyncio.gather(*(answer(database) for _ in range(20))) == [42] * 20


async def test_a_database_that_is_away_is_unavailable_and_nothing_else(unused_port: int) -> None:
    async with opened(f"postgresql://nobody@127.0.0.1:{unused_port}/none", PoolSettings(timeout=0.2)) as database:
        with pytest.raises(StorageUnavailable):
            await answer(database)


async def test_the_first_request_after_the_database_is_back_is_answered(conninfo: str) -> None:
    parts = conninfo_to_dict(conninfo)
    async with Proxy(str(parts["host"]), int(str(parts["port"]))) as proxy:
        through_proxy = make_conninfo(conninfo, host="127.0.0.1", port=proxy.port)
        async with opened(through_proxy, PoolSettings(min_size=4, max_size=4, timeout=10)) as database:
            await asyncio.gather(*(answer(database) for _ in range(8)))
            await proxy.cut()
            impatient = [asyncio.wait_for(answer(database), 0.5) for _ in range(8)]
            assert all(isinstance(o, Exception) for o in await asyncio.gather(*impatient, return_exceptions=True))
            await proxy.mend()
            assert await asyncio.gather(*(answer(database) for _ in range(20))) == [42] * 20


async def test_a_database_that_goes_silent_is_unavailable_too(conninfo: str) -> None:
    """Nothing closes the connection, and a request to cancel is not answered either."""
    parts = conninfo_to_dict(conninfo)
    async with Proxy(str(parts["host"]), int(str(parts["port"]))) as proxy:
        through_proxy = make_conninfo(conninfo, host="127.0.0.1", port=proxy.port)
        database = Database(through_proxy, PoolSettings(min_size=1, max_size=1, timeout=0.2))
        await database.open()
        try:
            assert await answer(database) == 42
            proxy.silence()
            async with asyncio.timeout(9):  # psycopg itself waits ten seconds for a cancellation
                with pytest.raises(StorageUnavailable):
                    await answer(database)
                assert await DatabaseHealth(database).ask() is None
        finally:
            await proxy.cut()
            await database.close()


async def test_a_pool_that_is_exhausted_refuses_instead_of_queueing_for_ever(conninfo: str) -> None:
    async with opened(conninfo, PoolSettings(min_size=1, max_size=1, timeout=0.2)) as database:
        async with database.connection():
            outcomes = await asyncio.gather(*(answer(database) for _ in range(20)), return_exceptions=True)
            assert all(isinstance(outcome, StorageUnavailable) for outcome in outcomes)
        assert await answer(database) == 42


async def test_a_statement_that_takes_too_long_is_stopped(conninfo: str) -> None:
    async with opened(conninfo, PoolSettings(min_size=1, max_size=1, timeout=0.2)) as database:
        with pytest.raises(StorageUnavailable):
            await database.fetch_one("select pg_sleep(30)", {})
        assert await answer(database) == 42


async def test_a_caller_who_hangs_up_leaves_a_connection_that_can_be_used(conninfo: str) -> None:
    async with opened(conninfo, PoolSettings(min_size=1, max_size=1)) as database:
        sleeper = asyncio.create_task(database.fetch_one("select pg_sleep(30)", {}))
        await asyncio.sleep(0.05)  # likely in the middle of the statement; right either way
        sleeper.cancel()
        await asyncio.gather(sleeper, return_exceptions=True)
        assert await answer(database) == 42


async def test_behind_a_transaction_pooler_nothing_is_prepared_and_nothing_is_set(conninfo: str) -> None:
    async with opened(conninfo, PoolSettings(min_size=1, max_size=1, transaction_pooler=True)) as database:
        for _ in range(10):
            await answer(database)
        prepared = await database.fetch_one("select count(*) as n from pg_prepared_statements", {})
        timeout = await database.fetch_one("select current_setting('statement_timeout') as value", {})
    assert prepared == {"n": 0}
    assert timeout == {"value": "0"}


def test_how_busy_it_is_can_be_told_before_it_is_open() -> None:
    use = Database("postgresql://nobody@127.0.0.1/none").use()
    assert (use.available, use.waiting) == (0, 0)


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
