"""The other commands, on a given database."""

from __future__ import annotations

import json
import signal
import socket
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.support.processes import free_port, run, service

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

KEY = "k3y-for-tests-only-8d1f0c3a5b7e9246"
ADMIN = ("--email", "ada@example.com", "--name", "Ada Boss", "--mobile", "12345678")
PASSWORD = "Battery-Staple-9"


@pytest.fixture
def url(conninfo: str) -> str:
    return _url(conninfo)


def _url(conninfo: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(conninfo)
    login = f"{parts['user']}:{parts.get('password') or ''}"
    return f"postgresql+asyncpg://{login}@{parts['host']}:{parts['port']}/{parts['dbname']}?ssl=prefer"


def create_admin(folder: Path, url: str, *arguments: str, password: str = PASSWORD) -> CompletedProcess[str]:
    return run(
        "create-admin",
        *arguments,
        "--password-stdin",
        cwd=folder,
        stdin=f"{password}\n",
        DATABASE_URL=url,
        SECRET_KEY=KEY,
    )


def test_an_admin_is_created_once_and_later_promoted_only_when_told_to(folder: Path, url: str, conninfo: str) -> None:
    created = create_admin(folder, url, *ADMIN)
    assert created.returncode == 0, created.stderr
    assert "ada@example.com" in created.stdout

    again = create_admin(folder, url, *ADMIN)
    assert again.returncode == 1
    assert "--promote" in again.stderr

    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("update users set role = 'user'")
        assert create_admin(folder, url, "--email", "ada@example.com", "--promote").returncode == 0
        assert connection.execute("select role, email_verified_at is not null from users").fetchall() == [
            ("admin", True)
        ]
        actions = connection.execute("select action from audit_entries order by id").fetchall()
    assert actions == [("admin:create",), ("admin:promote",)]

    assert "already" in create_admin(folder, url, "--email", "ada@example.com", "--promote").stderr
    nobody = create_admin(folder, url, "--email", "nobody@example.com", "--promote")
    assert (nobody.returncode, nobody.stderr) == (1, "Error: There is no such user.\n")


def test_a_weak_password_is_refused_with_every_reason_and_never_repeated(folder: Path, url: str) -> None:
    refused = create_admin(folder, url, *ADMIN, password="ada-boss")
    assert refused.returncode == 1
    assert "upper-case" in refused.stderr
    assert "digit" in refused.stderr
    assert "ada-boss" not in refused.stdout + refused.stderr


def test_migrate_says_what_is_missing_and_applies_it(folder: Path, empty_database: str) -> None:
    variables = {"DATABASE_URL": _url(empty_database), "SECRET_KEY": KEY}
    missing = run("migrate", "--check", cwd=folder, **variables)
    assert (missing.returncode, missing.stdout) == (1, "missing 0001_initial\n")

    refused = run("serve", cwd=folder, MIGRATE_ON_START="false", **variables)
    assert refused.returncode == 1
    assert "user-service migrate" in refused.stderr

    assert run("migrate", cwd=folder, **variables).stdout == "applied 0001_initial\n"
    assert run("migrate", "--check", cwd=folder, **variables).stdout == "The schema is up to date.\n"


def test_migrating_through_a_transaction_pooler_is_refused(folder: Path, url: str) -> None:
    pooled = {"DATABASE_POOLER": "transaction", "MIGRATE_ON_START": "false"}
    refused = run("migrate", cwd=folder, DATABASE_URL=url, SECRET_KEY=KEY, **pooled)
    assert refused.returncode == 1
    assert "DATABASE_MIGRATION_URL" in refused.stderr


def test_a_database_that_is_away_at_start_is_said_in_one_line(folder: Path) -> None:
    secret = "not-to-be-printed"
    url = f"postgresql://shop:{secret}@127.0.0.1:{free_port()}/users"
    ended = run("serve", cwd=folder, DATABASE_URL=url, SECRET_KEY=KEY)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: The database at 127.0.0.1:")
    assert len(ended.stderr.splitlines()) == 1
    assert secret not in ended.stdout + ended.stderr


def test_every_faulty_setting_is_named_at_once_and_none_is_repeated(folder: Path) -> None:
    ended = run("serve", cwd=folder, DATABASE_URL="mysql://secret@x", SECRET_KEY="short-one", PORT="abc", WORKERS="0")
    assert ended.returncode == 2
    for variable in ("DATABASE_URL", "SECRET_KEY", "PORT", "WORKERS"):
        assert f"  {variable}: " in ended.stderr
    assert "Traceback" not in ended.stderr
    for value in ("mysql://secret@x", "short-one", "abc"):
        assert value not in ended.stderr


def test_config_check_shows_the_settings_in_force_with_secrets_masked(folder: Path, url: str) -> None:
    shown = run("config", "check", cwd=folder, DATABASE_URL=url, SECRET_KEY=KEY)
    assert shown.returncode == 0
    assert "SECRET_KEY=********" in shown.stdout
    assert "DATABASE_URL=********" in shown.stdout
    assert "ENVIRONMENT=production" in shown.stdout
    assert KEY not in shown.stdout


def test_the_openapi_document_is_printed_without_any_database(folder: Path) -> None:
    printed = run("openapi", cwd=folder)
    assert json.loads(printed.stdout)["paths"]["/auth/register"]["post"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_stops_with_status_0_and_finishes_what_it_has_begun(
    folder: Path, empty_database: str, workers: str
) -> None:
    variables = {"DATABASE_URL": _url(empty_database), "SECRET_KEY": KEY, "WORKERS": workers}
    with service("serve", folder, **variables) as started:
        john = {"name": "John Doe", "email": "john@example.com", "mobile": "1234567890", "password": "SecurePass123!"}
        assert started.call("POST", "/auth/register", john)[0] == 201
        assert started.stop(signal.SIGTERM) == 0
        assert "SecurePass123!" not in started.output()
        assert KEY not in started.output()


@pytest.mark.heavy
def test_workers_do_not_outlive_the_process_that_started_them(folder: Path, empty_database: str) -> None:
    variables = {"DATABASE_URL": _url(empty_database), "SECRET_KEY": KEY, "WORKERS": "2"}
    with service("serve", folder, **variables) as started:
        started.process.kill()
        started.process.wait(60)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", started.port)) != 0:
                    return
            time.sleep(0.1)
        pytest.fail("somebody still listens on the port")
