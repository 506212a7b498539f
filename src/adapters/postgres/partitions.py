"""The months of the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.postgres.statements import statements

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow

_SQL = statements("schema")


def create_missing_audit_partitions(connection: psycopg.Connection[DictRow]) -> None:
    """Create the place of this month and of the next twelve, where they are missing. While somebody holds the trail, a
    dump for instance, a month cannot be created; the next start tries again, and so does the worker.
    """
    connection.execute(_SQL["create_audit_months"], {"at": datetime.now(UTC)})
