"""`user-service dev`: what `make run` runs."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
from typing import TYPE_CHECKING

import psycopg
import pytest

from adapters.postgres.embedded import EmbeddedPostgres
from tests.support.processes import COMMAND, environment, fresh_service, processes_in, run, service, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Service

JOHN = {"name": "John Doe", "email": "john@example.com", "mobile": "1234567890", "password": "SecurePass123!"}
LOGIN = {"email": JOHN["email"], "password": JOHN["password"]}


def log_in(started: Service) -> str:
    status, tokens = started.call("POST", "/auth/login", LOGIN)
    assert status == 200, tokens
    token: str = tokens["access_token"]
    return token


def test_a_newcomers_first_quarter_of_an_hour(folder: Path) -> None:
    """Start, register, log in, make an admin in a second terminal, stop, start again: everything is still there."""
    with fresh_service("dev", folder) as started:
        assert "curl" in started.output()
        assert f"{started.url('/dev/mailbox')}\n" in started.output()
        assert started.call("POST", "/auth/register", JOHN)[0] == 201
        token = log_in(started)
        assert started.call("GET", "/auth/me", token=token)[1]["email"] == "john@example.com"

        # The mail is a line in the terminal, with the link that a newcomer would follow.
        until(lambda: "Mail to john@example.com: " in started.output(), started)
        (line,) = (line for line in started.output().splitlines() if line.startswith("Mail to john@example.com: "))
        page, _, mailed = line.split()[-1].partition("?token=")
        assert page == started.url("/verify-email")
        assert started.call("POST", "/auth/verify-email", {"token": mailed})[0] == 200
        assert started.call("GET", "/auth/me", token=token)[1]["is_email_verified"] is True

        admin = ("--email", "root@example.com", "--name", "Ada Boss", "--mobile", "12345678")
        made = run("create-admin", *admin, "--password-stdin", cwd=folder, stdin="Battery-Staple-9\n")
        assert made.returncode == 0, made.stderr
        assert started.call("GET", "/auth/me", token=token)[0] == 200, "the second command left the server running"

        assert started.stop() == 0
        assert "Stopped." in started.output()
        assert processes_in(folder) == []
    with service("dev", folder) as started:
        status, boss = started.call(
            "POST", "/auth/login", {"email": "root@example.com", "password": "Battery-Staple-9"}
        )
        assert status == 200
        assert started.call("GET", "/users/1", token=boss["access_token"])[1]["name"] == "John Doe"
        # Ctrl-C: the terminal sends SIGINT to the whole group, the database server excepted.
        os.killpg(started.process.pid, signal.SIGINT)
        assert started.process.wait(60) == 0
        assert processes_in(folder) == []


@pytest.mark.heavy
def test_the_next_start_recovers_from_kill_9_and_stops_what_was_left(folder: Path) -> None:
    with service("dev", folder) as started:
        assert started.call("POST", "/auth/register", JOHN)[0] == 201
        started.process.kill()
        started.process.wait(60)
        assert processes_in(folder) != [], "the database server is an orphan now"
        with service("dev", folder) as again:
            log_in(again)
            assert again.stop() == 0
        assert processes_in(folder) == []


@pytest.mark.heavy
def test_the_database_killed_underneath_is_unavailable_and_comes_back_with_the_next_start(folder: Path) -> None:
    with service("dev", folder, DATABASE_TIMEOUT_SECONDS="1") as started:
        assert started.call("POST", "/auth/register", JOHN)[0] == 201
        token = log_in(started)
        postmaster = _postmaster(folder)
        os.kill(postmaster, signal.SIGKILL)
        status, problem = started.call("GET", "/auth/me", token=token)
        assert (status, problem["code"]) == (503, "storage_unavailable")
        assert started.call("GET", "/health/live")[0] == 200
        assert started.call("GET", "/health/ready")[0] == 503
        assert started.stop() == 0
    with service("dev", folder) as started:
        log_in(started)
        assert started.stop() == 0


def test_a_port_that_is_taken_is_said_and_nothing_is_left_running(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run("dev", cwd=folder, PORT=port)
    assert ended.returncode != 0
    assert "address already in use" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert processes_in(folder) == []


def test_data_of_an_older_version_is_recognised_and_recreated_only_when_told_to(folder: Path) -> None:
    assert run("migrate", cwd=folder).returncode == 0
    with EmbeddedPostgres(folder / ".data" / "postgres") as server, psycopg.connect(server.url) as connection:
        connection.execute("update schema_migrations set sha256 = 'older'")

    refused = run("dev", cwd=folder)
    assert refused.returncode == 1
    assert "made by another version" in refused.stdout
    assert f"rm -r {folder}/.data/postgres" in refused.stderr

    # At a terminal it asks.
    terminal, standard_input = pty.openpty()
    os.write(terminal, b"y\n")
    with socket.socket() as taken:  # so that it ends after recreating
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        asked = subprocess.run(
            [COMMAND, "dev"],
            cwd=folder,
            env=environment(PORT=str(taken.getsockname()[1])),
            stdin=standard_input,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    os.close(terminal)
    os.close(standard_input)
    assert "Throw that data away" in asked.stdout
    assert run("migrate", "--check", cwd=folder).returncode == 0


def _postmaster(folder: Path) -> int:
    (pid_file,) = (folder / ".data" / "postgres").rglob("postmaster.pid")
    return int(pid_file.read_text().splitlines()[0])
