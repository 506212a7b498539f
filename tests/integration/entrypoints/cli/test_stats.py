"""`user-service stats recount`: are the numbers right, and if not, which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from tests.support.processes import run

if TYPE_CHECKING:
    from pathlib import Path

ADD_USER = (
    "insert into users (name, email, mobile, role, created_at, updated_at, version, email_verified_at)"
    " values ('John Doe', 'john@example.com', '1234567890', 'admin', '2026-03-14 15:20Z', now(), 1, now())"
)
ADD_SESSION = (
    "insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at)"
    " select gen_random_uuid(), id, now() - interval '2 hours', now() - interval '2 hours', now(),"
    "        now() + interval '1 day' from users"
)

RIGHT = "Users, active sessions, registrations, logins and failed logins are right."


def test_where_every_number_is_right_it_says_so(folder: Path, production: dict[str, str], conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(ADD_USER)
    found = run("stats", "recount", cwd=folder, **production)
    assert (found.returncode, found.stdout, found.stderr) == (0, f"{RIGHT}\n", "")


def test_what_differs_is_shown_and_put_right(folder: Path, production: dict[str, str], conninfo: str) -> None:
    with psycopg.connect(conninfo) as connection:
        connection.execute("set session_replication_role = replica")  # past the triggers
        connection.execute(ADD_USER)
        connection.execute("update users set suspended_at = now()")
    found = run("stats", "recount", cwd=folder, **production)
    assert (found.returncode, found.stderr) == (1, "")
    heading, *lines, last = found.stdout.splitlines()
    assert heading.split() == ["number", "quarter", "of", "an", "hour", "from", "recorded", "counted"]
    assert [line.split() for line in lines] == [
        ["admins", "-", "0", "1"],
        ["users", "-", "0", "1"],
        ["verified", "-", "0", "1"],
        ["registrations", "2026-03-14", "15:15Z", "0", "1"],
        ["suspensions", "-", "0", "1"],
        ["suspensions_by_day", "-", "0", "1"],
    ]
    assert len({len(line) for line in (heading, *lines)}) == 1, "in columns"
    assert "put right" in last
    found = run("stats", "recount", cwd=folder, **production)
    assert (found.returncode, found.stdout) == (0, f"{RIGHT}\n")


def test_a_surplus_is_shown_each_time_and_taken_off_when_that_is_asked_for(
    folder: Path, production: dict[str, str], conninfo: str
) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(ADD_USER)
        connection.execute("truncate users cascade")
    found = run("stats", "recount", cwd=folder, **production)
    assert (found.returncode, found.stderr) == (1, "")
    _, *lines, right, surplus = found.stdout.splitlines()
    registrations = ["registrations", "2026-03-14", "15:15Z", "1", "0"]
    assert [line.split() for line in lines] == [
        ["admins", "-", "1", "0"],
        ["users", "-", "1", "0"],
        ["verified", "-", "1", "0"],
        [*registrations, "*"],
    ]
    assert right == "The numbers without * were wrong, and are put right."
    found = run("stats", "recount", cwd=folder, **production)
    assert found.returncode == 1
    assert [line.split() for line in found.stdout.splitlines()[1:-1]] == [[*registrations, "*"]], "still"
    assert found.stdout.splitlines()[-1] == surplus
    *command, option = surplus.split()[-4:]
    assert command == ["user-service", "stats", "recount"]
    found = run("stats", "recount", option, cwd=folder, **production)
    assert (found.returncode, found.stderr) == (1, "")
    _, line, last = found.stdout.splitlines()
    assert (line.split(), last) == (registrations, "These numbers were wrong, and are put right.")
    found = run("stats", "recount", cwd=folder, **production)
    assert (found.returncode, found.stdout) == (0, f"{RIGHT}\n")


def test_sessions_are_counted_by_the_settings_in_force(folder: Path, production: dict[str, str], conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(ADD_USER)
        connection.execute(ADD_SESSION)
        connection.execute("update sessions set lapses_at = expires_at")
    found = run("stats", "recount", cwd=folder, **production, SESSION_IDLE_TIMEOUT_MINUTES="60")
    assert found.returncode == 0
    first, second = found.stdout.splitlines()
    assert first.startswith("1 session was counted by settings that are not in force any more")
    assert second == RIGHT
    found = run("stats", "recount", cwd=folder, **production, SESSION_IDLE_TIMEOUT_MINUTES="60")
    assert found.stdout == f"{RIGHT}\n"


def test_failed_logins_are_what_the_audit_trail_says(folder: Path, production: dict[str, str], conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for action in ("session:login:failure", "session:login:denied", "session:login:success"):
            connection.execute("insert into audit_entries (at, action) values (now(), %s)", [action])
        for tampering, recorded in (("update stat_deltas set amount = 7", 14), ("delete from stat_deltas", 0)):
            connection.execute(tampering)
            found = run("stats", "recount", cwd=folder, **production)
            assert found.returncode == 1, found.stderr
            (line,) = [line.split() for line in found.stdout.splitlines() if line.startswith("failed_logins")]
            assert line[-2:] == [str(recorded), "2"]
            assert run("stats", "recount", cwd=folder, **production).stdout == f"{RIGHT}\n"
