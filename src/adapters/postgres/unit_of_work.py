"""The unit of work on PostgreSQL: one transaction at READ COMMITTED."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

from adapters.postgres.admin_roster import PostgresAdminRoster
from adapters.postgres.audit_seals import PostgresAuditSeals
from adapters.postgres.audit_trail import PostgresAuditTrail
from adapters.postgres.cool_downs import PostgresCoolDowns
from adapters.postgres.mail_outbox import PostgresMailOutbox
from adapters.postgres.one_time_token_repository import PostgresOneTimeTokenRepository
from adapters.postgres.personal_keys import PostgresPersonalKeys
from adapters.postgres.session_repository import PostgresSessionRepository
from adapters.postgres.signing_key_repository import PostgresSigningKeyRepository
from adapters.postgres.status_history import PostgresStatusHistory
from adapters.postgres.transaction import Transaction
from adapters.postgres.user_repository import PostgresUserRepository
from user_domain.ports.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from types import TracebackType

    from adapters.postgres.audit_keys import AuditKeys
    from adapters.postgres.database import Database
    from user_domain.value_objects.calendar import Calendar


class PostgresUnitOfWork(UnitOfWork):
    """Holds a connection for as long as its block; writes without an answer travel with the commit.

    `audit_keys` and `name_key` make the audit trail and the names of cool-downs unreadable; `on_mail` is called after a
    commit with mail in it. By `calendar` and `longest_idle` it is counted who was there on a day, and how many sessions
    are live.
    """

    def __init__(
        self,
        database: Database,
        *,
        audit_keys: AuditKeys,
        name_key: bytes,
        calendar: Calendar,
        longest_idle: timedelta | None = None,
        on_mail: Callable[[], object] = lambda: None,
    ) -> None:
        self._database = database
        self._audit_keys = audit_keys
        self._name_key = name_key
        self._calendar = calendar
        self._longest_idle = longest_idle
        self._on_mail = on_mail

    async def __aenter__(self) -> Self:
        keys = self._audit_keys
        cipher = await keys.cipher()  # asks only once; before this takes a connection, or others could wait for ever
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._database.connection())
            self._transaction = Transaction(connection)
            self._stack = stack.pop_all()
        self.users = PostgresUserRepository(self._transaction, self._calendar, keys)
        self.admins = PostgresAdminRoster(self._transaction, self.users)
        self.status_history = PostgresStatusHistory(self._transaction)
        self.sessions = PostgresSessionRepository(self._transaction, self.users, keys, longest_idle=self._longest_idle)
        self.tokens = PostgresOneTimeTokenRepository(self._transaction)
        self.outbox = PostgresMailOutbox(self._transaction)
        self.cool_downs = PostgresCoolDowns(self._transaction, key=self._name_key)
        self.signing_keys = PostgresSigningKeyRepository(self._transaction)
        self.personal_keys = PostgresPersonalKeys(self._transaction, keys)
        self.seals = PostgresAuditSeals(self._transaction)
        self.audit = PostgresAuditTrail(self._transaction, keys, cipher)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        async with self._stack:
            await self._transaction.roll_back()  # nothing to do after a commit

    async def commit(self) -> None:
        await self._transaction.commit()
        if self.outbox.has_mail:
            self._on_mail()
