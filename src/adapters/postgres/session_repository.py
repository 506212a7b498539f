"""Sessions in PostgreSQL, for writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_hex, from_new_session
from adapters.postgres.statements import statements
from user_domain.ports.session_repository import SessionHolder, SessionRepository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from adapters.postgres.audit_keys import AuditKeys
    from adapters.postgres.transaction import Transaction
    from adapters.postgres.user_repository import PostgresUserRepository
    from user_domain.entities.session import EndReason, NewSession
    from user_domain.value_objects.ids import SessionHandle, SessionId, UserId

_SQL = statements("sessions")


class PostgresSessionRepository(SessionRepository):
    """The table `sessions`. `longest_idle` is how long after it was seen a session lives; None: it may lie idle."""

    def __init__(
        self,
        transaction: Transaction,
        users: PostgresUserRepository,
        audit_keys: AuditKeys,
        *,
        longest_idle: timedelta | None,
    ) -> None:
        self._transaction = transaction
        self._users = users
        self._audit_keys = audit_keys
        self._longest_idle = longest_idle

    async def lock_holder(
        self, user_id: UserId, *, keep: int, at: datetime, seen_after: datetime | None
    ) -> SessionHolder | None:
        # Two statements: in one, the snapshot would be older than the lock, and 50 logins at once would all find room.
        parameters = {"user_id": user_id, "keep": keep, "at": at, "seen_after": seen_after}
        account, (sessions,) = await self._users.lock_and_fetch(user_id, (_SQL["lock_surplus"], parameters))
        return SessionHolder(account, tuple(sessions["surplus"])) if account and sessions else None

    async def evict(self, surplus: Sequence[SessionId], *, at: datetime, reason: EndReason) -> None:
        self._transaction.enqueue(_SQL["evict"], {"surplus": list(surplus), "at": at, "reason": reason.value})

    async def add(self, session: NewSession) -> None:
        lapses_at = session.expires_at
        if self._longest_idle is not None:
            lapses_at = min(lapses_at, session.started_at + self._longest_idle)
        self._transaction.enqueue(_SQL["add"], {**from_new_session(session), "lapses_at": lapses_at})

    async def end(self, handle: SessionHandle, *, at: datetime, reason: EndReason) -> bool:
        parameters = {"handle": from_hex(handle), "at": at, "reason": reason.value}
        row = await self._transaction.fetch_one(_SQL["end"], parameters)
        if row is not None:
            self._audit_keys.learn(row["user_id"], row["audit_salt"])
        return row is not None

    async def end_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        reason: EndReason,
        keep: SessionHandle | None = None,
        seen_after: datetime | None = None,
    ) -> int:
        parameters = {
            "user_id": user_id,
            "at": at,
            "reason": reason.value,
            "keep": from_hex(keep) if keep else None,
            "seen_after": seen_after,
        }
        row = await self._transaction.fetch_one(_SQL["end_all"], parameters)
        return row["ended"] if row else 0
