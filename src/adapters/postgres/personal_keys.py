"""What makes people readable in the audit trail, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.statements import statements
from user_domain.ports.personal_keys import PersonalKeys

if TYPE_CHECKING:
    from adapters.postgres.audit_keys import AuditKeys
    from adapters.postgres.transaction import Transaction
    from user_domain.value_objects.ids import UserId

_SQL = statements("audit_keys")


class PostgresPersonalKeys(PersonalKeys):
    """The table `audit_keys`. A key is made of the salt there and of a secret that is the same for all."""

    def __init__(self, transaction: Transaction, keys: AuditKeys) -> None:
        self._transaction = transaction
        self._keys = keys

    async def destroy(self, user_id: UserId) -> None:
        self._transaction.enqueue(_SQL["destroy"], {"user_id": user_id})
        self._keys.forget(user_id)
