"""The months of the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from adapters.postgres.statements import statements

if TYPE_CHECKING:
    from psycopg.rows import DictRow

_SQL = statements("schema")
_MONTHS_AHEAD = 12


def create_missing_audit_partitions(connection: psycopg.Connection[DictRow]) -> None:
    """Create the partitions of `audit_entries` for this month and the next twelve, where they are missing."""
    connection.execute("set lock_timeout = '1s'")
    existing = {row["name"] for row in connection.execute(_SQL["audit_partitions"])}
    now = datetime.now(UTC)
    first = now.year * 12 + now.month - 1
    for month in range(first, first + _MONTHS_AHEAD + 1):
        name = f"audit_entries_{_start(month):%Y_%m}"
        if name not in existing and not _create(connection, name, month):
            return


def _create(connection: psycopg.Connection[DictRow], name: str, month: int) -> bool:
    """Whether to go on. While somebody reads the trail a month cannot be created, and whoever writes would wait behind
    us: then the default partition takes the entries, and the next start tries again.
    """
    statement = sql.SQL("create table {} partition of audit_entries for values from ({}) to ({})").format(
        sql.Identifier(name), sql.Literal(_start(month)), sql.Literal(_start(month + 1))
    )
    try:
        connection.execute(statement)
    except psycopg.errors.LockNotAvailable:
        return False
    except psycopg.errors.CheckViolation:
        # Entries of this month are in the default partition already; they are kept and found there.
        return True
    return True


def _start(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
