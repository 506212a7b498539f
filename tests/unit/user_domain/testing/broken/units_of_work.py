"""Units of work that lose, leak or mix up what is written in them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from user_domain.errors import EmailAlreadyRegistered
from user_domain.testing.builders import an_audit_entry
from user_domain.testing.in_memory import InMemoryUnitOfWork
from user_domain.testing.in_memory.admin_roster import InMemoryAdminRoster
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
    from datetime import datetime
    from types import TracebackType

    from user_domain.entities.user import NewUser, User
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId


class CommitDoesNothing(InMemoryUnitOfWork):
    async def commit(self) -> None:
        pass


class CommitDropsAuditEntries(InMemoryUnitOfWork):
    async def commit(self) -> None:
        self._state.audit[:] = self._database.committed.audit
        await super().commit()


class CommitDropsSessions(InMemoryUnitOfWork):
    async def commit(self) -> None:
        self._state.sessions = self._database.committed.sessions
        await super().commit()


class CommitDropsTokens(InMemoryUnitOfWork):
    async def commit(self) -> None:
        self._state.tokens = self._database.committed.tokens
        await super().commit()


class CommitDropsMails(InMemoryUnitOfWork):
    async def commit(self) -> None:
        self._state.mails = self._database.committed.mails
        await super().commit()


class CommitDropsPauses(InMemoryUnitOfWork):
    async def commit(self) -> None:
        self._state.cool_downs = self._database.committed.cool_downs
        await super().commit()


class CommitDropsSigningKeys(InMemoryUnitOfWork):
    async def commit(self) -> None:
        self._state.signing_keys = self._database.committed.signing_keys
        await super().commit()


class CommitDropsStatusChanges(InMemoryUnitOfWork):
    async def commit(self) -> None:
        self._state.status_changes = self._database.committed.status_changes
        await super().commit()


class EmptyCommitsLeaveATrace(InMemoryUnitOfWork):
    async def commit(self) -> None:
        if self._state == self._database.committed:
            self._state.audit.append(an_audit_entry())
        await super().commit()


class WritesAreSeenAtOnce(InMemoryUnitOfWork):
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._work_on(self._database.committed)
        return self

    def _work_on(self, state: State) -> None:
        self._state = state
        self.users = InMemoryUserRepository(state)
        self.sessions = InMemorySessionRepository(state, self.users)
        self.tokens = InMemoryOneTimeTokenRepository(state)
        self.outbox = InMemoryMailOutbox(state)
        self.cool_downs = InMemoryCoolDowns(state)
        self.signing_keys = InMemorySigningKeyRepository(state)
        self.admins = InMemoryAdminRoster(state, self.users)
        self.status_history = InMemoryStatusHistory(state)
        self.audit = InMemoryAuditTrail(state)


class SessionsAreSeenAtOnce(InMemoryUnitOfWork):
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.sessions = InMemorySessionRepository(self._database.committed, self.users)
        return self


class TokensAreSeenAtOnce(InMemoryUnitOfWork):
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.tokens = InMemoryOneTimeTokenRepository(self._database.committed)
        return self


class MailsAreSeenAtOnce(InMemoryUnitOfWork):
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.outbox = InMemoryMailOutbox(self._database.committed)
        return self


class SigningKeysAreSeenAtOnce(InMemoryUnitOfWork):
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.signing_keys = InMemorySigningKeyRepository(self._database.committed)
        return self


class StatusChangesAreSeenAtOnce(InMemoryUnitOfWork):
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.status_history = InMemoryStatusHistory(self._database.committed)
        return self


class ErasuresHappenAtOnce(InMemoryUnitOfWork):
    """As in a service of keys beside the database."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.personal_keys = InMemoryPersonalKeys(self._database.committed)
        return self


class PausesBeginAtOnce(InMemoryUnitOfWork):
    """As in a cache, which knows nothing of transactions."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.cool_downs = InMemoryCoolDowns(self._database.committed)
        return self


class LeavingCommits(InMemoryUnitOfWork):
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.commit()
        await super().__aexit__(kind, error, traceback)


class LeavingInPeaceCommits(InMemoryUnitOfWork):
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            await self.commit()
        await super().__aexit__(kind, error, traceback)


class SwallowsExceptions(InMemoryUnitOfWork):
    async def __aexit__(  # type: ignore[override]  # that it answers at all is what is broken
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        await super().__aexit__(kind, error, traceback)
        return True


class NobodyWaits(InMemoryUnitOfWork):
    """Works on a copy like the intact one, but at the same time as others: the last commit wins."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._database.lock.release()
        await asyncio.sleep(0)  # the others begin too
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass


class SeesWhatWasThereBeforeItWaited(WritesAreSeenAtOnce):
    """Waits for the lock, and then reads what was stored before: a transaction that keeps its first snapshot."""

    async def __aenter__(self) -> Self:
        before = self._database.committed.copy()
        await asyncio.sleep(0)  # the others begin too
        await super().__aenter__()
        self._work_on(before)
        return self


class ARefusalUndoesEverything(InMemoryUnitOfWork):
    """As in a transaction whose failed statement was not guarded by a savepoint."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.users = self._users = RemembersRefusals(self._state)
        self.cool_downs = self._pauses = RemembersWhoHadToWait(self._state)
        return self

    async def commit(self) -> None:
        if not (self._users.refused or self._pauses.refused):
            await super().commit()


class RemembersRefusals(InMemoryUserRepository):
    refused = False

    async def add(self, new: NewUser, password_hash: PasswordHash) -> User:
        try:
            return await super().add(new, password_hash)
        except EmailAlreadyRegistered:
            self.refused = True
            raise

    async def change_email(self, user_id: UserId, new: EmailAddress, *, at: datetime) -> None:
        try:
            await super().change_email(user_id, new, at=at)
        except EmailAlreadyRegistered:
            self.refused = True
            raise


class RemembersWhoHadToWait(InMemoryCoolDowns):
    refused = False

    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        running = await super().start(name, at=at, until=until)
        self.refused |= running is not None
        return running
