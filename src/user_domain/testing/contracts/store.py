"""The store under test."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.audit_seal import Seal
from user_domain.entities.session import EndReason
from user_domain.policies.audit_proof import by_month, next_statement
from user_domain.ports.password_hasher import PasswordHash
from user_domain.testing.builders import (
    CLIENT,
    NOW,
    a_mail,
    a_new_session,
    a_new_user,
    a_signing_key,
    a_status_change,
    an_audit_entry,
)
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from datetime import datetime

    from user_domain.entities.mail import Mail
    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.session import NewSession
    from user_domain.entities.signing_key import SigningKey
    from user_domain.entities.status_change import NewStatusChange
    from user_domain.entities.user import NewUser, User
    from user_domain.ports.access_queries import AccessQueries
    from user_domain.ports.audit_evidence import AuditEvidence
    from user_domain.ports.audit_queries import AuditQueries
    from user_domain.ports.mail_queries import MailQueries
    from user_domain.ports.mail_queue import MailQueue
    from user_domain.ports.old_records import OldRecords
    from user_domain.ports.revocation_queries import RevocationQueries
    from user_domain.ports.session_activity import SessionActivity
    from user_domain.ports.session_queries import Login, SessionQueries
    from user_domain.ports.session_refreshes import SessionRefreshes
    from user_domain.ports.signing_key_queries import SigningKeyQueries
    from user_domain.ports.statistics_queries import StatisticsQueries
    from user_domain.ports.statistics_upkeep import StatisticsUpkeep
    from user_domain.ports.status_history_queries import StatusHistoryQueries
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.ports.user_directory import UserDirectory
    from user_domain.ports.user_queries import UserQueries
    from user_domain.value_objects.ids import SessionHandle

T = TypeVar("T")

HASH = PasswordHash("$contract$a-hash")
"""Stands for a hash; stores do not look into it."""

NO_RESERVATION: dict[str, dict[str, Any]] = {
    "used": {"used_at": NOW},
    "void": {"voided_at": NOW},
    "expired": {"expires_at": NOW},
    "for another purpose": {"purpose": TokenPurpose.CONFIRM_EMAIL_CHANGE},
}
"""Facts that keep a token from reserving its address NOW, though it would undo a change otherwise."""


async def together(*coroutines: Coroutine[Any, Any, T]) -> list[T]:
    """Run them at the same time. When one fails the others are cancelled, so that none is left holding a lock."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in coroutines]
    return [task.result() for task in tasks]


class _NotGiven:
    def __getattr__(self, name: str) -> NoReturn:
        message = f"this contract needs an adapter that the Store was not given (for `{name}`)"
        raise LookupError(message)

    def __call__(self) -> NoReturn:
        self.__getattr__("activity")


