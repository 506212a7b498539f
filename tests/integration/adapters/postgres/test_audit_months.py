"""Room for the months of the audit trail, on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from adapters.postgres.audit_months import PostgresAuditMonths
from adapters.postgres.database import Database
from adapters.postgres.migrate import migrate
from user_domain.testing.builders import NOW
from user_domain.testing.contracts.audit_months import AuditMonthsContract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from user_domain.ports.audit_months import AuditMonths


@pytest.fixture
async def months(empty_database: str) -> AsyncIterator[AuditMonths]:
    """In a database of its own: partitions stay."""
    migrate(empty_database)
    database = Database(empty_database)
    await database.open()
    yield PostgresAuditMonths(database)
    await database.close()


@pytest.fixture
def taken_months(months: AuditMonths, empty_database: str) -> AuditMonths:
    """An entry of the month is kept with those that have no month."""
    with psycopg.connect(empty_database) as connection:
        at = NOW + timedelta(days=61)
        connection.execute("insert into audit_entries (at, action) values (%s, 'user:register')", [at])
    return months


class TestPostgresAuditMonths(AuditMonthsContract):
    pass


async def test_whoever_reads_the_trail_for_long_is_not_waited_for(months: AuditMonths, empty_database: str) -> None:
    with psycopg.connect(empty_database) as reader:
        reader.execute("select count(*) from audit_entries")  # and its transaction stays open, as a dump's does
        lacking = await months.create(at=NOW)
    assert lacking
    assert await months.create(at=NOW) == []
