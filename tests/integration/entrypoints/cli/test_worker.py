"""`user-service worker`: mail leaves by a process of its own, and at once."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.support.processes import environment, fresh_worker, processes_in, run, service, until, woken_worker, worker

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Service

PASSWORD = "SecurePass123!"


def register(started: Service, name: str) -> None:
    body = {"name": "John Doe", "email": f"{name}@example.com", "mobile": "1234567890", "password": PASSWORD}
    status, answer = started.call("POST", "/auth/register", body)
    assert status == 201, answer


def kept(folder: Path) -> list[str]:
    """The mails in the mailbox of development, in the order they came."""
    return [path.read_text() for path in sorted((folder / ".data" / "mailbox" / "new").glob("*"))]


def queue_for_nobody(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """A mail that goes nowhere, so it is gone from the queue as soon as somebody looks; and nobody is told of it."""
    connection.execute(
        "insert into outgoing_mails (id, kind, recipient, token_ids, occurred_at, next_attempt_at)"
        " values (gen_random_uuid(), 'reset_password', 'nobody@example.com', '{}', now(), now())"
    )


def queued(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    row = connection.execute("select count(*) from outgoing_mails").fetchone()
    assert row is not None
    count = row[0]
    assert isinstance(count, int)
    return count


def test_what_a_server_only_queues_a_worker_sends_at_once(
    folder: Path, development: dict[str, str], conninfo: str
) -> None:
    with (
        psycopg.connect(conninfo, autocommit=True) as connection,
        service("serve", folder, RUN_WORKER="false", **development) as server,
    ):
        register(server, "john")
        assert queued(connection) == 1
        # It looks when it starts, and then only when the database tells it of mail.
        with woken_worker(folder, **development) as working:
            until(lambda: len(kept(folder)) == 1, working, server)
            for count, name in enumerate(("jane", "jack"), start=2):
                register(server, name)
                until(lambda count=count: len(kept(folder)) == count, working, server)  # type: ignore[misc]  # a lambda with a default
            until(lambda: queued(connection) == 0, working)
            assert working.stop(signal.SIGTERM) == 0
        for name, mail in zip(("john", "jane", "jack"), kept(folder), strict=True):
            assert f"To: John Doe <{name}@example.com>" in mail
            assert f"Mail to {name}@example.com: " in working.output()
        assert working.output().endswith("Stopped.\n")
        assert PASSWORD not in working.output()

        register(server, "joan")
        assert queued(connection) == 1, "nobody is left who sends it"
        assert server.stop() == 0
    assert len(kept(folder)) == 3


def test_ctrl_c_stops_it_with_the_database_it_started(folder: Path) -> None:
    with fresh_worker(folder) as working:
        assert processes_in(folder) != []
        assert working.interrupt() == 0
        assert working.output().endswith("Stopped.\n")
    assert processes_in(folder) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_can_be_stopped_from_its_first_word_on(
    folder: Path, development: dict[str, str], number: signal.Signals
) -> None:
    with fresh_worker(folder, **development) as working:
        assert working.stop(number) == 0


SIGNALLED_EARLY = """
import asyncio, os, signal
from entrypoints.cli import main

run = asyncio.run

def run_after_signal(work):
    os.kill(os.getpid(), signal.SIGTERM)
    run(work)

asyncio.run = run_after_signal
main()
"""


def test_a_signal_is_not_lost_before_the_event_loop_runs(folder: Path, development: dict[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SIGNALLED_EARLY, "worker"],
        cwd=folder,
        env=environment(**development),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr


def test_where_mail_cannot_leave_it_says_so_and_does_the_rest(
    folder: Path, production: dict[str, str], conninfo: str
) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection, worker(folder, **production) as working:
        queue_for_nobody(connection)
        connection.execute("insert into stat_deltas (metric, bucket, amount) values ('users', '-infinity', 1)")
        until(lambda: connection.execute("select from stat_deltas").fetchone() is None, working)
        assert working.stop() == 0
        assert "SMTP_URL" in working.output()
        assert queued(connection) == 1


def test_it_does_not_work_on_a_database_that_lacks_migrations(folder: Path, empty_database: str) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(empty_database)
    url = (
        f"postgresql://{parts['user']}:{parts.get('password') or ''}@{parts['host']}:{parts['port']}/{parts['dbname']}"
    )
    ended = run("worker", cwd=folder, DATABASE_URL=url, ENVIRONMENT="development", MIGRATE_ON_START="false")
    assert ended.returncode == 1
    assert "user-service migrate" in ended.stderr


def test_behind_a_transaction_pooler_it_looks_into_the_queue_by_itself(
    folder: Path, development: dict[str, str], conninfo: str
) -> None:
    """Nobody can tell it of mail there."""
    pooled = {"DATABASE_POOLER": "transaction", "MIGRATE_ON_START": "false"}
    with psycopg.connect(conninfo, autocommit=True) as connection, worker(folder, **development, **pooled) as working:
        for _ in range(2):
            queue_for_nobody(connection)
            until(lambda: queued(connection) == 0, working)
        listeners = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen %'"
        ).fetchone()
        assert listeners == (0,)
        assert working.stop() == 0
