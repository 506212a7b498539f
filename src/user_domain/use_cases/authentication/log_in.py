"""Log in with e-mail and password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import NewSession
from user_domain.errors import InvalidCredentials, InvalidInput
from user_domain.policies import access_token
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from datetime import timedelta

    from user_domain.policies.access import AccessPolicy
    from user_domain.ports.access_token_codec import AccessTokenCodec
    from user_domain.ports.clock import Clock
    from user_domain.ports.password_hasher import PasswordHash, PasswordHasher
    from user_domain.ports.secret_source import SecretSource
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.ports.user_queries import LoginCandidate, UserQueries
    from user_domain.steps.postbox import Postbox
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.lifetimes import Lifetimes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogInCommand:
    """What somebody typed into the login form, and from where."""

    email: str
    password: str = field(repr=False)
    client: ClientInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """The way in: an access token and for how long it is good."""

    access_token: str = field(repr=False)
    expires_in: timedelta


class LogIn:
    """Anyone who knows an account's password starts a session, unless the access policy keeps the account out.

    The same work is done for known and unknown addresses, and how an account stands is told only to those who know
    its password. A device or network that is new to the account is told of by mail.
    """

    def __init__(
        self,
        *,
        users: UserQueries,
        unit_of_work: UnitOfWorkFactory,
        password_hasher: PasswordHasher,
        access_tokens: AccessTokenCodec,
        access: AccessPolicy,
        postbox: Postbox,
        secrets: SecretSource,
        clock: Clock,
        lifetimes: Lifetimes,
    ) -> None:
        self._users = users
        self._unit_of_work = unit_of_work
        self._password_hasher = password_hasher
        self._access_tokens = access_tokens
        self._access = access
        self._postbox = postbox
        self._secrets = secrets
        self._clock = clock
        self._lifetimes = lifetimes

    async def execute(self, command: LogInCommand) -> LoggedIn:
        """A new session's tokens.

        Raises:
            InvalidCredentials: address and password do not belong together.
            AccessDenied: they do, and the access policy says no; the gravest reason.
            Overloaded: too much hashing waits already.
        """
        password = Password.typed(command.password)
        while True:
            candidate = await self._candidate(command)
            password_hash = candidate.account.password_hash if candidate else None
            verification = await self._password_hasher.verify(password, password_hash)
            if candidate is None or not verification.matches:
                await self._record_failure(candidate, command.client)
                raise InvalidCredentials
            new_hash = await self._password_hasher.hash(password) if verification.outdated else None
            logged_in = await self._start_session(candidate, new_hash, command.client)
            if logged_in is not None:
                return logged_in
            # The hash changed between check and lock: another login made it anew, or the password is another now.

    async def _candidate(self, command: LogInCommand) -> LoginCandidate | None:
        try:
            return await self._users.login_candidate(EmailAddress.parse(command.email), client=command.client)
        except InvalidInput:
            return None

    async def _start_session(
        self, candidate: LoginCandidate, new_hash: PasswordHash | None, client: ClientInfo
    ) -> LoggedIn | None:
        """The tokens of a stored session; None where the password hash is no longer the one that was checked."""
        now, checked = self._clock.now(), candidate.account
        async with self._unit_of_work() as work:
            account = await work.users.lock(checked.user.id)
            if account is None or account.password_hash != checked.password_hash:
                return None
            user = account.user
            for denial in self._access.denials(user, at=now):
                entry = AuditEntry.about_oneself(
                    AuditAction.SESSION_LOGIN_DENIED, user.id, at=now, client=client, reason=denial.code
                )
                await work.audit.append(entry)
                await work.commit()
                raise denial
            handle = self._secrets.session_handle()
            session = NewSession.start(handle, user.id, at=now, lifetime=self._lifetimes.session, client=client)
            if new_hash is not None:
                await work.users.replace_password_hash(user.id, old=account.password_hash, new=new_hash)
            await work.sessions.add(session)
            await work.users.save(user.logged_in(now))
            entry = AuditEntry.about_oneself(AuditAction.SESSION_LOGIN_SUCCESS, user.id, at=now, client=client)
            await work.audit.append(entry)
            if not candidate.is_recognised:
                await self._postbox.post(work, MailKind.NEW_LOGIN, user, at=now, client=client)
            await work.commit()
        claims = access_token.claims(
            user, session, token_id=self._secrets.token_id(), lifetime=self._lifetimes.access_token
        )
        return LoggedIn(access_token=self._access_tokens.issue(claims), expires_in=claims.expires_at - claims.issued_at)

    async def _record_failure(self, candidate: LoginCandidate | None, client: ClientInfo) -> None:
        entry = AuditEntry(
            action=AuditAction.SESSION_LOGIN_FAILURE,
            at=self._clock.now(),
            actor_id=None,
            target_id=candidate.account.user.id if candidate else None,
            client=client,
            reason=InvalidCredentials.code,
        )
        async with self._unit_of_work() as work:
            await work.audit.append(entry)
            await work.commit()
