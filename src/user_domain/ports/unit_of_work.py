"""The unit of work: one transaction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

if TYPE_CHECKING:
    from types import TracebackType

    from user_domain.ports.admin_roster import AdminRoster
    from user_domain.ports.audit_seals import AuditSeals
    from user_domain.ports.audit_trail import AuditTrail
    from user_domain.ports.cool_downs import CoolDowns
    from user_domain.ports.mail_outbox import MailOutbox
    from user_domain.ports.one_time_token_repository import OneTimeTokenRepository
    from user_domain.ports.personal_keys import PersonalKeys
    from user_domain.ports.session_repository import SessionRepository
    from user_domain.ports.signing_key_repository import SigningKeyRepository
    from user_domain.ports.status_history import StatusHistory
    from user_domain.ports.user_repository import UserRepository


class UnitOfWork(Protocol):
    """Changes that happen together or not at all.

        async with self._unit_of_work() as work:
            ...
            await work.commit()

    Leaving the block without a commit, by an exception or otherwise, rolls everything back. Others see nothing before
    the commit and everything after it. Writes may be collected and sent at commit: an error that the store finds may
    surface there at the latest. Used once; nothing may be done with it after the commit. Hashing, mail and calls to
    other services do not belong inside: locks are held.
    """

    users: UserRepository
    admins: AdminRoster
    status_history: StatusHistory
    sessions: SessionRepository
    tokens: OneTimeTokenRepository
    outbox: MailOutbox
    cool_downs: CoolDowns
    signing_keys: SigningKeyRepository
    personal_keys: PersonalKeys
    audit: AuditTrail
    seals: AuditSeals

    @abstractmethod
    async def __aenter__(self) -> Self: ...

    @abstractmethod
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    @abstractmethod
    async def commit(self) -> None:
        """Make the changes stand. When it returns they are durable."""


UnitOfWorkFactory: TypeAlias = Callable[[], UnitOfWork]
"""Makes a unit of work; each transaction takes a fresh one."""
