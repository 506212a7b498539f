"""One-time tokens in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_hex, from_token, to_token
from adapters.postgres.statements import statements
from user_domain.ports.one_time_token_repository import OneTimeTokenRepository

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.transaction import Transaction
    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.value_objects.ids import OneTimeTokenId, UserId
    from user_domain.value_objects.one_time_token import TokenPurpose

_SQL = statements("one_time_tokens")


class PostgresOneTimeTokenRepository(OneTimeTokenRepository):
    """The table `one_time_tokens`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, token: OneTimeToken) -> None:
        self._transaction.enqueue(_SQL["add"], from_token(token))

    async def lock(self, digest: bytes) -> OneTimeToken | None:
        # Two statements, one round trip: only a statement that starts after the wait sees what the other one did.
        self._transaction.enqueue(_SQL["lock_user"], {"digest": digest})
        row = await self._transaction.fetch_one(_SQL["by_digest"], {"digest": digest})
        return to_token(row) if row else None

    async def mark_used(self, token_id: OneTimeTokenId, *, at: datetime) -> None:
        self._transaction.enqueue(_SQL["mark_used"], {"id": from_hex(token_id), "at": at})

    async def void(
        self,
        user_id: UserId,
        purposes: Collection[TokenPurpose],
        *,
        at: datetime,
        issued_since: datetime | None = None,
    ) -> None:
        parameters = {
            "user_id": user_id,
            "purposes": [purpose.value for purpose in purposes],
            "at": at,
            "issued_since": issued_since,
        }
        self._transaction.enqueue(_SQL["void"], parameters)
