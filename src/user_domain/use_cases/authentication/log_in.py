"""Log in with e-mail and password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import NewSession
from user_domain.errors import InvalidCredentials, InvalidInput
from user_domain.policies import access
from user_domain.value_objects.access_token import AccessTokenClaims
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from user_domain.entities.user import User
    from user_domain.ports.access_token_codec import AccessTokenCodec
    from user_domain.ports.clock import Clock
    from user_domain.ports.password_hasher import PasswordHash, PasswordHasher
    from user_domain.ports.secret_source import SecretSource
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.ports.user_queries import UserQueries
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.client_info import ClientInfo


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
    its password.
    """

    def __init__(
        self,
        *,
        users: UserQueries,
        unit_of_work: UnitOfWorkFactory,
        password_hasher: PasswordHasher,
        access_tokens: AccessTokenCodec,
        secrets: SecretSource,
        clock: Clock,
        access_token_lifetime: timedelta,
        session_lifetime: timedelta,
    ) -> None:
        self._users = users
        self._unit_of_work = unit_of_work
        self._password_hasher = password_hasher
        self._access_tokens = access_tokens
        self._secrets = secrets
        self._clock = clock
        self._access_token_lifetime = access_token_lifetime
        self._session_lifetime = session_lifetime

    async def execute(self, command: LogInCommand) -> LoggedIn:
        """A new session's tokens.

        Raises:
            InvalidCredentials: address and password do not belong together.
            AccessDenied: they do, and the access policy says no; the gravest reason.
            Overloaded: too much hashing waits already.
        """
        password = Password.typed(command.password)
        while True:
            account = await self._account(command.email)
            verification = await self._password_hasher.verify(password, account.password_hash if account else None)
            if account is None or not verification.matches:
                await self._record_failure(account, command.client)
                raise InvalidCredentials
            new_hash = await self._password_hasher.hash(password) if verification.outdated else None
            session = await self._start_session(account, new_hash, command.client)
            if session is not None:
                return self._logged_in(account.user, session)
            # The hash changed between check and lock: another login made it anew, or the password is another now.

    async def _account(self, email: str) -> Account | None:
        try:
            return await self._users.account_by_email(EmailAddress.parse(email))
        except InvalidInput:
            return None

    async def _start_session(
        self, account: Account, new_hash: PasswordHash | None, client: ClientInfo
    ) -> NewSession | None:
        """The stored session; None where the password hash is no longer the one that was checked."""
        now = self._clock.now()
        async with self._unit_of_work() as work:
            current = await work.users.lock(account.user.id)
            if current is None or current.password_hash != account.password_hash:
                return None
            reasons = access.denials(current.user, at=now)
            if reasons:
                entry = _entry(AuditAction.SESSION_LOGIN_DENIED, now, current.user, client, reason=reasons[0].code)
                await work.audit.append(entry)
                await work.commit()
                raise reasons[0]
            session = NewSession.start(
                self._secrets.session_handle(),
                current.user.id,
                at=now,
                lifetime=self._session_lifetime,
                client=client,
            )
            if new_hash is not None:
                await work.users.replace_password_hash(current.user.id, old=current.password_hash, new=new_hash)
            await work.sessions.add(session)
            await work.users.save(current.user.logged_in(now))
            await work.audit.append(_entry(AuditAction.SESSION_LOGIN_SUCCESS, now, current.user, client))
            await work.commit()
        return session

    async def _record_failure(self, account: Account | None, client: ClientInfo) -> None:
        entry = AuditEntry(
            action=AuditAction.SESSION_LOGIN_FAILURE,
            at=self._clock.now(),
            actor_id=None,
            target_id=account.user.id if account else None,
            client=client,
            reason=InvalidCredentials.code,
        )
        async with self._unit_of_work() as work:
            await work.audit.append(entry)
            await work.commit()

    def _logged_in(self, user: User, session: NewSession) -> LoggedIn:
        expires_at = min(session.started_at + self._access_token_lifetime, session.expires_at)
        claims = AccessTokenClaims(
            token_id=self._secrets.token_id(),
            user_id=user.id,
            session=session.handle,
            email=user.email,
            name=user.name,
            role=user.role,
            issued_at=session.started_at,
            expires_at=expires_at,
        )
        return LoggedIn(access_token=self._access_tokens.issue(claims), expires_in=expires_at - session.started_at)


def _entry(
    action: AuditAction, at: datetime, user: User, client: ClientInfo, *, reason: str | None = None
) -> AuditEntry:
    return AuditEntry(action=action, at=at, actor_id=user.id, target_id=user.id, client=client, reason=reason)
