"""The other commands, on a given database."""

from __future__ import annotations

import json
import signal
import socket
import time
from importlib import resources
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.processes import free_port, fresh_service, run

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

ADMIN = ("--email", "ada@example.com", "--name", "Ada Boss", "--mobile", "12345678")
PASSWORD = "Battery-Staple-9"


def on(conninfo: str) -> dict[str, str]:
    """The variables of production, on this database, whose URL is as other tools write it."""
    parts = psycopg.conninfo.conninfo_to_dict(conninfo)
    login = f"{parts['user']}:{parts.get('password') or ''}"
    url = f"postgresql+asyncpg://{login}@{parts['host']}:{parts['port']}/{parts['dbname']}?ssl=prefer"
    return {"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY, "MASTER_KEY": MASTER_KEY}


def create_admin(
    folder: Path, variables: dict[str, str], *arguments: str, password: str = PASSWORD
) -> CompletedProcess[str]:
    return run("create-admin", *arguments, "--password-stdin", cwd=folder, stdin=f"{password}\n", **variables)


def test_an_admin_is_created_once_and_later_promoted_only_when_told_to(folder: Path, conninfo: str) -> None:
    variables = on(conninfo)
    created = create_admin(folder, variables, *ADMIN)
    assert created.returncode == 0, created.stderr
    assert "ada@example.com" in created.stdout

    again = create_admin(folder, variables, *ADMIN)
    assert again.returncode == 1
    assert "--promote" in again.stderr

    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("update users set role = 'user'")
        assert create_admin(folder, variables, "--email", "ada@example.com", "--promote").returncode == 0
        assert connection.execute("select role, email_verified_at is not null from users").fetchall() == [
            ("admin", True)
        ]
        actions = connection.execute("select action from audit_entries order by id").fetchall()
    assert actions == [("admin:create",), ("admin:promote",)]

    assert "already" in create_admin(folder, variables, "--email", "ada@example.com", "--promote").stderr
    nobody = create_admin(folder, variables, "--email", "nobody@example.com", "--promote")
    assert (nobody.returncode, nobody.stderr) == (1, "Error: There is no such user.\n")


def test_a_weak_password_is_refused_with_every_reason_and_never_repeated(
    folder: Path, production: dict[str, str]
) -> None:
    refused = create_admin(folder, production, *ADMIN, password="ada-boss")
    assert refused.returncode == 1
    assert "upper-case" in refused.stderr
    assert "digit" in refused.stderr
    assert "ada-boss" not in refused.stdout + refused.stderr


def test_a_password_that_everybody_has_is_refused_however_it_is_composed(
    folder: Path, production: dict[str, str], conninfo: str
) -> None:
    refused = create_admin(folder, production, *ADMIN, password="Password1!")
    assert refused.returncode == 1
    assert "too easy to guess" in refused.stderr
    assert "Password1!" not in refused.stdout + refused.stderr
    with psycopg.connect(conninfo) as connection:
        assert connection.execute("select count(*) from users").fetchone() == (0,)


def migrations() -> list[str]:
    files = resources.files("adapters.postgres").joinpath("migrations").iterdir()
    return sorted(file.name.removesuffix(".sql") for file in files if file.name.endswith(".sql"))


def test_migrate_says_what_is_missing_and_applies_it(folder: Path, empty_database: str) -> None:
    variables, names = on(empty_database), migrations()
    missing = run("migrate", "--check", cwd=folder, **variables)
    assert (missing.returncode, missing.stdout) == (1, "".join(f"missing {name}\n" for name in names))

    refused = run("serve", cwd=folder, MIGRATE_ON_START="false", **variables)
    assert refused.returncode == 1
    assert "user-service migrate" in refused.stderr

    assert run("migrate", cwd=folder, **variables).stdout == "".join(f"applied {name}\n" for name in names)
    assert run("migrate", "--check", cwd=folder, **variables).stdout == "The schema is up to date.\n"


def test_migrating_through_a_transaction_pooler_is_refused(folder: Path, production: dict[str, str]) -> None:
    pooled = {"DATABASE_POOLER": "transaction", "MIGRATE_ON_START": "false"}
    refused = run("migrate", cwd=folder, **production, **pooled)
    assert refused.returncode == 1
    assert "DATABASE_MIGRATION_URL" in refused.stderr


def test_a_database_that_is_away_at_start_is_said_in_one_line(folder: Path) -> None:
    secret = "not-to-be-printed"
    url = f"postgresql://shop:{secret}@127.0.0.1:{free_port()}/users"
    ended = run("serve", cwd=folder, DATABASE_URL=url, SECRET_KEY=SECRET_KEY, MASTER_KEY=MASTER_KEY)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: The database at 127.0.0.1:")
    assert len(ended.stderr.splitlines()) == 1
    assert secret not in ended.stdout + ended.stderr


def test_every_faulty_setting_is_named_at_once_and_none_is_repeated(folder: Path) -> None:
    faulty = {
        "DATABASE_URL": "mysql://secret@x",
        "SECRET_KEY": "short-one",
        "MASTER_KEY": "another-short-one",
        "PORT": "abc",
        "WORKERS": "0",
        "PUBLIC_URL": "not-an-address",
        "SMTP_URL": "smtp://shop:S3cret@mail.example.com?tls=yes",
        "MAIL_FROM": "not-a-sender",
        "RUN_WORKER": "perhaps",
    }
    ended = run("serve", cwd=folder, **faulty)
    assert ended.returncode == 2
    assert {line.split(":")[0].strip() for line in ended.stderr.splitlines()[1:]} == faulty.keys()
    assert "Traceback" not in ended.stderr
    for value in (*faulty.values(), "S3cret"):
        if value != "0":
            assert value not in ended.stderr


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_production_needs_both_keys(folder: Path, command: str) -> None:
    ended = run(command, cwd=folder, DATABASE_URL="postgresql://127.0.0.1:1/users")
    assert ended.returncode == 2
    assert [line.split(":")[0] for line in ended.stderr.splitlines()[1:]] == ["  SECRET_KEY", "  MASTER_KEY"]


def test_config_check_shows_the_settings_in_force_with_secrets_masked(folder: Path, production: dict[str, str]) -> None:
    mail = {
        "MASTER_KEY_PREVIOUS": MASTER_KEY[::-1],
        "SMTP_URL": "smtps://shop:S3cret@mail.example.com",
        "MAIL_FROM": "Shop <no-reply@shop.example.com>",
    }
    addresses = {"PUBLIC_URL": "https://shop.example.com/user/", "BREACHED_PASSWORDS_URL": "https://range.example.com"}
    shown = run("config", "check", cwd=folder, EMAIL_VERIFICATION="required", **production, **mail, **addresses)
    assert shown.returncode == 0, shown.stderr
    settings = dict(line.split("=", 1) for line in shown.stdout.splitlines())
    for name in ("DATABASE_URL", "SECRET_KEY", "MASTER_KEY", "MASTER_KEY_PREVIOUS", "SMTP_URL"):
        assert settings[name] == "********"
    expected = {
        "ENVIRONMENT": "production",
        "EMAIL_VERIFICATION": "required",
        "BREACHED_PASSWORDS_URL": "https://range.example.com",
        "PUBLIC_URL": "https://shop.example.com/user",
        "FRONTEND_URL": "https://shop.example.com/user",
        "MAIL_FROM": "Shop <no-reply@shop.example.com>",
        "RUN_WORKER": "true",
    }
    assert settings.items() >= expected.items()
    for secret in (SECRET_KEY, MASTER_KEY, MASTER_KEY[::-1], "S3cret"):
        assert secret not in shown.stdout + shown.stderr


def test_the_openapi_document_is_printed_without_any_database(folder: Path) -> None:
    printed = run("openapi", cwd=folder)
    assert json.loads(printed.stdout)["paths"]["/auth/register"]["post"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_stops_with_status_0_and_finishes_what_it_has_begun(
    folder: Path, empty_database: str, workers: str
) -> None:
    with fresh_service("serve", folder, WORKERS=workers, **on(empty_database)) as started:
        john = {"name": "John Doe", "email": "john@example.com", "mobile": "1234567890", "password": "SecurePass123!"}
        assert started.call("POST", "/auth/register", john)[0] == 201
        assert started.stop(signal.SIGTERM) == 0
        assert "SecurePass123!" not in started.output()
        assert SECRET_KEY not in started.output()
        assert MASTER_KEY not in started.output()


@pytest.mark.heavy
def test_workers_do_not_outlive_the_process_that_started_them(folder: Path, empty_database: str) -> None:
    with fresh_service("serve", folder, WORKERS="2", **on(empty_database)) as started:
        started.process.kill()
        started.process.wait(60)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", started.port)) != 0:
                    return
            time.sleep(0.1)
        pytest.fail("somebody still listens on the port")
