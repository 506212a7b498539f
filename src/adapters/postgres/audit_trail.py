"""The audit trail in PostgreSQL, for writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_audit_entry
from adapters.postgres.statements import statements
from user_domain.ports.audit_trail import AuditTrail

if TYPE_CHECKING:
    from adapters.postgres.transaction import Transaction
    from user_domain.entities.audit_entry import AuditEntry

_SQL = statements("audit")


class PostgresAuditTrail(AuditTrail):
    """The table `audit_entries`, partitioned by month."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def append(self, entry: AuditEntry) -> None:
        self._transaction.enqueue(_SQL["append"], from_audit_entry(entry))
