"""One change of the in-memory database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from user_domain.ports.unit_of_work import UnitOfWork
from user_domain.testing.in_memory.admin_roster import InMemoryAdminRoster
from user_domain.testing.in_memory.audit_seals import InMemoryAuditSeals
from user_domain.testing.in_memory.audit_trail import InMemoryAuditTrail
from user_domain.testing.in_memory.cool_downs import InMemoryCoolDowns
from user_domain.testing.in_memory.mail_outbox import InMemoryMailOutbox
from user_domain.testing.in_memory.one_time_token_repository import InMemoryOneTimeTokenRepository
from user_domain.testing.in_memory.personal_keys import InMemoryPersonalKeys
from user_domain.testing.in_memory.session_repository import InMemorySessionRepository
from user_domain.testing.in_memory.signing_key_repository import InMemorySigningKeyRepository
from user_domain.testing.in_memory.status_history import InMemoryStatusHistory
from user_domain.testing.in_memory.user_repository import InMemoryUserRepository

if TYPE_CHECKING:
    from types import TracebackType

    from user_domain.testing.in_memory.database import InMemoryDatabase


class InMemoryUnitOfWork(UnitOfWork):
    """Works on a copy and puts it in place at commit. Units of work follow one another: opening one within another
    in the same task waits for ever.
    """

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def __aenter__(self) -> Self:
        await self._database.lock.acquire()
        self._state = self._database.committed.copy()
        self.users = InMemoryUserRepository(self._state)
        self.admins = InMemoryAdminRoster(self._state, self.users)
        self.status_history = InMemoryStatusHistory(self._state)
        self.sessions = InMemorySessionRepository(self._state, self.users)
        self.tokens = InMemoryOneTimeTokenRepository(self._state)
        self.outbox = InMemoryMailOutbox(self._state)
        self.cool_downs = InMemoryCoolDowns(self._state)
        self.signing_keys = InMemorySigningKeyRepository(self._state)
        self.personal_keys = InMemoryPersonalKeys(self._state)
        self.seals = InMemoryAuditSeals(self._state)
        self.audit = InMemoryAuditTrail(self._state)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.lock.release()

    async def commit(self) -> None:
        self._database.committed = self._state.copy()
