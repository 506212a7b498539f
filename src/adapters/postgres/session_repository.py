"""Sessions in PostgreSQL, for writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_hex, from_new_session
from adapters.postgres.statements import statements
from user_domain.ports.session_repository import SessionRepository

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.transaction import Transaction
    from user_domain.entities.session import EndReason, NewSession
    from user_domain.value_objects.ids import SessionHandle, UserId

_SQL = statements("sessions")


class PostgresSessionRepository(SessionRepository):
    """The table `sessions`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, session: NewSession) -> None:
        self._transaction.enqueue(_SQL["add"], from_new_session(session))

    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        parameters = {"handle": from_hex(handle), "at": at, "reason": reason.value}
        return await self._transaction.fetch_one(_SQL["end"], parameters) is not None

    async def end_all(
        self, user_id: UserId, *, at: datetime, reason: EndReason, keep: SessionHandle | None = None
    ) -> int:
        parameters = {"user_id": user_id, "at": at, "reason": reason.value, "keep": from_hex(keep) if keep else None}
        row = await self._transaction.fetch_one(_SQL["end_all"], parameters)
        return row["ended"] if row else 0
