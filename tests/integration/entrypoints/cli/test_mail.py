"""`user-service mail`: what has not left is shown, and tried again when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.processes import run, until, woken_worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAITING, DEAD, DEAD_TOO, UNKNOWN = (f"{number:032x}" for number in (0x10, 0x20, 0x30, 0x40))


@pytest.fixture
def database(conninfo: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    with psycopg.connect(conninfo, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def _three_mails(database: psycopg.Connection[dict[str, Any]]) -> None:
    """One that waits for its fourth attempt, and two that are dead. They go to nobody."""
    rows = [
        (DEAD, 20, "connection lost", True),
        (WAITING, 3, "451 4.7.1", False),
        (DEAD_TOO, 1, "550 5.1.1", True),
    ]
    for mail_id, attempts, error, dead in rows:
        database.execute(
            "insert into outgoing_mails"
            " (id, kind, recipient, token_ids, occurred_at, attempts, error, next_attempt_at, dead_at)"
            " values (%s, 'reset_password', %s, '{}', '2026-03-14 15:09:26Z', %s, %s, now() + interval '1 hour',"
            " case when %s then now() end)",
            (mail_id, f"nobody-{mail_id[-2:]}@example.com", attempts, error, dead),
        )


def mails(database: psycopg.Connection[dict[str, Any]]) -> dict[str, tuple[bool, bool, int]]:
    """By id: whether each is dead, whether it is due, and how often it was tried."""
    rows = database.execute("select *, next_attempt_at <= now() as is_due from outgoing_mails").fetchall()
    return {row["id"].hex: (row["dead_at"] is not None, row["is_due"], row["attempts"]) for row in rows}


def audit_trail(database: psycopg.Connection[dict[str, Any]]) -> list[tuple[str, int | None]]:
    rows = database.execute("select action, actor_id from audit_entries order by id").fetchall()
    return [(row["action"], row["actor_id"]) for row in rows]


@pytest.mark.usefixtures("_three_mails")
def test_the_list_says_what_to_whom_how_often_and_why_not(folder: Path, production: dict[str, str]) -> None:
    shown = run("mail", "list", cwd=folder, **production)
    assert shown.returncode == 0, shown.stderr
    lines = [line.split("  ") for line in shown.stdout.splitlines()]
    assert [line[0] for line in lines] == [WAITING, DEAD, DEAD_TOO], "the oldest first"
    for line in lines:
        assert line[1:4] == ["2026-03-14 15:09:26Z", "reset_password", f"nobody-{line[0][-2:]}@example.com"]
    assert [line[4].split(" ")[0] for line in lines] == ["due", "dead", "dead"]
    assert [line[5].split(" ")[1] for line in lines] == ["3", "20", "1"]
    assert [line[6] for line in lines] == ["451 4.7.1", "connection lost", "550 5.1.1"]


def test_where_nothing_waits_the_list_is_empty_and_nothing_is_to_be_retried(
    folder: Path, production: dict[str, str], database: psycopg.Connection[dict[str, Any]]
) -> None:
    shown = run("mail", "list", cwd=folder, **production)
    assert (shown.returncode, shown.stdout) == (0, "")
    retried = run("mail", "retry", "--dead", cwd=folder, **production)
    assert (retried.returncode, retried.stdout) == (0, "0 mails are due now.\n")
    assert audit_trail(database) == []


@pytest.mark.usefixtures("_three_mails")
def test_one_mail_is_tried_again_as_if_it_were_new_and_the_trail_says_so(
    folder: Path, production: dict[str, str], database: psycopg.Connection[dict[str, Any]]
) -> None:
    before = mails(database)
    retried = run("mail", "retry", DEAD, cwd=folder, **production)
    assert (retried.returncode, retried.stdout) == (0, "1 mail is due now.\n")
    assert mails(database) == before | {DEAD: (False, True, 0)}
    assert audit_trail(database) == [("mail:retry", None)]

    retried = run("mail", "retry", WAITING, DEAD_TOO, cwd=folder, **production)
    assert (retried.returncode, retried.stdout) == (0, "2 mails are due now.\n")
    assert set(mails(database).values()) == {(False, True, 0)}


@pytest.mark.usefixtures("_three_mails")
def test_all_dead_mails_are_tried_again_and_a_worker_is_woken(
    folder: Path,
    production: dict[str, str],
    development: dict[str, str],
    database: psycopg.Connection[dict[str, Any]],
) -> None:
    before = mails(database)
    with woken_worker(folder, **development, MASTER_KEY=production["MASTER_KEY"]) as working:
        retried = run("mail", "retry", "--dead", cwd=folder, **production)
        assert (retried.returncode, retried.stdout) == (0, "2 mails are due now.\n")
        until(lambda: mails(database) == {WAITING: before[WAITING]}, working)  # the others would have gone to nobody
        assert working.stop() == 0
    assert audit_trail(database) == [("mail:retry", None)] * 2


@pytest.mark.usefixtures("_three_mails")
def test_a_mail_that_is_not_there_is_said_and_nothing_happens(
    folder: Path, production: dict[str, str], database: psycopg.Connection[dict[str, Any]]
) -> None:
    before = mails(database)
    refused = run("mail", "retry", UNKNOWN, cwd=folder, **production)
    assert (refused.returncode, refused.stdout) == (1, "0 mails are due now.\n")
    assert refused.stderr == f"Error: Not waiting any more, or never there: {UNKNOWN}\n"
    assert mails(database) == before
    assert audit_trail(database) == []


def test_what_cannot_be_an_id_is_refused_before_anything_is_asked_of_the_database(folder: Path) -> None:
    nowhere = {"DATABASE_URL": "postgresql://127.0.0.1:1/users", "SECRET_KEY": SECRET_KEY, "MASTER_KEY": MASTER_KEY}
    refused = run("mail", "retry", DEAD, "7", cwd=folder, **nowhere)
    assert refused.returncode == 2
    assert "'7' is not the id of a mail" in refused.stderr
