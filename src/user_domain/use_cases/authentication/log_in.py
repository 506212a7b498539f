"""Log in with e-mail and password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.errors import InvalidCredentials, InvalidInput
from user_domain.steps.refusal import refuse_for
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from user_domain.policies.access import AccessPolicy
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.password_hasher import PasswordHash, PasswordHasher
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.ports.user_queries import LoginCandidate, UserQueries
    from user_domain.steps.postbox import Postbox
    from user_domain.steps.session_start import SessionStart
    from user_domain.steps.session_tokens import SessionTokens
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.token_pair import TokenPair


@dataclass(frozen=True, slots=True, kw_only=True)
class LogInCommand:
    """What somebody typed into the login form, and from where."""

    email: str
    password: str = field(repr=False)
    client: ClientInfo


class LogIn:
    """Anyone who knows an account's password starts a session, unless the access policy keeps the account out.

    The same work is done for known and unknown addresses, and how an account stands is told only to those who know
    its password. A device or network that is new to the account is told of by mail. Who has as many sessions as are
    allowed loses the oldest, or is refused, as the session policy says.
    """

    def __init__(
        self,
        *,
        users: UserQueries,
        unit_of_work: UnitOfWorkFactory,
        password_hasher: PasswordHasher,
        access: AccessPolicy,
        session_policy: SessionPolicy,
        session_start: SessionStart,
        session_tokens: SessionTokens,
        postbox: Postbox,
        clock: Clock,
    ) -> None:
        self._users = users
        self._unit_of_work = unit_of_work
        self._password_hasher = password_hasher
        self._access = access
        self._session_policy = session_policy
        self._session_start = session_start
        self._session_tokens = session_tokens
        self._postbox = postbox
        self._clock = clock

    async def execute(self, command: LogInCommand) -> TokenPair:
        """A new session's tokens.

        Raises:
            InvalidCredentials: address and password do not belong together.
            AccessDenied: they do, and the access policy says no; the gravest reason.
            SessionLimitReached: they do, and there are as many sessions as are allowed already.
            Overloaded: too much hashing waits already.
        """
        password = Password.typed(command.password)
        while True:
            candidate = await self._candidate(command)
            password_hash = candidate.account.password_hash if candidate else None
            verification = await self._password_hasher.verify(password, password_hash)
            if candidate is None or not verification.matches:
                await self._record_failure(candidate, command)
                raise InvalidCredentials
            new_hash = await self._password_hasher.hash(password) if verification.outdated else None
            tokens = await self._start_session(candidate, new_hash, command.client)
            if tokens is not None:
                return tokens
            # The hash changed between check and lock: another login made it anew, or the password is another now.

    async def _candidate(self, command: LogInCommand) -> LoginCandidate | None:
        try:
            return await self._users.login_candidate(EmailAddress.parse(command.email), client=command.client)
        except InvalidInput:
            return None

    async def _start_session(
        self, candidate: LoginCandidate, new_hash: PasswordHash | None, client: ClientInfo
    ) -> TokenPair | None:
        """The tokens of a stored session; None where the password hash is no longer the one that was checked."""
        now, checked, policy = self._clock.now(), candidate.account, self._session_policy
        async with self._unit_of_work() as work:
            holder = await work.sessions.lock_holder(
                checked.user.id, keep=policy.kept, at=now, seen_after=policy.seen_after(now)
            )
            if holder is None or holder.account.password_hash != checked.password_hash:
                return None
            user = holder.account.user
            denials = self._access.denials(user, at=now)
            full = policy.refusal(surplus=len(holder.surplus))
            reasons = [*denials, *([full] if full else [])]
            await refuse_for(reasons, work, AuditAction.SESSION_LOGIN_DENIED, user.id, at=now, client=client)
            if new_hash is not None:
                await work.users.replace_password_hash(user.id, old=checked.password_hash, new=new_hash)
            session = await self._session_start.start(work, holder, at=now, client=client)
            if not candidate.is_recognised:
                await self._postbox.post(work, MailKind.NEW_LOGIN, user, at=now, client=client)
            # Before the commit: a session nobody gets the tokens of must not be there.
            tokens = self._session_tokens.issue(user, session, generation=0, at=now)
            await work.commit()
        return tokens

    async def _record_failure(self, candidate: LoginCandidate | None, command: LogInCommand) -> None:
        entry = AuditEntry(
            action=AuditAction.SESSION_LOGIN_FAILURE,
            at=self._clock.now(),
            actor_id=None,
            target_id=candidate.account.user.id if candidate else None,
            client=command.client,
            reason=InvalidCredentials.code,
            unknown_address=None if candidate else command.email.strip().lower(),
        )
        async with self._unit_of_work() as work:
            await work.audit.append(entry)
            await work.commit()
