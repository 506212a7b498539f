"""The history of how accounts stood in PostgreSQL, for writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_new_status_change
from adapters.postgres.statements import statements
from user_domain.ports.status_history import StatusHistory

if TYPE_CHECKING:
    from adapters.postgres.transaction import Transaction
    from user_domain.entities.status_change import NewStatusChange

_SQL = statements("status_changes")


class PostgresStatusHistory(StatusHistory):
    """The table `status_changes`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, change: NewStatusChange) -> None:
        self._transaction.enqueue(_SQL["add"], from_new_status_change(change))