_NOT_GIVEN: Any = _NotGiven()


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Adapters that share one empty database, and a way to read the audit trail back, in the order of writing. Those
    that a contract does not need can be left out.

    `activity` makes another one each time, as every process has its own. Days are those of UTC.
    """

    unit_of_work: UnitOfWorkFactory
    users: UserQueries = _NOT_GIVEN
    directory: UserDirectory = _NOT_GIVEN
    sessions: SessionQueries = _NOT_GIVEN
    revocations: RevocationQueries = _NOT_GIVEN
    access: AccessQueries = _NOT_GIVEN
    refreshes: SessionRefreshes = _NOT_GIVEN
    activity: Callable[[], SessionActivity] = _NOT_GIVEN
    mails: MailQueries = _NOT_GIVEN
    mail_queue: MailQueue = _NOT_GIVEN
    signing_keys: SigningKeyQueries = _NOT_GIVEN
    status_history: StatusHistoryQueries = _NOT_GIVEN
    old_records: OldRecords = _NOT_GIVEN
    statistics: StatisticsQueries = _NOT_GIVEN
    upkeep: StatisticsUpkeep = _NOT_GIVEN
    audit: AuditQueries = _NOT_GIVEN
    evidence: AuditEvidence = _NOT_GIVEN
    audit_entries: Callable[[], Awaitable[list[AuditEntry]]]

    async def with_user(self, new: NewUser | None = None) -> User:
        """Commit a user."""
        async with self.unit_of_work() as work:
            user = await work.users.add(new or a_new_user(), HASH)
            await work.commit()
        return user

    async def with_facts(self, user: User, **facts: Any) -> User:
        """Commit other facts of a user."""
        async with self.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(replace(user, **facts))
            await work.commit()
        return replace(user, **facts)

    async def with_session(self, user: User, **facts: Any) -> NewSession:
        """Commit a session of a user."""
        session = a_new_session(user.id, **facts)
        async with self.unit_of_work() as work:
            await work.sessions.add(session)
            await work.commit()
        return session

    async def with_login(self, user: User, *, at: datetime = NOW) -> NewSession:
        """Commit what a login leaves."""
        session = a_new_session(user.id, started_at=at, expires_at=at + timedelta(days=30))
        async with self.unit_of_work() as work:
            account = await work.users.lock(user.id)
            assert account is not None
            await work.sessions.add(session)
            await work.users.save(account.user.logged_in(at))
            await work.audit.append(
                AuditEntry.about_oneself(AuditAction.SESSION_LOGIN_SUCCESS, user.id, at=at, client=CLIENT)
            )
            await work.commit()
        return session

    async def with_entries(self, *actions: AuditAction, at: datetime = NOW) -> None:
        """Commit entries of the audit trail."""
        async with self.unit_of_work() as work:
            for action in actions:
                await work.audit.append(an_audit_entry(action=action, at=at))
            await work.commit()

    async def record(self, *entries: AuditEntry) -> None:
        """Commit entries of the audit trail, in this order."""
        async with self.unit_of_work() as work:
            for entry in entries:
                await work.audit.append(entry)
            await work.commit()

    async def seal(self, *, limit: int = 1000) -> list[Seal]:
        """Commit seals, which nobody has signed, over entries that wait, no more than so many; none, where somebody
        else is at it.
        """
        seals: list[Seal] = []
        async with self.unit_of_work() as work:
            sealing = await work.seals.begin(limit=limit)
            last = sealing.last if sealing else None
            for _, leaves in by_month(sealing.waiting if sealing else ()):
                last = Seal(next_statement(last, leaves, at=NOW, key_id="contract-key"), b"contract-signature")
                await work.seals.add(last, leaves)
                seals.append(last)
            await work.commit()
        return seals

    async def erase(self, user: User) -> None:
        """Commit that a user cannot be read in the audit trail any more."""
        async with self.unit_of_work() as work:
            await work.personal_keys.destroy(user.id)
            await work.commit()

    async def with_sessions(self, *sessions: NewSession) -> None:
        """Commit many sessions at once."""
        async with self.unit_of_work() as work:
            for session in sessions:
                await work.sessions.add(session)
            await work.commit()

    async def end_session(self, handle: SessionHandle, *, at: datetime) -> bool:
        """Commit the end of a session by a logout; whether this ended it."""
        async with self.unit_of_work() as work:
            ended = await work.sessions.end(handle, at=at, reason=EndReason.LOGOUT)
            await work.commit()
        return ended

    async def login(self, handle: SessionHandle) -> Login:
        """A session that there is, and its user, as they are stored now."""
        login = await self.sessions.login_by_handle(handle)
        assert login is not None
        return login

    async def with_token(self, token: OneTimeToken) -> OneTimeToken:
        """Commit a one-time token; its user exists."""
        async with self.unit_of_work() as work:
            await work.users.lock(token.user_id)
            await work.tokens.add(token)
            await work.commit()
        return token

    async def with_mail(self, mail: Mail | None = None) -> Mail:
        """Commit a mail to the queue."""
        mail = mail or a_mail()
        async with self.unit_of_work() as work:
            await work.outbox.add(mail)
            await work.commit()
        return mail

    async def with_status_change(self, user: User, **facts: Any) -> NewStatusChange:
        """Commit a status change of a user."""
        change = a_status_change(user.id, **facts)
        async with self.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.status_history.add(change)
            await work.commit()
        return change

    async def with_signing_key(self, **facts: Any) -> SigningKey:
        """Commit a signing key."""
        key = a_signing_key(**facts)
        async with self.unit_of_work() as work:
            await work.signing_keys.add(key)
            await work.commit()
        return key
