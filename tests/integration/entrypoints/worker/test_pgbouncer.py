"""Behind PgBouncer in transaction mode, where no two statements need come from the same connection."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import httpx2
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.integration.entrypoints.worker.stage import (
    arrivals,
    letters_by_id,
    links_of,
    queue_in,
    variables,
    worker,
)
from tests.support.http import JOHN, USER_AGENT, FreeHasher, as_url, bearer, compose_http, running
from tests.support.pgbouncer import pgbouncer
from tests.support.processes import service
from user_domain.testing.builders import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.entrypoints.worker.stage import Queue
    from tests.support.smtp_server import SmtpServer

pytestmark = pytest.mark.heavy

POOL_SIZE = 3
PEOPLE = [f"person{number}@example.com" for number in range(20)]
ANOTHER = "Another-Pass-1"


@pytest.fixture
def pooled(conninfo: str) -> Iterator[str]:
    with pgbouncer(conninfo, pool_size=POOL_SIZE) as pooled:
        yield pooled


def test_it_is_a_pooler_in_transaction_mode(pooled: str) -> None:
    clients = [psycopg.connect(pooled, autocommit=True, prepare_threshold=None) for _ in range(3 * POOL_SIZE)]
    try:
        rows = [client.execute("select pg_backend_pid()").fetchone() for client in clients]
    finally:
        for client in clients:
            client.close()
    assert len(set(rows)) <= POOL_SIZE
    with pytest.raises(psycopg.OperationalError, match="options"):
        psycopg.connect(pooled, options="-c statement_timeout=1000")


async def test_a_service_and_three_workers_share_a_few_connections(
    tmp_path: Path, empty_database: str, server: SmtpServer
) -> None:
    with pgbouncer(empty_database, pool_size=POOL_SIZE) as pooled:
        behind = variables(pooled, server, DATABASE_POOLER="transaction", HASH_QUEUE_SECONDS="60")
        serving = behind | {
            "DATABASE_MIGRATION_URL": as_url(empty_database),
            "MIGRATE_ON_START": "true",
            "WORKERS": "2",
            "RUN_WORKER": "false",
        }
        async with AsyncExitStack() as stack:
            started = stack.enter_context(service("serve", tmp_path, **serving))
            workers = [
                await stack.enter_async_context(worker(tmp_path, pooled, server, DATABASE_POOLER="transaction"))
                for _ in range(3)
            ]
            queue = await stack.enter_async_context(queue_in(empty_database))
            client = await stack.enter_async_context(
                httpx2.AsyncClient(
                    base_url=started.url(""), headers={"User-Agent": USER_AGENT}, trust_env=False, timeout=120
                )
            )
            await use_it(client, server, queue)
            assert {await process.stopped() for process in workers} == {0}
            assert started.stop() == 0
        for log in (started.output(), *(process.output() for process in workers)):
            assert "prepared statement" not in log
            assert "Traceback" not in log
            assert "unavailable" not in log
            assert '"level": "error"' not in log


async def use_it(client: httpx2.AsyncClient, server: SmtpServer, queue: Queue) -> None:
    """Everybody registers, logs in, and forgets the password, all at once."""

    async def registers(email: str) -> None:
        answer = await client.post("/auth/register", json=JOHN | {"email": email})
        assert answer.status_code == 201, answer.text

    async def logs_in(email: str, password: str = PASSWORD) -> dict[str, str]:
        answer = await client.post("/auth/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return bearer(answer.json()["access_token"])

    async def goes_on(email: str) -> None:
        answer = await client.post("/auth/login", json={"email": email, "password": PASSWORD})
        token = answer.json()["refresh_token"]
        for _ in range(3):
            answer = await client.post("/auth/refresh", json={"refresh_token": token})
            assert answer.status_code == 200, answer.text
            token = answer.json()["refresh_token"]
        await asks(bearer(answer.json()["access_token"]))

    async def asks(headers: dict[str, str], expected: int = 200) -> None:
        answer = await client.get("/auth/me", headers=headers)
        assert answer.status_code == expected, answer.text

    async def resets(token: str) -> None:
        answer = await client.post("/auth/reset-password", json={"token": token, "new_password": ANOTHER})
        assert answer.status_code == 200, answer.text

    await asyncio.gather(*(registers(email) for email in PEOPLE))
    sessions = await asyncio.gather(*(logs_in(email) for email in PEOPLE))
    await asyncio.gather(*(asks(headers) for headers in sessions * 10))
    await asyncio.gather(*(goes_on(email) for email in PEOPLE))
    await asyncio.gather(*(client.post("/auth/forgot-password", json={"email": email}) for email in PEOPLE))
    await queue.until_empty()
    assert arrivals(server) == dict.fromkeys(PEOPLE, 2)
    assert len(server.mails()) == 2 * len(PEOPLE)

    mails = [links_of(copies[0]) for copies in letters_by_id(server).values()]
    tokens = [links["reset-password"] for links in mails if "reset-password" in links]
    await asyncio.gather(*(resets(token) for token in tokens))
    await asyncio.gather(*(asks(headers, 401) for headers in sessions))
    await asyncio.gather(*(logs_in(email, ANOTHER) for email in PEOPLE))
    await queue.until_empty()
    assert arrivals(server) == dict.fromkeys(PEOPLE, 3)


async def test_sessions_start_and_go_on_as_without_it(pooled: str) -> None:
    """Many logins of one person, and many tabs with one token, over three connections."""
    container = compose_http(pooled, hasher=FreeHasher(), database_pooler="transaction", migrate_on_start=False)
    async with running(container) as service:
        user = await service.register()
        logins = await asyncio.gather(*(service.start() for _ in range(50)))
        live = await service.rows("select from sessions where user_id = %(id)s and ended_at is null", id=user["id"])
        assert len(live) == 5
        answers = [await service.refresh(tokens["refresh_token"]) for tokens in logins]
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [401] * 45
        tokens = next(answer.json() for answer in answers if answer.status_code == 200)
        chain = [tokens]
        for _ in range(10):
            tabs = await asyncio.gather(*(service.go_on(chain[-1]["refresh_token"]) for _ in range(20)))
            assert len({tab["refresh_token"] for tab in tabs}) == 1
            chain.append(tabs[0])
        headers = [bearer(each["access_token"]) for each in chain]
        asked = await asyncio.gather(*(service.client.get("/auth/me", headers=each) for each in headers * 10))
        assert {answer.status_code for answer in asked} == {200}
        await service.container.session_activity().write_down()  # the refreshes were noted
        await service.rows("update sessions set last_seen_at = last_seen_at - interval '1 hour' returning id")
        await service.client.get("/auth/me", headers=headers[0])
        await service.container.session_activity().write_down()
        (row,) = await service.rows(
            "select count(*) as seen from sessions where last_seen_at > now() - interval '1 min'"
        )
        assert row["seen"] == 1
        replays = await asyncio.gather(*(service.refresh(chain[0]["refresh_token"]) for _ in range(10)))
        assert {answer.status_code for answer in replays} == {401}
        kinds = await service.rows("select kind from outgoing_mails where kind = 'refresh_token_reused'")
        assert len(kinds) == 1
        asked = await asyncio.gather(*(service.client.get("/auth/me", headers=each) for each in headers))
        assert {answer.status_code for answer in asked} == {401}


async def test_a_worker_that_knows_a_way_past_the_pooler_is_woken(
    tmp_path: Path, conninfo: str, pooled: str, server: SmtpServer, queue: Queue
) -> None:
    """By itself this worker would not look again. Who queues the mail goes through the pooler, too."""
    listening = "past-the-pooler"
    direct = as_url(make_conninfo(conninfo, application_name=listening))
    behind = {"DATABASE_POOLER": "transaction", "DATABASE_MIGRATION_URL": direct}
    api = compose_http(pooled, hasher=FreeHasher(), database_pooler="transaction", migrate_on_start=False)
    async with running(api) as service, worker(tmp_path, pooled, server, woken_only=True, **behind) as process:
        await queue.until_listening(listening)
        await service.register()
        await queue.until_empty()
        assert arrivals(server) == {JOHN["email"]: 1}
        assert await process.stopped() == 0
