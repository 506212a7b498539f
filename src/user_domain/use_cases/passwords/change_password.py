"""Change one's password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason
from user_domain.steps.one_time_tokens import POWERS
from user_domain.steps.refusal import refuse_for
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from user_domain.policies.access import AccessPolicy
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.ports.session_queries import Login
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.current_password import CurrentPassword
    from user_domain.steps.new_password import NewPassword
    from user_domain.steps.postbox import Postbox
    from user_domain.value_objects.client_info import ClientInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePasswordCommand:
    """Who changes it, and both passwords as typed."""

    login: Login
    current_password: str = field(repr=False)
    new_password: str = field(repr=False)
    client: ClientInfo


class ChangePassword:
    """People who know their password choose another one. Their other sessions end, mailed tokens that give power over
    the account are void, and a pending change of address is off.
    """

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWorkFactory,
        current_password: CurrentPassword,
        new_password: NewPassword,
        access: AccessPolicy,
        session_policy: SessionPolicy,
        postbox: Postbox,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._current_password = current_password
        self._new_password = new_password
        self._access = access
        self._session_policy = session_policy
        self._postbox = postbox
        self._clock = clock

    async def execute(self, command: ChangePasswordCommand) -> int:
        """How many other sessions that ended; those that had lain idle for too long were over before.

        Raises:
            WrongPassword: the current password is another one; the attempt is in the audit trail.
            InvalidInput: the new one may not be chosen.
            AccessDenied: the access policy has begun to keep the person out.
            Overloaded: too much hashing waits already.
        """
        user = command.login.user
        new_hash: PasswordHash | None = None
        while True:
            proven = await self._current_password.prove(
                user, command.current_password, refusal=AuditAction.PASSWORD_CHANGE_REFUSED, client=command.client
            )
            if new_hash is None:
                password = Password.typed(command.new_password)
                new_hash = await self._new_password.hash(
                    password, name=user.name, email=user.email, field="new_password"
                )
            ended = await self._change(command, proven, new_hash)
            if ended is not None:
                return ended
            # Another hash was stored between check and lock: the password has to be proven against that one.

    async def _change(self, command: ChangePasswordCommand, proven: PasswordHash, new: PasswordHash) -> int | None:
        now, login = self._clock.now(), command.login
        async with self._unit_of_work() as work:
            account = await work.users.lock(login.user.id)
            if account is None or account.password_hash != proven:
                return None
            denials, action = self._access.denials(account.user, at=now), AuditAction.PASSWORD_CHANGE_REFUSED
            await refuse_for(denials, work, action, login.user.id, at=now, client=command.client)
            user = account.user.with_new_password(at=now)
            await work.users.set_password_hash(user.id, new, at=now)
            await work.users.save(user)
            await work.tokens.void(user.id, POWERS, at=now)
            await work.audit.append(
                AuditEntry.about_oneself(AuditAction.PASSWORD_CHANGE, user.id, at=now, client=command.client)
            )
            await self._postbox.post(work, MailKind.PASSWORD_CHANGED, user, at=now, client=command.client)
            if not user.is_email_verified:  # the token to do that with is void now
                await self._postbox.post(work, MailKind.VERIFY_EMAIL_AGAIN, user, at=now, client=command.client)
            ended = await work.sessions.end_all(
                user.id,
                at=now,
                reason=EndReason.PASSWORD_CHANGE,
                keep=login.session.handle,
                seen_after=self._session_policy.seen_after(now),
            )
            await work.commit()
        return ended
