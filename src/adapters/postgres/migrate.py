"""Bringing a database to the schema this code needs: numbered plain-SQL files, forward only.

Each file is one transaction together with its line in `schema_migrations`. A file whose first line is
`-- migrate: no-transaction` runs statement by statement (each ends with a `;` at the end of a line) and must be safe to
run again from its beginning: where CREATE INDEX CONCURRENTLY fails it leaves an invalid index, so DROP INDEX
CONCURRENTLY IF EXISTS comes first. A file that was applied is never edited: its digest is compared. A database that is
ahead of this code is fine, so that a deployment can be rolled back.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg.rows import DictRow, dict_row

from adapters.postgres.partitions import create_missing_audit_partitions
from adapters.postgres.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

_SQL = statements("schema")
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
_STATEMENT_END = re.compile(r";\s*$", re.MULTILINE)
_NO_TRANSACTION = "-- migrate: no-transaction\n"
LOCK_KEY = 0x75736572_7363686D  # "user", "schm": one key for everybody who migrates this service's database
_LOCK_WAIT = 600.0
_LOCK_POLL = 0.2
_ATTEMPTS = 8

Connection = psycopg.Connection[DictRow]


class MigrationError(Exception):
    """The database cannot be brought to the schema this code needs; the message says why and what to do."""


class MigrationEdited(MigrationError):
    """A migration that was applied reads differently now: the database was made by other code than this."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    version: int
    name: str
    text: LiteralString

    @property
    def sha256(self) -> str:
        """The digest of what the file says."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.version:04d}_{self.name}"


@cache
def migrations() -> tuple[Migration, ...]:
    """All there are, in order, numbered from 1 without gaps.

    Raises:
        MigrationError: the files are not numbered so; found by the first test run, not by an operator.
    """
    folder = files("adapters.postgres") / "migrations"
    texts = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".sql")}
    steps = []
    for number, file_name in enumerate(sorted(texts), start=1):
        match = _FILE_NAME.fullmatch(file_name)
        if match is None or int(match[1]) != number:
            message = f"{file_name}: migrations are named NNNN_name.sql and numbered without gaps; {number:04d} is due"
            raise MigrationError(message)
        steps.append(Migration(number, match[2], texts[file_name]))
    return tuple(steps)


def required_version() -> int:
    """The schema version this code needs, at least."""
    return migrations()[-1].version


def migrate(url: str) -> list[Migration]:
    """Apply what is missing, and create the months of the audit trail that are due. Any number of callers at once: one
    applies, the others wait and find nothing to do. What was applied.

    Raises:
        MigrationError: an applied file was edited, or somebody else has been migrating for ten minutes.
        psycopg.Error: the database is away, or refused a statement; that file's transaction was rolled back.
    """
    with _connect(url) as connection, _lock(connection):
        connection.execute(_SQL["create_bookkeeping"])
        todo = _pending(connection)
        for migration in todo:
            _apply_patiently(connection, migration)
        create_missing_audit_partitions(connection)
    return todo


def recreate(url: str) -> None:
    """Throw away everything there is, and migrate from nothing. For development.

    Raises:
        MigrationError, psycopg.Error: as `migrate`.
    """
    with _connect(url) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    migrate(url)


def pending(url: str) -> list[Migration]:
    """What `migrate` would apply. Changes nothing.

    Raises:
        MigrationError, psycopg.Error: as `migrate`.
    """
    with _connect(url) as connection:
        row = connection.execute("select to_regclass('schema_migrations') is not null as known").fetchone()
        return _pending(connection) if row and row["known"] else list(migrations())


def _connect(url: str) -> Connection:
    # No prepared statements: schemas change under them.
    return psycopg.connect(
        url,
        autocommit=True,
        prepare_threshold=None,
        row_factory=dict_row,
        connect_timeout=5,
        application_name="migrate",
    )


@contextmanager
def _lock(connection: Connection) -> Iterator[None]:
    # Polls: whoever waits inside pg_advisory_lock() holds a snapshot that CREATE INDEX CONCURRENTLY waits for in turn.
    deadline = time.monotonic() + _LOCK_WAIT
    while not connection.execute("select pg_try_advisory_lock(%s) as got", [LOCK_KEY]).fetchall()[0]["got"]:
        if time.monotonic() > deadline:
            message = "Somebody else has been migrating this database for ten minutes: see pg_stat_activity."
            raise MigrationError(message)
        time.sleep(_LOCK_POLL)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(%s)", [LOCK_KEY])


def _pending(connection: Connection) -> list[Migration]:
    applied = {row["version"]: row for row in connection.execute(_SQL["applied"])}
    for migration in migrations():
        row = applied.get(migration.version)
        if row is not None and row["sha256"] != migration.sha256:
            message = (
                f"Migration {migration} was edited after this database applied it: the database belongs to another "
                "version of the code."
            )
            raise MigrationEdited(message)
    return [migration for migration in migrations() if migration.version not in applied]


def _apply_patiently(connection: Connection, migration: Migration) -> None:
    """A statement that cannot get its lock at once would make every other one queue behind it; so it gives way and
    tries again.
    """
    connection.execute("set lock_timeout = '3s'")
    connection.execute("set statement_timeout = '15min'")
    for attempt in range(_ATTEMPTS):
        try:
            _apply(connection, migration)
        except psycopg.errors.LockNotAvailable:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(min(30, 2**attempt) * random.random())  # noqa: S311 - spreads attempts, guards nothing
        else:
            return


def _apply(connection: Connection, migration: Migration) -> None:
    record = {"version": migration.version, "name": migration.name, "sha256": migration.sha256}
    if migration.text.startswith(_NO_TRANSACTION):
        for statement in filter(None, map(str.strip, _STATEMENT_END.split(migration.text))):
            connection.execute(statement)
        connection.execute(_SQL["record"], record)
        return
    with connection.transaction():
        connection.execute(migration.text)
        connection.execute(_SQL["record"], record)
