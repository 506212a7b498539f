"""Reading the whole audit trail back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.audit_keys import AuditKeys
from adapters.postgres.audit_queries import PostgresAuditQueries
from adapters.postgres.database import Database, PoolSettings
from adapters.system.key_ring import KeyRing
from tests.support.composition import MASTER_KEY
from user_domain.ports.audit_queries import AuditCriteria

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry


def audit_keys(database: Database) -> AuditKeys:
    """Those of the service that tests compose."""
    return AuditKeys(database, keys=KeyRing([MASTER_KEY]).keys("audit-trail"))


async def audit_trail_of(conninfo: str) -> list[AuditEntry]:
    """Every entry of a database, in the order of writing."""
    database = Database(conninfo, PoolSettings(min_size=1, max_size=1))
    await database.open()
    try:
        return await read_audit_trail(database)
    finally:
        await database.close()


async def read_audit_trail(database: Database) -> list[AuditEntry]:
    """Every entry, in the order of writing."""
    found = await PostgresAuditQueries(database, audit_keys(database)).page(AuditCriteria(), limit=1_000_000)
    return [recorded.entry for recorded in sorted(found, key=lambda recorded: recorded.id)]
