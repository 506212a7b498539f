"""Signing keys in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_signing_key, to_signing_key
from adapters.postgres.statements import statements
from user_domain.ports.signing_key_repository import SigningKeyRepository

if TYPE_CHECKING:
    from adapters.postgres.transaction import Transaction
    from user_domain.entities.signing_key import SigningKey
    from user_domain.value_objects.ids import KeyId

_SQL = statements("signing_keys")


class PostgresSigningKeyRepository(SigningKeyRepository):
    """The table `signing_keys`, behind an advisory lock: row locks would not keep two from adding to an empty set."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock_all(self) -> list[SigningKey]:
        # Two statements, one round trip: only a statement that starts after the wait sees what the other one did.
        self._transaction.enqueue(_SQL["lock"], {})
        return [to_signing_key(row) for row in await self._transaction.fetch_all(_SQL["all"], {})]

    async def add(self, key: SigningKey) -> None:
        self._transaction.enqueue(_SQL["add"], from_signing_key(key))

    async def save(self, key: SigningKey) -> None:
        self._transaction.enqueue(_SQL["save"], from_signing_key(key))

    async def remove(self, key_id: KeyId) -> None:
        self._transaction.enqueue(_SQL["remove"], {"kid": key_id})
